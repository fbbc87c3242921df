import { SentinelCommands } from '../commands/sentinel.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Surface, Value } from '../commands/surface.ts';
import { sendRequest } from '../connection/carrier.ts';
import { Link, type LinkBounds } from '../connection/link.ts';
import type { Locator } from '../connection/locator.ts';
import { Pool } from '../connection/pool.ts';
import {
  checkedSize,
  lastResolve,
  newPromise,
  OWN_REQUEST,
  Request,
  type RequestOptions,
} from '../connection/request.ts';
import { endpointOf, type ConnectionSettings, type RetrySettings, type SessionState } from '../connection/settings.ts';
import { isTraced, leaveUntold } from '../diagnostics.ts';
import { AbortError, TimeoutError } from '../errors.ts';
import { remapped, type AddressRemap, type HostAddress } from './sentinel-address.ts';
import { SentinelEvents } from './sentinel-events.ts';

/** How Sentinels are reached. */
export interface SentinelSettings {
  readonly connection: ConnectionSettings;
  readonly session: SessionState;
  readonly retry: RetrySettings;
  /** How long one may take to answer, in milliseconds. */
  readonly timeout: number;
  readonly remap: AddressRemap | undefined;
  /** How long it may take to map a server's address, in milliseconds. */
  readonly remapTimeout: number;
}

/** How long an answer is waited for: milliseconds instead of the usual ones, and a signal that ends the wait. */
export interface Wait {
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Calls give promises of text and numbers. */
export interface Answered extends Surface {
  readonly text: string;
  readonly integer: number;
  readonly result: Promise<this['reply']>;
}

/** Who hears what Sentinels publish. */
export interface SentinelListener {
  /** A Sentinel published this. */
  published(event: string, text: string): void;
  /** What a Sentinel published may have been missed. */
  missed(): void;
}

const BOUNDS: LinkBounds = { maxQueuedCommands: 10_000, maxQueuedBytes: 16 * 1024 * 1024 };

/**
 * One Sentinel: a connection for questions, made when there is one, and one on which it tells what happens.
 *
 * A Sentinel that cannot be reached fails a question at once, or after its timeout, and is tried anew with the next.
 */
export class SentinelPeer extends SentinelCommands<Answered> {
  readonly address: HostAddress;
  /** It was named by the user: it is kept for ever. */
  readonly isSeed: boolean;
  /** How Sentinels know each other; unknown until it has said so. */
  id: string | undefined;
  /** It has not answered the last question in time: nobody waits for it. */
  isSilent = false;
  readonly #link: Link;
  readonly #pool: Pool;
  readonly #events: SentinelEvents;
  readonly #options: RequestOptions;

  constructor(address: HostAddress, isSeed: boolean, settings: SentinelSettings, listener: SentinelListener) {
    super();
    this.address = address;
    this.isSeed = isSeed;
    const connection = settingsFor(address, settings);
    const state = { ...settings.session };
    // The next question is the next try.
    this.#link = new Link(connection, state, { ...settings.retry, retries: 0 }, BOUNDS);
    this.#pool = new Pool(connection, state, { maxConnections: 1, maxWaiters: Infinity });
    this.#events = new SentinelEvents(this.#pool, settings, listener);
    this.#options = { ...OWN_REQUEST, mode: { encoding: 'utf8', integers: 'number' }, timeout: settings.timeout };
  }

  get endpoint(): string {
    return endpointOf(this.address);
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<R> {
    return this.#ask(spec, args, decode, {}, true);
  }

  /** Runs a command of the user's, waiting for its reply as long as one likes. What is called as a method is the client's own. */
  ask<R>(spec: Spec, args: readonly Value[], decode: Decoder<R> | undefined, wait: Wait): Promise<R> {
    return this.#ask(spec, args, decode, wait, false);
  }

  /** Hears what it publishes, from now on and for as long as it can. */
  listen(): void {
    this.#events.start();
  }

  async close(timeout: number): Promise<void> {
    this.#events.stop();
    await Promise.all([this.#link.close(timeout), this.#pool.close({ timeout })]);
  }

  destroy(): void {
    this.#events.stop();
    this.#link.destroy();
    this.#pool.destroy();
  }

  // Inside

  #ask<R>(
    spec: Spec,
    args: readonly Value[],
    decode: Decoder<R> | undefined,
    { timeout, signal }: Wait,
    isOwn: boolean,
  ): Promise<R> {
    const usual = this.#options.timeout;
    const options = { ...this.#options, timeout: timeout ?? usual, signal };
    const size = checkedSize(spec, args);
    const promise = newPromise<R>();
    const request = new Request(spec, args, decode, options, size, lastResolve());
    if (isOwn && isTraced()) leaveUntold(request);
    sendRequest(this.#link, request);
    // Without a handler of the caller's this changes nothing; the caller has the promise itself.
    promise.then(
      () => (this.isSilent = false),
      (error: unknown) => {
        // Who has given up early says nothing about the Sentinel.
        const isLate = error instanceof TimeoutError;
        if (error instanceof AbortError || (isLate && options.timeout < usual)) return;
        this.isSilent = isLate || this.#link.state !== 'ready';
      },
    );
    return promise;
  }
}

/** A Sentinel's name is resolved on every dial, and so is what it is mapped to. */
function settingsFor(address: HostAddress, { connection, remap }: SentinelSettings): ConnectionSettings {
  if (remap === undefined) return { ...connection, address };
  const locator: Locator = {
    name: endpointOf(address),
    locate: async (timeout) => ({ address: await remapped(remap, address, timeout), role: undefined }),
    suspect: () => undefined,
    onMove: () => () => undefined,
  };
  return { ...connection, address, locator };
}
