/** What the commands of a Sentinel evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  SentinelAddress,
  SentinelCachedInfo,
  SentinelDebugReply,
  SentinelDownReply,
  SentinelPeer,
  SentinelPrimary,
  SentinelReplica,
  SentinelScript,
} from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const primaries = reply(bytes.sentinelPrimaries());
eq<typeof primaries, SentinelPrimary[]>(true);
const primary = reply(exact.sentinelMaster('main'));
eq<typeof primary, SentinelPrimary>(true);
eq<typeof primary.flags, string[]>(true);
eq<typeof primary.numSlaves, number>(true);
eq<typeof primary.sDownTime, number | undefined>(true);
const replicas = reply(bytes.sentinelReplicas('main'));
eq<typeof replicas, SentinelReplica[]>(true);
const peers = reply(client.sentinelSentinels('main'));
eq<typeof peers, SentinelPeer[]>(true);
const address = reply(bytes.sentinelGetPrimaryAddrByName('main'));
eq<typeof address, SentinelAddress | null>(true);
const quorum = reply(bytes.sentinelCkquorum('main'));
eq<typeof quorum, string>(true);
const down = reply(exact.sentinelIsPrimaryDownByAddr('127.0.0.1', 6379, 0n, '*'));
eq<typeof down, SentinelDownReply<bigint>>(true);
const cache = reply(exact.sentinelInfoCache(['main']));
eq<typeof cache, Record<string, SentinelCachedInfo<bigint>[]>>(true);
const scripts = reply(client.sentinelPendingScripts());
eq<typeof scripts, SentinelScript[]>(true);
const reset = reply(exact.sentinelReset('*'));
eq<typeof reset, bigint>(true);
const monitored = reply(client.sentinelMonitor('main', '127.0.0.1', 6379, 2));
eq<typeof monitored, 'OK'>(true);
const begun = reply(client.sentinelFailover('main', { coordinated: true }));
eq<typeof begun, 'OK'>(true);

const settings = reply(bytes.sentinelConfigGet(['announce-ip', 'announce-port']));
eq<typeof settings, Record<string, string>>(true);
const configured = reply(client.sentinelConfigSet({ 'announce-port': 6379 }));
eq<typeof configured, 'OK'>(true);
void client.sentinelConfigSet('announce-port', 6379);
const times = reply(exact.sentinelDebug());
eq<typeof times, SentinelDebugReply>(true);
eq<typeof times.infoPeriod, number>(true);
const changed = reply(client.sentinelDebug({ infoPeriod: 1000 }));
eq<typeof changed, 'OK'>(true);
const set = reply(client.sentinelSet('main', { quorum: 2, renameCommand: { CONFIG: 'GIFNOC' } }));
eq<typeof set, 'OK'>(true);
const ways = reply(bytes.sentinelSimulateFailure('help'));
eq<typeof ways, string[]>(true);
const simulated = reply(client.sentinelSimulateFailure(['crash-after-election']));
eq<typeof simulated, 'OK'>(true);

// @ts-expect-error no such setting
void client.sentinelSet('main', { 'down-after-milliseconds': 1 });
// @ts-expect-error a setting without its value
void client.sentinelConfigSet('announce-port');
// @ts-expect-error no such time
void client.sentinelDebug({ period: 1 });
// @ts-expect-error no such failure
void client.sentinelSimulateFailure('explode');
// @ts-expect-error positional booleans are never taken
void client.sentinelFailover('main', true);
