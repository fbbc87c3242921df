import type { Value } from './surface.ts';

/**
 * Where a command has its keys, for those of which a first, a last and a step do not tell. Words are counted as the server does, the
 * command's first one being 0.
 *
 * - `1`: word 1 is a key
 * - `2#1`: word 2 is how many keys follow it; `1#2`: every other word that follows is one
 * - `STORE@6`: the word after `STORE`, which is looked for from word 6 on
 * - `KEYS@6/1`: all words after `KEYS`; `STREAMS@1/2`: the first half of them
 * - `1 2#1`: both; `KEYS@6/1|3`: the latter when there is no `KEYS`
 */
export type KeyRuleText = string;

/** One place of a rule, as it is followed. */
interface Place {
  readonly word: string;
  /** The index of the key, of the number of keys, or of the first word that may be the one looked for. */
  readonly index: number;
  /** 0 for a single key. */
  readonly step: number;
  /** What part of the rest are keys: 0 for one word, 1 for all, 2 for the first half. */
  readonly part: number;
  /** Followed only when nothing was found so far. */
  readonly otherwise: boolean;
}

export type KeyRule = readonly Place[];

const PLACE = /([ |]?)(?:([A-Z]+)@)?(\d+)(?:#(\d+))?(?:\/(\d+))?/gy;

/** Options that are followed by values, which are not to be taken for the word looked for: of SORT, and of MIGRATE. */
const VALUES: Readonly<Record<string, number>> = { LIMIT: 2, GET: 1, BY: 1, AUTH: 1, AUTH2: 2 };

const rules = new Map<KeyRuleText, KeyRule>();

/** Reads a rule. Throws for what is none. */
export function keyRule(text: KeyRuleText): KeyRule {
  let rule = rules.get(text);
  if (rule === undefined) {
    rule = parsed(text);
    rules.set(text, rule);
  }
  return rule;
}

function parsed(text: KeyRuleText): KeyRule {
  const matches = [...text.matchAll(PLACE)];
  if (text === '' || matches.map(([whole]) => whole).join('') !== text) throw new Error(`no rule for keys: ${text}`);
  return matches.map(([, separator, word = '', index, step = '0', part = '0']) => ({
    word,
    index: Number(index),
    step: Number(step),
    part: Number(part),
    otherwise: separator === '|',
  }));
}

/** Adds the indexes in `args` of the keys that a rule finds; `words` is how many words the command itself has. */
export function follow(rule: KeyRule, words: number, args: readonly Value[], found: number[]): void {
  for (const place of rule) {
    if (place.otherwise && found.length > 0) continue;
    if (place.word !== '') followWord(place, words, args, found);
    else if (place.step > 0) followCount(place, words, args, found);
    else if (place.index - words < args.length) found.push(place.index - words);
  }
}

function followCount({ index, step }: Place, words: number, args: readonly Value[], found: number[]): void {
  const count = args[index - words];
  const last = index - words + Number(typeof count === 'object' ? textOf(count) : count) * step;
  for (let i = index - words + 1; i <= last && i < args.length; i += step) found.push(i);
}

function followWord({ word, index, part }: Place, words: number, args: readonly Value[], found: number[]): void {
  for (let i = index - words; i < args.length - 1; i++) {
    const text = textOf(args[i]).toUpperCase();
    if (text !== word) {
      i += VALUES[text] ?? 0;
      continue;
    }
    const count = part === 0 ? 1 : Math.floor((args.length - i - 1) / part);
    for (let j = 1; j <= count; j++) found.push(i + j);
    return;
  }
}

function textOf(value: Value | undefined): string {
  if (typeof value === 'object')
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  return String(value);
}
