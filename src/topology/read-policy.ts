import type { Node } from './node.ts';
import type { Shard } from './slot-map.ts';

/** Which node of a shard reads go to. */
export type ClusterReadFrom = 'primary' | 'replica' | 'preferReplica' | 'nearestAz' | 'lowestLatency';

/** Chooses the node of a shard that a read goes to. What it gives may have been lost a moment ago; nobody is waited for who is known to be. */
export type ReadPolicy = (shard: Shard<Node>) => Node;

/** `undefined` when reads go where writes go. `zone` is the client's own. */
export function readPolicy(readFrom: ClusterReadFrom, zone: string | undefined): ReadPolicy | undefined {
  switch (readFrom) {
    case 'primary':
      return undefined;
    case 'replica':
      return (shard) => nextUp(shard) ?? shard.replicas[0] ?? shard.primary;
    case 'preferReplica':
      return (shard) => nextUp(shard) ?? shard.primary;
    case 'nearestAz':
      return (shard) =>
        nextUp(shard, zone) ?? (shard.primary.zone === zone ? shard.primary : nextUp(shard)) ?? shard.primary;
    case 'lowestLatency':
      return fastest;
  }
}

/** The next replica in turn that is not known to be down, in a zone if one is given. */
function nextUp(shard: Shard<Node>, zone?: string): Node | undefined {
  const { replicas } = shard;
  for (let i = 0; i < replicas.length; i++) {
    shard.turn = (shard.turn + 1) % replicas.length;
    const replica = replicas[shard.turn]!;
    if (!replica.isDown && (zone === undefined || replica.zone === zone)) return replica;
  }
  return undefined;
}

function fastest(shard: Shard<Node>): Node {
  let best = shard.primary;
  for (const replica of shard.replicas) {
    if (replica.isDown) continue;
    if (best.isDown || replica.latency < best.latency) best = replica;
  }
  return best;
}
