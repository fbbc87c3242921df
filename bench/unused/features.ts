/** How often `crowded` does what the client does once: what one costs is too little to be measured. */
export const CROWD = 20;

/** Something in the source, and what is there in its place. */
export interface Cut {
  readonly file: string;
  readonly text: string;
  readonly without: string;
  readonly crowded: string;
  /** What `crowded` needs at the end of the file. */
  readonly needs?: string;
}

/** That the client can be looked at: channels that somebody may listen to, and the counters of `stats()`. */
const observability: readonly Cut[] = ([] = [
  {
    file: 'diagnostics.ts',
    text: 'return commandEnd.hasSubscribers || commandStart.hasSubscribers || commandError.hasSubscribers;',
    without: 'return false;',
    crowded: `return ${times((i) => `one${i}.hasSubscribers || two${i}.hasSubscribers || three${i}.hasSubscribers`).join(' || ')};`,
    needs: times((i) =>
      ['one', 'two', 'three'].map((name) => `const ${name}${i} = channel('${name}${i}');`).join('\n'),
    ).join('\n'),
  },
  {
    file: 'diagnostics.ts',
    text: 'return underWayCount > 0;',
    without: 'return false;',
    crowded: `return ${times((i) => `count${i} > 0`).join(' || ')};`,
    // What nobody writes would be known to the engine.
    needs: times((i) => `let count${i} = 0; export function count${i}Up() { count${i}++; }`).join('\n'),
  },
  {
    file: 'connection/connection.ts',
    text: '  #sent = 0;',
    without: '  #sent = 0;',
    crowded: ['#sent = 0;', ...times((i) => `#sent${i} = 0; #out${i} = 0; #in${i} = 0;`)].join(' '),
  },
  {
    file: 'connection/connection.ts',
    text: 'this.#sent++;',
    without: '',
    crowded: times((i) => `this.#sent${i}++;`).join(' '),
  },
  {
    file: 'connection/connection.ts',
    text: 'this.#bytesSent += bytes.length;',
    without: '',
    crowded: times((i) => `this.#out${i} += bytes.length;`).join(' '),
  },
  {
    file: 'connection/connection.ts',
    text: 'this.#bytesReceived += end - start;',
    without: '',
    crowded: times((i) => `this.#in${i} += end - start;`).join(' '),
  },
]);

/** That the client can have a cache. */
const cache: readonly Cut[] = [
  {
    file: 'client/view.ts',
    text: 'readonly #reads: CachedReads | undefined;',
    without: '',
    crowded: times((i) => `#reads${i};`).join(' '),
  },
  {
    file: 'client/view.ts',
    text: 'this.#reads = router instanceof CachingRouter ? router.reads(options) : undefined;',
    without: '',
    crowded: times(
      (i) => `this.#reads${i} = router instanceof CachingRouter ? router.reads(options) : undefined;`,
    ).join(' '),
  },
  {
    file: 'client/view.ts',
    text: `const cached = this.#reads?.send(spec, args, decode);
    if (cached !== undefined) return cached;`,
    without: '',
    crowded: times(
      (i) =>
        `const cached${i} = this.#reads${i}?.send(spec, args, decode); if (cached${i} !== undefined) return cached${i};`,
    ).join(' '),
  },
];

/** What every command carries with it for those who use it, and what can be cut out. */
export const FEATURES: Readonly<Record<string, readonly Cut[]>> = { observability, cache };

function times(one: (i: number) => string): string[] {
  return Array.from({ length: CROWD }, (_, i) => one(i));
}
