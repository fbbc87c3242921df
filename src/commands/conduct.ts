/**
 * How a command behaves towards the connection it runs on, which decides where it may run.
 *
 * - ordinary: leaves no trace; shares a connection with everybody
 * - blocking: may hold the connection up; gets one of its own for the time
 * - tracked: changes the connection for good; on a shared one the change is remembered, and made again after a reconnect
 * - dedicated: makes the connection useless for others; only a session may run it
 * - streaming: is answered by a stream rather than by one reply, so that no other command's reply could be told from it
 */
export type Conduct = 0 | 1 | 2 | 3 | 4;
export const Conduct: {
  readonly ordinary: 0;
  readonly blocking: 1;
  readonly tracked: 2;
  readonly dedicated: 3;
  readonly streaming: 4;
} = { ordinary: 0, blocking: 1, tracked: 2, dedicated: 3, streaming: 4 };

const TRACKED = ['SELECT', 'AUTH', 'CLIENT SETNAME', 'CLIENT NO-EVICT', 'CLIENT NO-TOUCH', 'READONLY', 'READWRITE'];
const TRANSACTION = ['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'UNWATCH'];
const OWN = [
  'CLIENT REPLY',
  'CLIENT TRACKING',
  'CLIENT CACHING',
  'CLIENT CAPA',
  'CLIENT IMPORT-SOURCE',
  'ASKING',
  'SCRIPT DEBUG',
];
const STREAMING = [
  'MONITOR',
  'SYNC',
  'PSYNC',
  ...['', 'UN'].flatMap((un) => ['', 'P', 'S'].map((kind) => `${kind}${un}SUBSCRIBE`)),
];

/** WAIT and WAITAOF block, but are about the writes of the connection they run on: they must run where the writes ran. */
const CONDUCTS: ReadonlyMap<string, Conduct> = new Map<string, Conduct>([
  ...TRACKED.map((name) => [name, Conduct.tracked] as const),
  ...[...TRANSACTION, ...OWN, 'HELLO', 'RESET', 'QUIT'].map((name) => [name, Conduct.dedicated] as const),
  ...STREAMING.map((name) => [name, Conduct.streaming] as const),
  ['WAIT', Conduct.ordinary],
  ['WAITAOF', Conduct.ordinary],
]);

export function conductOf(name: string, blocking: boolean): Conduct {
  return CONDUCTS.get(name) ?? (blocking ? Conduct.blocking : Conduct.ordinary);
}

/** What else does what is wanted, where it is not a session. */
const REMEDIES: Readonly<Record<string, string>> = {
  HELLO: 'the protocol, username and password options, or client.session()',
  QUIT: 'client.close()',
};

/**
 * Why a command may not run on a connection that all callers share, or on one of its caller's own; `undefined` when it may.
 */
export function refusalOf(name: string, args: readonly unknown[], own: boolean): string | undefined {
  const conduct = CONDUCTS.get(name);
  if (conduct === Conduct.streaming) {
    const remedy = name.endsWith('SUBSCRIBE')
      ? ': use client.pubsub()'
      : name === 'MONITOR'
        ? ': use client.monitor()'
        : '';
    return `${name} is answered by a stream of messages, from which no other command's reply could be told${remedy}`;
  }
  if (name === 'CLIENT REPLY' && String(args[0]).toUpperCase() !== 'ON') {
    return `${name} OFF and SKIP leave commands without replies to be matched with`;
  }
  if (conduct !== Conduct.dedicated || own) return undefined;
  return `${name} would change the connection that all callers share: use ${REMEDIES[name] ?? 'client.session()'}`;
}
