import { DataError } from '../errors.ts';
import { suggest } from '../util/suggest.ts';

/** What an option takes, and how that is said. */
export type Rule = readonly [accepts: (value: unknown) => boolean, wanted: string];

export const whole =
  (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  (value: unknown): boolean =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
export const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);
export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
export const isOptions = (value: unknown): value is object => isObject(value) && !Array.isArray(value);
export const isTime = (value: unknown): boolean => typeof value === 'number' && value > 0;
export const has =
  (method: string) =>
  (value: unknown): boolean =>
    isObject(value) && typeof (value as Record<string, unknown>)[method] === 'function';

export const TEXT: Rule = [(value) => typeof value === 'string', 'a string'];
export const FLAG: Rule = [oneOf(true, false), 'true or false'];

/**
 * Throws a `DataError` that names the first option that is unknown or has an unusable value, or says that these are no options. The
 * value itself is not shown.
 */
export function check(options: object, rules: Readonly<Record<string, Rule>>, what: string): void {
  if (!isOptions(options)) {
    throw new DataError(`the ${what.replace('option', 'options')} must be an object`, { code: 'INVALID_OPTION' });
  }
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const meant = suggest(name, Object.keys(rules));
      throw new DataError(`unknown ${what} ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`, {
        code: 'UNKNOWN_OPTION',
      });
    }
    if (value !== undefined && !rule[0](value))
      throw new DataError(`the ${what} ${name} must be ${rule[1]}`, { code: 'INVALID_OPTION' });
  }
}
