import type { CommandInfo, CommandKeySpecification } from './command.ts';
import type { KeyRuleText } from './key-rule.ts';
import { toPropertyName } from './reply.ts';
import { Flag, type Fact, type RequestPolicy, type ResponsePolicy } from './spec.ts';

/** The server marks these places as unknown or incomplete: their keywords may be anywhere, or be keys themselves. */
const UNSAID: Readonly<Record<string, KeyRuleText>> = {
  migrate: 'KEYS@6/1|3',
  sort: '1 STORE@2',
  sort_ro: '1',
};

/** What the table says of a command, from what `COMMAND INFO` says of it. */
export function factOf(info: CommandInfo, since: string): Fact {
  const fact = [info.arity, flagBits(info.flags), info.firstKey, info.lastKey, info.step, since] as const;
  const request = tip(info, 'request_policy:') as RequestPolicy | '';
  const response = tip(info, 'response_policy:') as ResponsePolicy | '';
  const rule = info.flags.includes('movablekeys') ? ruleOf(info) : '';
  if (rule !== '') return [...fact, request, response, rule];
  if (response !== '') return [...fact, request, response];
  return request === '' ? fact : [...fact, request];
}

function flagBits(names: readonly string[]): number {
  const bits: Readonly<Record<string, number>> = Flag;
  return names.reduce((sum, name) => sum | (bits[toPropertyName(name)] ?? 0), 0);
}

function tip({ tips }: CommandInfo, prefix: string): string {
  return tips.find((tip) => tip.startsWith(prefix))?.slice(prefix.length) ?? '';
}

/** Empty when there is a place that no rule can tell: the first, the last and the step are then all there is. */
function ruleOf({ name, keySpecifications }: CommandInfo): KeyRuleText {
  const unsaid = UNSAID[name];
  if (unsaid !== undefined) return unsaid;
  const places = keySpecifications.map(placeOf);
  return places.includes(undefined) ? '' : places.join(' ');
}

function placeOf({ beginSearch, findKeys }: CommandKeySpecification): string | undefined {
  if (beginSearch.type === 'unknown' || findKeys.type === 'unknown') return undefined;
  if (findKeys.type === 'keynum') {
    const isNext = beginSearch.type === 'index' && findKeys.firstkey === findKeys.keynumidx + 1;
    return isNext ? `${beginSearch.index + findKeys.keynumidx}#${findKeys.keystep}` : undefined;
  }
  const isRest = findKeys.lastkey === -1 && findKeys.keystep === 1;
  if (findKeys.lastkey !== 0 && !isRest) return undefined;
  if (beginSearch.type === 'index') return isRest ? undefined : String(beginSearch.index);
  if (beginSearch.startfrom < 0) return undefined;
  const part = isRest ? `/${Math.max(1, findKeys.limit)}` : '';
  return `${beginSearch.keyword}@${beginSearch.startfrom}${part}`;
}
