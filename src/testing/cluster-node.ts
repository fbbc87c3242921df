import { ServerNode } from './server-node.ts';
import type { Administrator, NodeServer } from './server-node.ts';

/** One server of a `ClusterDeployment`. */
export class ClusterNode extends ServerNode {
  /** The server's name in its cluster, 40 hexadecimal digits. */
  readonly id: string;

  constructor(id: string, server: NodeServer, administrator: Administrator) {
    super(server, administrator);
    this.id = id;
  }
}
