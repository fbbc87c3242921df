/** What a client of a cluster gives. Compiled, never run. */
import {
  ValkeyCluster,
  type Monitor,
  type NodeInfo,
  type NodesView,
  type PubSub,
  type Session,
  type View,
} from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const cluster = new ValkeyCluster({ startupNodes: ['a:1', { host: 'b', port: 2 }], readFrom: 'preferReplica' });
const bytes = ValkeyCluster.fromUrl('valkey+cluster://a,b', { encoding: 'buffer', integers: 'bigint' });
const text = reply(cluster.get('a'));
eq<typeof text, string | null>(true);
const buffer = reply(bytes.get('a'));
eq<typeof buffer, Buffer | null>(true);

// One node gives a reply, several give a map of them.
const one = cluster.on('random');
eq<typeof one, View>(true);
const named = cluster.on('127.0.0.1:7000');
eq<typeof named, View>(true);
const known = cluster.on(cluster.getRandomNode());
eq<typeof known, View>(true);
const all = cluster.on('all');
eq<typeof all, NodesView>(true);
const listed = cluster.on(cluster.getReplicas());
eq<typeof listed, NodesView>(true);
const sizes = reply(cluster.on('primaries').dbsize());
eq<typeof sizes, Map<string, number>>(true);
const counts = reply(bytes.on('primaries').dbsize());
eq<typeof counts, Map<string, bigint>>(true);
const raw = reply(cluster.on('all').withOptions({ encoding: 'buffer' }).get('a'));
eq<typeof raw, Map<string, Buffer | null>>(true);
// @ts-expect-error no such nodes
cluster.on('masters');
// @ts-expect-error a name needs a port
cluster.on('localhost');

const nodes = cluster.getNodes();
eq<typeof nodes, NodeInfo[]>(true);
const primary = cluster.getNodeFromKey('a');
eq<typeof primary, NodeInfo>(true);
const replica = cluster.getNodeFromKey('a', { replica: true });
eq<typeof replica, NodeInfo | undefined>(true);
const slot = cluster.determineSlot('GET', 'a');
eq<typeof slot, number | undefined>(true);

const session = reply(bytes.session({ key: 'a' }));
eq<typeof session, Session<'buffer', 'bigint'>>(true);
const pubsub = cluster.pubsub({ node: 'default', maxBuffered: 1 });
eq<typeof pubsub, PubSub>(true);
const monitor = cluster.monitor({ node: primary });
eq<typeof monitor, Monitor>(true);
const counting = cluster.setResponseCallback('KEYS', (keys: string[]) => keys.length);
const count = reply(counting.keys('*'));
eq<typeof count, number>(true);

// @ts-expect-error no such policy
export const wrong: unknown = new ValkeyCluster({ host: 'a', readFrom: 'replicas' });
// @ts-expect-error nodes have no sockets
export const socket: unknown = new ValkeyCluster({ path: '/run/valkey.sock' });
