import { Header } from '../protocol/header.ts';
import type { ReplyMode } from '../protocol/reply-mode.ts';
import { conductOf, type Conduct } from './conduct.ts';
import { keyRule, type KeyRule, type KeyRuleText } from './key-rule.ts';
import { FACTS } from './specs.gen.ts';
import type { Value } from './surface.ts';

/**
 * Turns the natural reply into the typed one. It sees RESP2's and RESP3's forms of a reply and gives one value for both.
 * Structural names inside a reply are strings whatever the mode's encoding.
 */
export type Decoder<R> = (reply: unknown, mode: ReplyMode) => R;

/** Bits of `Spec.flags`, as the server's own COMMAND reply names them. */
export const Flag: {
  readonly write: 1;
  readonly readonly: 2;
  readonly blocking: 4;
  readonly admin: 8;
  readonly pubsub: 16;
  readonly noscript: 32;
  readonly movablekeys: 64;
  readonly fast: 128;
  readonly loading: 256;
  readonly stale: 512;
  readonly skipMonitor: 1024;
  readonly noMulti: 2048;
} = {
  write: 1,
  readonly: 2,
  blocking: 4,
  admin: 8,
  pubsub: 16,
  noscript: 32,
  movablekeys: 64,
  fast: 128,
  loading: 256,
  stale: 512,
  skipMonitor: 1024,
  noMulti: 2048,
};

/** To which nodes of a cluster a command goes; `undefined` for the one that has its keys, or any when it has none. */
export type RequestPolicy = 'all_nodes' | 'all_shards' | 'multi_shard' | 'special';

/** What the replies of several nodes make together; `undefined` for all of them, in the order of the keys if it has any. */
export type ResponsePolicy =
  | 'one_succeeded'
  | 'all_succeeded'
  | 'agg_logical_and'
  | 'agg_logical_or'
  | 'agg_min'
  | 'agg_max'
  | 'agg_sum'
  | 'special';

/** A row of the generated table; empty text for what does not apply. `keys` is there when first, last and step do not tell where they are. */
export type Fact = readonly [
  arity: number,
  flags: number,
  firstKey: number,
  lastKey: number,
  keyStep: number,
  since: string,
  requestPolicy?: RequestPolicy | '',
  responsePolicy?: ResponsePolicy | '',
  keys?: KeyRuleText,
];

/** What `Spec.keyIndex` is when it is no index. */
export const KeyIndex: {
  /** The command has no keys. */
  readonly none: -1;
  /** The first key is not always at the same place, or not always there. */
  readonly sought: -2;
} = { none: -1, sought: -2 };

/** Code that the server must have for a command: a script, called by its digest, or a library of functions. */
export interface Code {
  /** The digest of a script, the name of a library. */
  readonly id: string;
  readonly text: string;
  /** For a script: the command that takes its digest, and the one that takes its text in place of that, and keeps it. */
  readonly script?: { readonly byDigest: Spec; readonly whole: Spec };
}

/** What sets a spec apart from the command of its name. */
export interface SpecOptions {
  /** Its words as they are sent, in the case they were given in. */
  readonly words?: readonly string[];
  readonly bigints?: boolean | undefined;
  readonly binary?: boolean | undefined;
  readonly code?: Code;
  readonly composed?: boolean;
  readonly plain?: Spec;
}

/** What is known of a command without asking a server: its words, flags and key positions. */
export class Spec {
  /** The command's words in upper case, separated by a space: `GET`, `CONFIG GET`. */
  readonly name: string;
  readonly header: Header;
  readonly arity: number;
  readonly flags: number;
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;
  /** Where the keys are, when first, last and step do not tell. */
  readonly keyRule: KeyRule | undefined;
  /** The index of the first key in the arguments, which the words of the name do not count among, or one of `KeyIndex`. */
  readonly keyIndex: number;
  /** Whether a call may name more than one key. */
  readonly manyKeys: boolean;
  readonly requestPolicy: RequestPolicy | undefined;
  readonly responsePolicy: ResponsePolicy | undefined;
  readonly since: string;
  /** `false` for a command this version of the library does not know; it is treated as a write. */
  readonly known: boolean;
  /** Running it twice is as good as once, so that it may be sent again after a lost connection. */
  readonly repeatable: boolean;
  /** What it does to the connection it runs on. */
  readonly conduct: Conduct;
  /** Its reply is bytes that are never text: a Buffer whatever the encoding. */
  readonly binary: boolean;
  /** Its reply holds integers that no number can hold, and its decoder knows which: they are read as bigints. */
  readonly bigints: boolean;
  /** What the server must have to run it. */
  readonly code: Code | undefined;
  /** It is not written as it stands: what is, is decided as it is written. */
  readonly composed: boolean;
  /** Set where CLIENT CACHING YES is written in front, so that the server tells of changes: the same command without that. */
  readonly plain: Spec | undefined;
  readonly #fact: Fact | undefined;

  constructor(name: string, fact: Fact | undefined, options: SpecOptions = {}) {
    this.name = name;
    this.#fact = fact;
    this.header = new Header(options.words ?? name.split(' '));
    this.known = fact !== undefined;
    this.arity = fact?.[0] ?? -1;
    this.flags = fact?.[1] ?? Flag.write;
    this.firstKey = fact?.[2] ?? 0;
    this.lastKey = fact?.[3] ?? 0;
    this.keyStep = fact?.[4] ?? 0;
    this.since = fact?.[5] ?? '';
    this.requestPolicy = fact?.[6] || undefined;
    this.responsePolicy = fact?.[7] || undefined;
    const rule = fact?.[8];
    this.keyRule = rule === undefined ? undefined : keyRule(rule);
    this.keyIndex = this.#keyIndex();
    const isOne = this.keyRule === undefined ? this.firstKey === this.lastKey : this.keyRule.length === 1;
    this.manyKeys = !isOne || this.keyIndex === KeyIndex.sought;
    this.repeatable = this.has(Flag.readonly) && !this.has(Flag.blocking);
    this.conduct = conductOf(name, this.has(Flag.blocking));
    this.bigints = options.bigints ?? false;
    this.code = options.code;
    this.plain = options.plain;
    this.composed = options.composed ?? (options.plain !== undefined || options.code !== undefined);
    this.binary = options.binary ?? (name === 'DUMP' || name === 'FUNCTION DUMP');
  }

  /** The same command, with CLIENT CACHING YES in front. */
  asOptedIn(): Spec {
    const { header, bigints, binary, code } = this;
    const options = { words: header.words, bigints, binary, plain: this };
    return new Spec(this.name, this.#fact, code === undefined ? options : { ...options, code });
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  #keyIndex(): number {
    const words = this.header.words.length;
    const place = this.keyRule?.[0];
    if (place === undefined) return this.firstKey === 0 ? KeyIndex.none : this.firstKey - words;
    return place.word === '' && place.step === 0 ? place.index - words : KeyIndex.sought;
  }
}

const specs = new Map<string, Spec>();

/** The spec of a command in the table. Throws for a name the server did not report when the table was made. */
export function command(name: string): Spec {
  let spec = specs.get(name);
  if (spec === undefined) {
    const fact = FACTS[name];
    if (fact === undefined) throw new Error(`no such command in the table: ${name}`);
    spec = new Spec(name, fact);
    specs.set(name, spec);
  }
  return spec;
}

/** What to say of a command that is not a server's own, such as a module's. Whatever is left out is taken for the worst: a write without keys. */
export interface CommandFacts {
  /** The number of words, the command's own included; negative for at least so many. */
  readonly arity?: number;
  /** `readonly` lets the command be repeated after a lost connection, and be run by replicas. */
  readonly flags?: readonly (keyof typeof Flag)[];
  /**
   * Where the keys are, counted in words, the command's own being 0: the first, the last (-1 for the last word), and the step between them.
   * Or a rule: `'1 2#1'` for a key, and as many more as word 2 says, which follow it.
   */
  readonly keys?: readonly [first: number, last: number, step: number] | string;
  /** The first version that has it. */
  readonly since?: string;
  /** Its reply may hold integers beyond 2^53 that are no numbers to its caller, such as cursors: its decoder gets all integers as bigints. */
  readonly bigints?: boolean;
  /** Its reply is bytes that are never text: a Buffer whatever the encoding. */
  readonly binary?: boolean;
}

/**
 * Makes the command of a module known, and gives its spec, to be sent by a method of a `Namespace` and found by `executeCommand`.
 *
 * @example
 * ```ts
 * const COUNT = defineCommand('COUNTER.GET', { arity: 2, flags: ['readonly'], keys: [1, 1, 1] });
 * ```
 */
export function defineCommand(name: string, facts: CommandFacts = {}): Spec {
  const upper = name.toUpperCase();
  if (Object.hasOwn(FACTS, upper)) throw new Error(`${upper} is a command of the server, and known already`);
  const flags = (facts.flags ?? ['write']).reduce((bits, flag) => bits | Flag[flag], 0);
  const { arity = -1, keys = [0, 0, 0], since = '' } = facts;
  const [first, last, step] = typeof keys === 'string' ? [0, 0, 0] : keys;
  const fact = [arity, flags, first, last, step, since] as const;
  const options: SpecOptions = { bigints: facts.bigints, binary: facts.binary };
  const spec = new Spec(upper, typeof keys === 'string' ? [...fact, '', '', keys] : fact, options);
  specs.set(upper, spec);
  return spec;
}

/** The spec for a command given by name, `OBJECT` + `ENCODING` being found as one command; unknown names are sent as they are. */
export function specOf(name: string, args: readonly Value[]): { spec: Spec; rest: readonly Value[] } {
  const upper = name.toUpperCase();
  const first = args[0];
  if (typeof first === 'string') {
    const full = `${upper} ${first.toUpperCase()}`;
    if (isKnown(full)) return { spec: command(full), rest: args.slice(1) };
  }
  if (isKnown(upper)) return { spec: command(upper), rest: args };
  return { spec: new Spec(upper, undefined, { words: [name] }), rest: args };
}

function isKnown(name: string): boolean {
  return Object.hasOwn(FACTS, name) || specs.has(name);
}
