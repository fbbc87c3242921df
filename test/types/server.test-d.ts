/** What commands on a server evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  InfoCommandstat,
  InfoDatabase,
  InfoModule,
  InfoReply,
  ShutdownOptions,
  TimeReply,
} from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const size = reply(client.dbsize());
eq<typeof size, number>(true);
const bigSize = reply(exact.dbsize());
eq<typeof bigSize, bigint>(true);
const saved = reply(exact.lastsave());
eq<typeof saved, Date>(true);
const time = reply(exact.time());
eq<typeof time, TimeReply>(true);
const art = reply(bytes.lolwut({ version: 5, parameters: [1, 2n] }));
eq<typeof art, string>(true);
const started = reply(bytes.bgsave({ schedule: true }));
eq<typeof started, string>(true);
const flushed = reply(client.flushall({ mode: 'async' }));
eq<typeof flushed, 'OK'>(true);

// ---- the natural reply, or what the caller knows of it
const anything = reply(client.debug('object', 'k'));
eq<typeof anything, unknown>(true);
const known = reply(client.debug<string>('object', ['k', 'fast']));
eq<typeof known, string>(true);

// ---- info is the same on all views
const info = reply(client.info());
eq<typeof info, InfoReply>(true);
const sameInfo = reply(exact.info(['memory', 'search_index']));
eq<typeof sameInfo, InfoReply>(true);
const used = info.memory?.usedMemory;
eq<typeof used, number | undefined>(true);
const later = info.memory?.['new'];
eq<typeof later, string | number | undefined>(true);
const stat = info.commandstats?.['get'];
eq<typeof stat, InfoCommandstat | undefined>(true);
const database = info.keyspace?.['db0'];
eq<typeof database, InfoDatabase | undefined>(true);
const modules = info.modules;
eq<typeof modules, InfoModule[] | undefined>(true);
const ofModule = info['searchIndex'];
eq<typeof ofModule, unknown>(true);

// ---- a shutdown that happens is never answered
const ended = reply(client.shutdown());
eq<typeof ended, never>(true);
const endedNow = reply(client.shutdown({ save: false, now: true, force: true, safe: true, failover: true }));
eq<typeof endedNow, never>(true);
const aborted = reply(client.shutdown({ abort: true }));
eq<typeof aborted, 'OK'>(true);
declare const options: ShutdownOptions | undefined;
const endedSomehow = reply(client.shutdown(options));
eq<typeof endedSomehow, never>(true);

// @ts-expect-error nothing goes with abort
void client.shutdown({ abort: true, save: false });
// @ts-expect-error true or false
void client.shutdown({ save: 'nosave' });
// @ts-expect-error one of the two
void client.bgsave({ schedule: true, cancel: true });
// @ts-expect-error no such mode
void client.flushdb({ mode: 'later' });
// @ts-expect-error positional booleans are never taken
void client.flushall(true);
// @ts-expect-error no rest arguments
void client.info('server', 'memory');
// @ts-expect-error no rest arguments
void client.debug('object', 'k', 'fast');
// @ts-expect-error two of them
void client.swapdb(1);
