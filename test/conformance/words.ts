/** A word of a command as recorded: text, or bytes that are none. */
export type Word = string | Buffer;

/** A typed call: the path of a method (`zadd`, `json.set`) and its arguments. */
export type Call = readonly [method: string, ...args: unknown[]];

/** Turns the words of one command into the typed call that sends them; `undefined` where no typed call means them. */
export type Reader = (words: Words) => Call | undefined;

/** Readers by command, its words in upper case: `ZADD`, `CONFIG GET`. */
export type Readers = Readonly<Record<string, Reader>>;

/** The words of a command after its name, read from left to right. */
export class Words {
  readonly #words: readonly Word[];
  #at = 0;

  constructor(words: readonly Word[]) {
    this.#words = words;
  }

  get left(): number {
    return this.#words.length - this.#at;
  }

  /** The next word. */
  next(): Word {
    const word = this.#words[this.#at];
    if (word === undefined) throw new Error('the command ends too early');
    this.#at++;
    return word;
  }

  /** The next word, which must be text. */
  text(): string {
    const word = this.next();
    if (typeof word !== 'string') throw new Error('bytes where text was expected');
    return word;
  }

  /** The next words, so many of them or all. */
  take(count: number = this.left): Word[] {
    return Array.from({ length: count }, () => this.next());
  }

  /** The next words in pairs. */
  pairs(count: number = this.left / 2): [Word, Word][] {
    return Array.from({ length: count }, () => [this.next(), this.next()]);
  }

  /** A count, and so many words. */
  counted(): Word[] {
    return this.take(Number(this.text()));
  }

  /** The next words, as long as they are of this form. */
  all(form: RegExp): string[] {
    const words: string[] = [];
    for (;;) {
      const word = this.#words[this.#at];
      if (typeof word !== 'string' || !form.test(word)) return words;
      words.push(word);
      this.#at++;
    }
  }

  /** Whether the next word is this token, in any case; takes it if so. */
  has(token: string): boolean {
    const word = this.#words[this.#at];
    if (typeof word !== 'string' || word.toUpperCase() !== token) return false;
    this.#at++;
    return true;
  }

  /** The next word in lower case, if it is one of these tokens. */
  oneOf<T extends string>(...tokens: readonly T[]): Lowercase<T> | undefined {
    const token = tokens.find((each) => this.has(each));
    return token?.toLowerCase() as Lowercase<T> | undefined;
  }

  /** The next word in lower case, which must be one of these tokens. */
  literal<T extends string>(...tokens: readonly T[]): Lowercase<T> {
    const token = this.oneOf(...tokens);
    if (token === undefined) throw new Error(`none of ${tokens.join(', ')} where one was expected`);
    return token;
  }

  /**
   * Reads options in any order until a word is none of them: flags give `true`, others the words that follow.
   *
   * @param options by token, how many words follow it, or what reads them
   */
  options(options: Readonly<Record<string, 0 | 1 | ((words: Words) => unknown)>>): Record<string, unknown> {
    const read: Record<string, unknown> = {};
    for (;;) {
      const token = Object.keys(options).find((each) => this.has(each));
      if (token === undefined) return read;
      const how = options[token]!;
      read[nameOf(token)] = how === 0 ? true : how === 1 ? this.next() : how(this);
    }
  }
}

/** `NO-EVICT` is `noEvict`, as options and methods are named. */
export function nameOf(token: string): string {
  return token.toLowerCase().replace(/[- ](.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Options as the last argument, where there are any; those that are `undefined` are none. */
export function given(options: Record<string, unknown>): [] | [Record<string, unknown>] {
  const some = Object.entries(options).filter(([, value]) => value !== undefined);
  return some.length === 0 ? [] : [Object.fromEntries(some)];
}

/** All words that are left as one argument, where there are any. */
export function rest(words: Words): [] | [Word[]] {
  return words.left === 0 ? [] : [words.take()];
}

/** Joins flags that exclude each other into one option: with `{ condition: ['nx', 'xx'] }`, `{ nx: true }` is `{ condition: 'nx' }`. */
export function joined(
  options: Readonly<Record<string, unknown>>,
  groups: Readonly<Record<string, readonly string[]>>,
): Record<string, unknown> {
  const all = { ...options };
  for (const [name, flags] of Object.entries(groups)) {
    for (const flag of flags) {
      if (all[flag] === true) all[name] = flag;
      delete all[flag];
    }
  }
  return all;
}

/** The limit of a range: `LIMIT offset count`. */
export const LIMIT: { readonly LIMIT: (words: Words) => unknown } = {
  LIMIT: (words) => ({ offset: words.next(), count: words.next() }),
};

/** The lifetime of a value, as SET, GETEX and others have it. */
export const LIFETIME = { EX: 1, PX: 1, EXAT: 1, PXAT: 1, KEEPTTL: 0, PERSIST: 0 } as const;
