/** What commands on a cluster evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  ClusterInfoReply,
  ClusterLink,
  ClusterNode,
  ClusterShard,
  ClusterSlotsReply,
  ScanPage,
  SlotMigration,
  SlotRange,
  SlotStats,
} from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

// ---- integers are the view's business, names are not
const slot = reply(client.clusterKeyslot(Buffer.of(1)));
eq<typeof slot, number>(true);
const bigSlot = reply(exact.clusterKeyslot('k'));
eq<typeof bigSlot, bigint>(true);
const keys = reply(bytes.clusterGetkeysinslot(1, 10n));
eq<typeof keys, Buffer[]>(true);
const count = reply(exact.clusterCountkeysinslot(bigSlot));
eq<typeof count, bigint>(true);
const id = reply(bytes.clusterMyid());
eq<typeof id, string>(true);
const nodes = reply(exact.clusterNodes());
eq<typeof nodes, ClusterNode[]>(true);
const replicas = reply(bytes.clusterReplicas(id));
eq<typeof replicas, ClusterNode[]>(true);
const slots = reply(exact.clusterSlots());
eq<typeof slots, ClusterSlotsReply[]>(true);
const shards = reply(exact.clusterShards());
eq<typeof shards, ClusterShard<bigint>[]>(true);
const links = reply(client.clusterLinks());
eq<typeof links, ClusterLink<number>[]>(true);
const info = reply(exact.clusterInfo());
eq<typeof info, ClusterInfoReply>(true);
const stats = reply(exact.clusterSlotStats({ orderby: 'cpu-usec', limit: 1, order: 'desc' }));
eq<typeof stats, SlotStats<bigint>[]>(true);
const migrations = reply(client.clusterGetslotmigrations());
eq<typeof migrations, SlotMigration<number>[]>(true);
const page = reply(bytes.clusterscan('0', { match: 'a*', count: 1n, type: 'string', slot: 1 }));
eq<typeof page, ScanPage<Buffer>>(true);
const bumped = reply(bytes.clusterBumpepoch());
eq<typeof bumped, string>(true);

// ---- what a node tells can be given to another
declare const range: SlotRange;
void client.clusterAddslotsrange(nodes.flatMap(({ slots }) => slots));
void client.clusterDelslotsrange(range);
void client.clusterAddslotsrange([{ start: 1, end: 2n }]);
void client.clusterMigrateslots({ slotsrange: shards[0]!.slots, node: id });
void client.clusterMigrateslots([{ slotsrange: range, node: id }]);
void client.clusterSetslot(1, { importing: id });
void client.clusterSetslot(1n, { migrating: id, timeout: 5 });
void client.clusterSetslot(1, { node: id });
void client.clusterSetslot(1, { stable: true });
void client.clusterSlotStats({ slotsrange: range });
void client.clusterReplicate('no one');
void client.clusterMeet('127.0.0.1', 7000, 17000);
void client.readonly();
void client.readwrite();
void client.asking();

// @ts-expect-error two states
void client.clusterSetslot(1, { importing: id, node: id });
// @ts-expect-error no state
void client.clusterSetslot(1, { timeout: 5 });
// @ts-expect-error true alone
void client.clusterSetslot(1, { stable: false });
// @ts-expect-error two filters
void client.clusterSlotStats({ slotsrange: range, orderby: 'key-count' });
// @ts-expect-error a limit without an order
void client.clusterSlotStats({ limit: 1 });
// @ts-expect-error no filter
void client.clusterSlotStats();
// @ts-expect-error no such mode
void client.clusterFailover({ mode: 'hard' });
// @ts-expect-error no such mode
void client.clusterReset({ mode: 'force' });
// @ts-expect-error no rest arguments
void client.clusterAddslots(1, 2);
// @ts-expect-error ranges have names
void client.clusterAddslotsrange([1, 2]);
// @ts-expect-error a range without its end
void client.clusterDelslotsrange({ start: 1 });
// @ts-expect-error slots without a node
void client.clusterMigrateslots({ slotsrange: range });
