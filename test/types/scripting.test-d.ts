/** What commands that run scripts evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });

// ---- what a script gives, only its caller knows
const anything = reply(client.eval('return 1'));
eq<typeof anything, unknown>(true);
const known = reply(client.eval<number>('return #ARGV', [], ['a', 1, 2n, Buffer.of(3)]));
eq<typeof known, number>(true);
const pair = client.eval_ro<[string, number | null]>(Buffer.of(1), ['a', Buffer.of(2)] as const, 'x');
eq<typeof pair, Promise<[string, number | null]>>(true);
const byDigest = reply(bytes.evalsha<Buffer>('digest', 'key'));
eq<typeof byDigest, Buffer>(true);
const reading = reply(client.evalsha_ro('digest', 'key', 'x'));
eq<typeof reading, unknown>(true);

const digest = reply(bytes.scriptLoad('return 1'));
eq<typeof digest, string>(true);
const there = reply(bytes.scriptExists([digest, Buffer.of(1)]));
eq<typeof there, boolean[]>(true);
const shown = reply(client.scriptShow(digest));
eq<typeof shown, string>(true);
const shownBytes = reply(bytes.scriptShow(digest));
eq<typeof shownBytes, Buffer>(true);
const flushed = reply(client.scriptFlush({ mode: 'async' }));
eq<typeof flushed, 'OK'>(true);
const killed = reply(bytes.scriptKill());
eq<typeof killed, 'OK'>(true);
const debugging = reply(client.scriptDebug('sync', 'lua'));
eq<typeof debugging, 'OK'>(true);
const help = reply(bytes.scriptHelp());
eq<typeof help, string[]>(true);

// @ts-expect-error a script is text
void client.eval(1);
// @ts-expect-error the count of keys is not the caller's business
void client.eval('return 1', 1, 'key');
// @ts-expect-error no rest arguments
void client.eval('return 1', 'key', 'a', 'b');
// @ts-expect-error a boolean is no argument
void client.evalsha('digest', [], [true]);
// @ts-expect-error a number is no key
void client.eval_ro('return 1', [1]);
// @ts-expect-error the option is called mode
void client.scriptFlush('async');
// @ts-expect-error no such mode
void client.scriptFlush({ mode: 'later' });
// @ts-expect-error no such mode
void client.scriptDebug('maybe');
