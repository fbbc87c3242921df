import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Int, checkOptions, refuse } from './argument.ts';
import { toText, toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Result, type Surface, type Value } from './surface.ts';

const FAILOVER: Spec = command('FAILOVER');
const REPLICAOF: Spec = command('REPLICAOF');
const ROLE: Spec = command('ROLE');
const SLAVEOF: Spec = command('SLAVEOF');

/** Where a server is. */
export interface FailoverTarget {
  readonly host: string;
  readonly port: Int;
}

/** Options of `failover`: a target that need not be up to date is forced after a time; `abort` stands alone. */
export type FailoverOptions =
  | {
      /** The replica to take over; otherwise the first that is up to date. */
      readonly to?: FailoverTarget | undefined;
      /** Gives up after so many milliseconds; otherwise it waits for ever. */
      readonly timeout?: Int | undefined;
      readonly force?: undefined;
      readonly abort?: undefined;
    }
  | {
      readonly to: FailoverTarget;
      readonly timeout: Int;
      /** Lets the target take over when the time is over, though it may lack writes. */
      readonly force: boolean;
      readonly abort?: undefined;
    }
  | {
      /** Calls off the failover that is under way. */
      readonly abort: true;
      readonly to?: undefined;
      readonly timeout?: undefined;
      readonly force?: undefined;
    };

/** What a server is to others: see `role` to tell the three apart. */
export type RoleReply<I> = PrimaryRole<I> | ReplicaRole<I> | SentinelRole;

/** A server that takes writes. Its own word for it is `master`. */
export interface PrimaryRole<I> {
  readonly role: 'primary';
  /** How many bytes of replication it has produced. */
  readonly offset: I;
  /** The replicas that are connected, and what they have confirmed. */
  readonly replicas: { readonly host: string; readonly port: number; readonly offset: I }[];
}

/** A server that copies another. Its own word for it is `slave`. */
export interface ReplicaRole<I> {
  readonly role: 'replica';
  readonly primary: { readonly host: string; readonly port: number };
  /** `connected`, or the step before: `connect`, `connecting`, `handshake`, `sync`. */
  readonly state: string;
  /** How many bytes of replication it has received; -1 when it never did. */
  readonly offset: I;
}

/** A Sentinel. */
export interface SentinelRole {
  readonly role: 'sentinel';
  /** The names of the primaries it monitors. */
  readonly primaries: string[];
}

/** Commands on primaries and replicas. */
export abstract class ReplicationCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Starts to swap the roles of this primary and one of its replicas without losing writes, and answers at once.
   *
   * The server holds writes back until the replica has them all, and gives up when that takes longer than `timeout`. `role` tells when it
   * is done. Rejects with a `ResponseError` when the server has no replica, is one itself, or is part of a cluster.
   * Throws a `DataError` for `force` without `to` and `timeout`.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.failover({ timeout: 1000 }).catch((error) => error.message); // => 'ERR FAILOVER requires connected replicas.'
   * await client.failover({ abort: true }).catch((error) => error.message); // => 'ERR No failover in progress.'
   * ```
   * @see https://valkey.io/commands/failover/
   */
  failover(options: FailoverOptions = {}): Result<S, 'OK'> {
    checkOptions(FAILOVER, options);
    const { to, timeout, force, abort } = options;
    const args: Value[] = [];
    if (to !== undefined) {
      checkOptions(FAILOVER, to, 'to');
      args.push('TO', to.host, to.port);
    }
    if (force) {
      if (to === undefined || timeout === undefined) refuse(FAILOVER, 'takes force only with to and timeout');
      args.push('FORCE');
    }
    if (timeout !== undefined) args.push('TIMEOUT', timeout);
    if (abort) {
      if (args.length > 0) refuse(FAILOVER, 'takes no other option with abort');
      args.push('ABORT');
    }
    return this.send(FAILOVER, args);
  }

  /**
   * Makes the server a replica of another, dropping all it holds, or, with `'no one'`, a primary that keeps it.
   *
   * It answers before it has connected: see the `state` in `role`. Rejects with a `ResponseError` in a cluster, where it is `clusterReplicate`.
   *
   * Complexity: O(1).
   *
   * @since 5.0.0
   * @example
   * ```ts
   * await client.replicaof('no one'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/replicaof/
   */
  replicaof(host: 'no one'): Result<S, 'OK'>;
  replicaof(host: string, port: Int): Result<S, 'OK'>;
  replicaof(host: string, port?: Int): Result<S, 'OK'> {
    return this.send(REPLICAOF, primaryArgs(REPLICAOF, host, port));
  }

  /**
   * Tells whether the server is a primary, a replica or a Sentinel, and what goes with it: tell them apart by `role`.
   *
   * Complexity: O(1).
   *
   * @since 2.8.12
   * @example
   * ```ts
   * await client.role(); // => { role: 'primary', offset: 0, replicas: [] }
   * ```
   * @see https://valkey.io/commands/role/
   */
  role(): Result<S, RoleReply<Integer<S>>> {
    return this.send(ROLE, [], toRole<Integer<S>>);
  }

  /**
   * Does the same as `replicaof`, which is the name to use.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.slaveof('no one'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/slaveof/
   */
  slaveof(host: 'no one'): Result<S, 'OK'>;
  slaveof(host: string, port: Int): Result<S, 'OK'>;
  slaveof(host: string, port?: Int): Result<S, 'OK'> {
    return this.send(SLAVEOF, primaryArgs(SLAVEOF, host, port));
  }
}

function primaryArgs(spec: Spec, host: string, port: Int | undefined): Value[] {
  if (port !== undefined) return [host, port];
  return host === 'no one' ? ['NO', 'ONE'] : refuse(spec, "needs a host and a port, or 'no one' alone");
}

/** The first word of the reply, which a future server may say otherwise. */
const ROLES: Readonly<Record<string, RoleReply<unknown>['role']>> = {
  master: 'primary',
  primary: 'primary',
  slave: 'replica',
  replica: 'replica',
};

function toRole<I>(reply: unknown, mode: ReplyMode): RoleReply<I> {
  const [word, ...rest] = reply as [unknown, ...unknown[]];
  switch (ROLES[toText(word, mode)]) {
    case 'primary': {
      const [offset, replicas] = rest as [I, [unknown, unknown, unknown][]];
      return { role: 'primary', offset, replicas: replicas.map((replica) => toReplica<I>(replica, mode)) };
    }
    case 'replica': {
      const [host, port, state, offset] = rest as [unknown, unknown, unknown, I];
      const primary = { host: toText(host, mode), port: Number(port) };
      return { role: 'replica', primary, state: toText(state, mode), offset };
    }
    default:
      return { role: 'sentinel', primaries: toTexts(rest[0], mode) };
  }
}

/** Here numbers come as text. */
function toReplica<I>(reply: [unknown, unknown, unknown], mode: ReplyMode): PrimaryRole<I>['replicas'][number] {
  const [host, port, offset] = reply;
  const digits = toText(offset, mode);
  return {
    host: toText(host, mode),
    port: Number(toText(port, mode)),
    offset: (mode.integers === 'bigint' ? BigInt(digits) : Number(digits)) as I,
  };
}
