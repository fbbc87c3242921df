import { refusalOf } from '../commands/conduct.ts';
import { SentinelCommands, type SentinelReplica } from '../commands/sentinel.ts';
import { specOf, type Decoder, type Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import type { Role } from '../connection/locator.ts';
import { anew, needsSession } from '../connection/request-error.ts';
import { ConnectionError, DataError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { HostAddress } from '../topology/sentinel-address.ts';
import { filterReplicas, type SentinelDirectory } from '../topology/sentinel-directory.ts';
import { SentinelService } from '../topology/sentinel-service.ts';
import {
  checkClientOptions,
  type AnySentinelOptions,
  type SentinelClientOptions,
  type SentinelOptions,
} from './sentinel-options.ts';
import type { SentinelConnectionPool } from './sentinel-connection-pool.ts';
import { besidePool, directoryOf, sentinelPool, sentinelSource } from './sentinel-source.ts';
import { check, FLAG, isObject, type Rule } from './option-rule.ts';
import type { Immediate } from './surfaces.ts';
import { Valkey } from './valkey.ts';
import {
  checkWaitOptions,
  closeTimeout,
  WAIT_RULES,
  within,
  type CloseOptions,
  type WaitEnd,
  type WaitOptions,
} from './wait-options.ts';

const NOT_FOUND: WaitEnd = {
  aborted: 'aborted while asking the Sentinels',
  late: (timeout) => new ConnectionError(`the Sentinels said nothing within ${timeout} ms`, { code: 'UNRESPONSIVE' }),
};

/** How `executeCommand` runs a command on all Sentinels. */
export interface SentinelTargets extends WaitOptions {
  readonly once?: false | undefined;
}

/** How `executeCommand` runs a command on one Sentinel. */
export interface SentinelTarget extends WaitOptions {
  /** On one Sentinel rather than on all. */
  readonly once: true;
}

const TARGET_RULES: Readonly<Record<keyof SentinelTarget, Rule>> = { ...WAIT_RULES, once: FLAG };

/** The SENTINEL commands, each on one of the Sentinels. */
class OnOneSentinel extends SentinelCommands<Immediate> {
  readonly #directory: SentinelDirectory;

  constructor(directory: SentinelDirectory) {
    super();
    this.#directory = directory;
  }

  override async send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<R> {
    try {
      return await this.#directory.runOnOne(spec, args, decode);
    } catch (error) {
      throw anew(error);
    }
  }
}

/**
 * A client of Sentinels, which know where a primary and its replicas are, and make a replica the primary when it fails.
 *
 * `primaryFor(name)` and `replicaFor(name)` give ordinary clients that follow. Sentinels are asked on every dial, and heard: when they
 * tell of another primary, connections to the old one are closed. The addresses given are kept for ever, and their names resolved
 * anew each time; Sentinels that others tell of are used too.
 *
 * @example
 * ```ts
 * const sentinel = new Sentinel(['sentinel-1:26379', 'sentinel-2:26379'], { password: 'of the servers' });
 * const client = sentinel.primaryFor('main');
 * sentinel.destroy();
 * ```
 */
export class Sentinel<
  in out E extends Encoding = 'utf8',
  in out I extends Integers = 'number',
> implements AsyncDisposable {
  /** The SENTINEL commands, each on one of the Sentinels: `sentinel.commands.sentinelCkquorum('main')`. */
  readonly commands: SentinelCommands<Immediate>;
  /** The name in the URL it was made of. */
  readonly service: string | undefined;
  readonly #options: AnySentinelOptions;
  readonly #directory: SentinelDirectory;
  readonly #services: Map<string, SentinelService> = new Map();
  /** What was made and is not closed. */
  readonly #clients: Set<{ close(options: CloseOptions): Promise<void>; destroy(): void }> = new Set();

  /**
   * Makes a client of Sentinels; nothing is connected yet.
   *
   * @param addresses each as `{ host, port }` or `'host:port'`, port 26379 by default; or a `valkey+sentinel://` URL
   * @throws DataError for an unknown option or an unusable value, naming it
   */
  constructor(addresses: readonly (HostAddress | string)[] | string, options: SentinelOptions<E, I> = {}) {
    const source = sentinelSource(addresses, options);
    this.#options = source.options;
    this.service = source.service;
    this.#directory = directoryOf(source);
    this.commands = new OnOneSentinel(this.#directory);
  }

  /** Makes a client from a `valkey+sentinel://` URL; the URL's options win over those given beside it. */
  static fromUrl<E extends Encoding = 'utf8', I extends Integers = 'number'>(
    url: string,
    options: SentinelOptions<E, I> = {},
  ): Sentinel<E, I> {
    return new Sentinel<E, I>(url, options);
  }

  /** The Sentinels that are known now: those that were given, and those that they told of. */
  get addresses(): HostAddress[] {
    return this.#directory.addresses;
  }

  /**
   * Where the primary of a name is, as it is to be dialled.
   *
   * Rejects with a `PrimaryNotFoundError` that tells what each Sentinel answered when none knows one that is up; with a `ConnectionError`
   * when `timeout`, in milliseconds, is over before, and with an `AbortError` when `signal` fires.
   */
  async discoverPrimary(name: string, options: WaitOptions = {}): Promise<HostAddress> {
    checkWaitOptions(options);
    try {
      return await within(this.#service(name).findPrimary(), options, NOT_FOUND);
    } catch (error) {
      throw anew(error);
    }
  }

  /**
   * Where the replicas of a name are that are up, as they are to be dialled; none when nobody knows any. Ends with `timeout` and `signal`
   * as `discoverPrimary` does.
   */
  async discoverReplicas(name: string, options: WaitOptions = {}): Promise<HostAddress[]> {
    checkWaitOptions(options);
    try {
      return await within(this.#service(name).findReplicas(), options, NOT_FOUND);
    } catch (error) {
      throw anew(error);
    }
  }

  /** Those of what `sentinelReplicas` gives that are up. */
  filterReplicas(replicas: readonly SentinelReplica[]): SentinelReplica[] {
    return filterReplicas(replicas);
  }

  /**
   * Runs any command on every Sentinel, and gives what became of it on each, by `host:port`. With `{ once: true }` it runs on one that
   * can be reached, and gives that one's reply.
   *
   * The command has `timeout` milliseconds instead of the `socketTimeout` of `sentinelOptions`, and ends when `signal` fires: with
   * `once` it is rejected with a `TimeoutError` or an `AbortError`, whose `sent` tells whether the command may have run; otherwise that
   * is what became of it on the Sentinels that had not answered. One that would change the connection on which all questions are asked
   * is rejected with a `DataError` of the code `NEEDS_SESSION`.
   */
  executeCommand<R = unknown>(
    name: string,
    ...args: readonly Value[]
  ): Promise<ReadonlyMap<string, PromiseSettledResult<R>>>;
  executeCommand<R = unknown>(target: SentinelTarget, name: string, ...args: readonly Value[]): Promise<R>;
  executeCommand<R = unknown>(
    targets: SentinelTargets,
    name: string,
    ...args: readonly Value[]
  ): Promise<ReadonlyMap<string, PromiseSettledResult<R>>>;
  async executeCommand(first: string | SentinelTarget | SentinelTargets, ...rest: readonly Value[]): Promise<unknown> {
    const [target, name, ...others] = typeof first === 'string' ? [{}, first, ...rest] : [first, ...rest];
    if (!isObject(target) || typeof name !== 'string') {
      throw new DataError(
        'executeCommand takes the name of a command, or options such as { once: true } and the name',
        {
          code: 'INVALID_ARGUMENT',
        },
      );
    }
    check(target, TARGET_RULES, 'option of executeCommand');
    const { once, ...wait } = target as Partial<SentinelTarget>;
    const { spec, rest: args } = specOf(name, others);
    const refusal = refusalOf(spec.name, args, false);
    if (refusal !== undefined) throw needsSession(spec.name, refusal);
    try {
      if (once === true) return await this.#directory.runOnOne(spec, args, undefined, wait);
      return await this.#directory.runOnAll(spec, args, wait);
    } catch (error) {
      throw anew(error);
    }
  }

  /**
   * A client of the primary of a name, wherever that is. It ends with `close()`, and with the `Sentinel`.
   *
   * @param options what is different from the options of the `Sentinel`
   */
  primaryFor<E2 extends Encoding = E, I2 extends Integers = I>(
    name: string,
    options: SentinelClientOptions<E2, I2> = {},
  ): Valkey<E2, I2> {
    return this.#clientFor(name, 'primary', options);
  }

  /**
   * A client of a replica of a name: another one for each client and after each failure, the primary when there is none.
   *
   * @param options what is different from the options of the `Sentinel`
   */
  replicaFor<E2 extends Encoding = E, I2 extends Integers = I>(
    name: string,
    options: SentinelClientOptions<E2, I2> = {},
  ): Valkey<E2, I2> {
    return this.#clientFor(name, 'replica', options);
  }

  /** Makes a pool of connections to the primary of a name, or its replicas, that clients can share. It ends with the `Sentinel`. */
  createConnectionPool(
    name: string,
    options: SentinelClientOptions<Encoding, Integers> & { readonly role?: Role } = {},
  ): SentinelConnectionPool {
    const { role = 'primary', ...own } = options;
    const all = this.#merged(own);
    if (role !== 'primary' && role !== 'replica') {
      throw new DataError("the option role must be 'primary' or 'replica'", { code: 'INVALID_OPTION' });
    }
    const pool: SentinelConnectionPool = sentinelPool(this.#service(name), role, all, {
      reopen: () => void this.#clients.add(pool),
      destroyed: () => void this.#clients.delete(pool),
    });
    this.#clients.add(pool);
    return pool;
  }

  /** Closes the clients that it gave, and its own connections. Rejects for wrong options only, and is done within `timeout`. */
  async close(options: CloseOptions = {}): Promise<void> {
    const timeout = closeTimeout(options);
    await Promise.all([...this.#clients].map((client) => client.close({ timeout })));
    await this.#directory.close(0);
  }

  /** Closes everything at once; whatever is unanswered rejects with a `ConnectionError`. */
  destroy(): void {
    for (const client of [...this.#clients]) client.destroy();
    this.#directory.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #clientFor<E2 extends Encoding, I2 extends Integers>(
    name: string,
    role: Role,
    options: SentinelClientOptions<E2, I2>,
  ): Valkey<E2, I2> {
    const all = this.#merged(options);
    const pool = sentinelPool(this.#service(name), role, all, {
      reopen: () => void this.#clients.add(client),
      destroyed: () => void this.#clients.delete(client),
    });
    const client: Valkey<E2, I2> = Valkey.fromPool<E2, I2>(pool, besidePool(all) as object);
    this.#clients.add(client);
    return client;
  }

  #merged(options: SentinelClientOptions<Encoding, Integers>): AnySentinelOptions {
    const all = { ...this.#options, ...options };
    checkClientOptions(options, all);
    return all;
  }

  #service(name: string): SentinelService {
    if (typeof name !== 'string' || name === '') {
      throw new DataError('the name of a primary must be a string that is not empty', { code: 'INVALID_ARGUMENT' });
    }
    let service = this.#services.get(name);
    if (service === undefined) this.#services.set(name, (service = new SentinelService(this.#directory, name)));
    return service;
  }
}
