/**
 * What the library tells on `node:diagnostics_channel`: names of channels and the messages on them.
 *
 * ```
 *   tracing:valkey-ts:command:start     a command is called            the same object, on each of them
 *   tracing:valkey-ts:command:error     it fails; then asyncEnd
 *   tracing:valkey-ts:command:asyncEnd  it has settled
 *   tracing:valkey-ts:connect:...       the same of a dial with its handshake
 *   tracing:valkey-ts:lease:...         the same of waiting for a connection of a pool
 *   valkey-ts:closed  valkey-ts:reconnect  valkey-ts:retry  valkey-ts:redirect  valkey-ts:gap  valkey-ts:cache
 * ```
 *
 * Nothing of it costs more than a look at whether somebody listens. No message has an argument of a command in it, or a reply.
 */
import { channel, type Channel } from 'node:diagnostics_channel';

/** A command, or a MULTI with what is in it, from its call to its settling. On `tracing:valkey-ts:command:*`. */
export interface CommandMessage {
  /** Its name, such as `GET` or `CLIENT LIST`; `MULTI/EXEC` for a transaction that is sent as a whole. */
  readonly command: string;
  /** Where it goes, as far as is known when it is called. */
  readonly endpoint: string;
  /**
   * The database that it is for: the one that connections begin with, which follows a client's SELECT. Not set for a session that has
   * changed its connection, and may have chosen another.
   */
  readonly database: number | undefined;
  /** How many arguments follow the name. */
  readonly argumentCount: number;
  /** Their bytes, as counted against `maxQueuedBytes`. */
  readonly bytes: number;
  /** How many commands a MULTI holds; 1 otherwise. */
  readonly batchSize: number;
  /** When it was called, as `performance.now()` tells. */
  readonly startTime: number;
  /** Whom it was sent to, the last time: the address of the other end of the connection, or the path of the socket. Not set until then. */
  peer?: string;
  /** Milliseconds until it settled; from `asyncEnd` on. */
  duration?: number;
  /** How often it was tried again. */
  retries?: number;
  /** What it failed with, made for the listeners. */
  error?: unknown;
}

/** A dial with its handshake. On `tracing:valkey-ts:connect:*`. */
export interface ConnectMessage {
  readonly endpoint: string;
  readonly tls: boolean;
  readonly startTime: number;
  duration?: number;
  error?: unknown;
}

/** The wait for a connection of a pool, however short. On `tracing:valkey-ts:lease:*`. */
export interface LeaseMessage {
  readonly endpoint: string;
  readonly maxConnections: number;
  readonly startTime: number;
  duration?: number;
  error?: unknown;
}

/** A connection that stood has ended. On `valkey-ts:closed`. */
export interface ClosedMessage {
  readonly endpoint: string;
  /** The code of the error that ended it; `CLOSED` when the client did. */
  readonly code: string;
}

/** A connection is tried again after `delay` ms. On `valkey-ts:reconnect`. */
export interface ReconnectMessage {
  readonly endpoint: string;
  /** Dials that have failed in a row. */
  readonly failures: number;
  readonly delay: number;
  readonly code: string;
}

/** A command is sent again. On `valkey-ts:retry`. */
export interface RetryMessage {
  readonly command: string;
  readonly endpoint: string;
  /** How often it has been tried by now. */
  readonly attempt: number;
  /** Why: the first word of the server's error, or the code of ours. */
  readonly reason: string;
}

/** A server that is not the right one any more sends us away. On `valkey-ts:redirect`. */
export interface RedirectMessage {
  readonly command: string;
  /** Who refused. */
  readonly endpoint: string;
  /** Where it sends us; `undefined` when it does not say. */
  readonly target: string | undefined;
  /** `REDIRECT`, `READONLY`, `MOVED` or `ASK`; `UNBLOCKED` for a command that blocked when its server became a replica. */
  readonly reason: string;
}

/** Messages may have been missed. On `valkey-ts:gap`. */
export interface GapMessage {
  readonly endpoint: string;
  /** How many channels and patterns it concerns. */
  readonly topics: number;
}

/**
 * Why a cache gave up what it kept: its `connection` was lost, another `user` or database was chosen, the `server` flushed its data, a
 * `write` has changed keys that are not known, `slots` went to other nodes, or it was asked for by a call.
 */
export type CacheFlushReason = 'connection' | 'user' | 'server' | 'write' | 'slots' | 'call';

/**
 * What a cache has done since its last message. On `valkey-ts:cache`: once a second while anything happens, and whenever what was kept is
 * given up.
 */
export interface CacheMessage {
  /** The server; the startup nodes of a cluster. */
  readonly endpoint: string;
  /** What was given up, and why; not set on the messages of every second. */
  readonly flush: CacheFlushReason | undefined;
  readonly hits: number;
  readonly misses: number;
  /** Keys that the server told of. */
  readonly invalidations: number;
  /** Replies that its store gave up for want of room. */
  readonly evictions: number;
  /** What its store holds now. */
  readonly entries: number;
  /** What that takes, about. */
  readonly bytes: number;
}

interface Timed {
  readonly startTime: number;
  duration?: number;
  error?: unknown;
}

/** The channels of what takes time. They are those of `diagnostics_channel.tracingChannel(name)`. */
class Trace<M extends Timed> {
  readonly start: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;

  constructor(name: string) {
    this.start = channel(`tracing:${name}:start`);
    this.asyncEnd = channel(`tracing:${name}:asyncEnd`);
    this.error = channel(`tracing:${name}:error`);
  }

  get hasSubscribers(): boolean {
    return this.start.hasSubscribers || this.asyncEnd.hasSubscribers || this.error.hasSubscribers;
  }

  begin(message: M): void {
    this.start.publish(message);
  }

  end(message: M, error: unknown): void {
    message.duration = performance.now() - message.startTime;
    if (error !== undefined) {
      message.error = error;
      this.error.publish(message);
    }
    this.asyncEnd.publish(message);
  }

  /** Tells of what has ended where it began. */
  tell(message: M): void {
    this.begin(message);
    this.end(message, undefined);
  }

  /** Follows a promise to its end. */
  follow(message: M, promise: Promise<unknown>): void {
    this.begin(message);
    promise.then(
      () => this.end(message, undefined),
      (error: unknown) => this.end(message, error),
    );
  }
}

const command = new Trace<CommandMessage>('valkey-ts:command');
// Every command looks at these: by names of their own, since through the trace it takes half as long again (ADR 58).
const { start: commandStart, asyncEnd: commandEnd, error: commandError } = command;
/** Dials that somebody listens for. */
export const connectTrace: Trace<ConnectMessage> = new Trace<ConnectMessage>('valkey-ts:connect');
/** Waits for a pool's connection that somebody listens for. */
export const leaseTrace: Trace<LeaseMessage> = new Trace<LeaseMessage>('valkey-ts:lease');
export const closedChannel: Channel = channel('valkey-ts:closed');
export const reconnectChannel: Channel = channel('valkey-ts:reconnect');
export const retryChannel: Channel = channel('valkey-ts:retry');
export const redirectChannel: Channel = channel('valkey-ts:redirect');
export const gapChannel: Channel = channel('valkey-ts:gap');
export const cacheChannel: Channel = channel('valkey-ts:cache');

/** Requests of the client's own. */
const untold = new WeakSet<object>();
/** The commands under way that somebody listens for, by their requests. */
const underWay = new Map<object, CommandMessage>();
/** How many they are. Every reply looks at it: a third of what it costs to ask the map. */
let underWayCount = 0;

/** What a traced request is to the listeners. */
export interface TracedRequest {
  readonly spec: { readonly name: string };
  readonly args: readonly unknown[];
  readonly size: number;
  readonly attempts: number;
  /** How many commands it is. */
  readonly count: number;
}

/** Whether anything listens for commands, or has listened for some that are under way. */
export function isTraced(): boolean {
  return commandEnd.hasSubscribers || commandStart.hasSubscribers || commandError.hasSubscribers;
}

/** Whether the end of some command is waited for. */
export function isUnderWay(): boolean {
  return underWayCount > 0;
}

/** A request that is about to be sent is the client's own: listeners are told of what its users call. */
export function leaveUntold(request: TracedRequest): void {
  untold.add(request);
}

/** A request is called. One that was told already, and is sent another way now, is not told again. */
export function traceCommand(request: TracedRequest, endpoint: string, database: number | undefined): void {
  if (underWay.has(request) || untold.has(request)) return;
  const { spec, args, size, count } = request;
  const message: CommandMessage = {
    command: spec.name,
    endpoint,
    database,
    argumentCount: args.length,
    bytes: size,
    batchSize: count,
    startTime: performance.now(),
  };
  underWay.set(request, message);
  underWayCount = underWay.size;
  command.begin(message);
}

/** A request is written to a connection; nothing happens unless it was traced. */
export function placeCommand(request: TracedRequest, connection: { readonly peer: string }): void {
  const message = underWay.get(request);
  if (message !== undefined) message.peer = connection.peer;
}

/** A request has settled; nothing happens unless it was traced. */
export function endCommand(request: TracedRequest, makeError: (() => unknown) | undefined): void {
  const message = underWay.get(request);
  if (message === undefined) return;
  underWay.delete(request);
  underWayCount = underWay.size;
  message.retries = request.attempts;
  command.end(message, makeError?.());
}
