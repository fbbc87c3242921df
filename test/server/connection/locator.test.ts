import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { Pool } from '../../../src/connection/pool.ts';
import { connectionSettings, retrySettings, sessionState } from '../../../src/client/options.ts';
import type { Location, Locator, Role, Stays } from '../../../src/connection/locator.ts';
import { endpointOf, type Address } from '../../../src/connection/settings.ts';
import { Link } from '../../../src/connection/link.ts';
import { lastResolve, newPromise, NO_CALLBACKS, Request } from '../../../src/connection/request.ts';
import { command } from '../../../src/commands/spec.ts';
import { ConnectionError, ReadOnlyError } from '../../../src/errors.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf, outcomeOf, until } from '../client/tools.ts';

const primary = await ValkeyServer.start();
const replica = await ValkeyServer.start({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
after(async () => {
  await replica.stop();
  await primary.stop();
});

/** A deployment's directory that says what the test wants. */
class Directory implements Locator {
  readonly name = 'primary main';
  readonly suspected: string[] = [];
  role: Role | undefined = 'primary';
  #port = primary.port;
  readonly #listeners = new Set<(stays: Stays) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  async locate(): Promise<Location> {
    await Promise.resolve();
    return { address: { host: '127.0.0.1', port: this.#port }, role: this.role };
  }

  suspect(address: Address, cause: ConnectionError): void {
    this.suspected.push(`${endpointOf(address)} ${cause.code}`);
  }

  onMove(listener: (stays: Stays) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Says another place on the next dial; connections that stand are told only with `tell`. */
  point(port: number): void {
    this.#port = port;
  }

  tell(): void {
    for (const listener of this.#listeners) listener((address) => 'port' in address && address.port === this.#port);
  }
}

const settingsOf = (locator: Locator, protocol: 2 | 3) => ({
  ...connectionSettings({ protocol, connectTimeout: 3000 }),
  locator,
});

function linkTo(t: TestContext, locator: Locator, protocol: 2 | 3 = 3): Link {
  const bounds = { maxQueuedCommands: 1000, maxQueuedBytes: 1_000_000 };
  const link = new Link(settingsOf(locator, protocol), sessionState({}), retrySettings(), bounds);
  t.after(() => link.destroy());
  return link;
}

function call(link: Link, name: string, ...args: string[]): Promise<unknown> {
  const promise = newPromise<unknown>();
  const options = {
    mode: { encoding: 'utf8', integers: 'number' },
    timeout: 5000,
    signal: undefined,
    whenDown: 'wait',
    retries: 3,
    idempotent: false,
    retryOn: undefined,
    callbacks: NO_CALLBACKS,
  } as const;
  link.send(new Request(command(name), args, undefined, options, 64, lastResolve()));
  return promise;
}

test('a link goes where its locator says, and leaves when it is told to', async (t) => {
  const directory = new Directory();
  const link = linkTo(t, directory);
  assert.equal(link.endpoint, 'primary main');
  assert.equal(await call(link, 'SET', 'moved', '1'), 'OK');
  assert.equal(link.endpoint, `127.0.0.1:${primary.port}`);
  directory.role = 'replica';
  directory.point(replica.port);
  directory.tell();
  const role = (await call(link, 'ROLE')) as unknown[];
  assert.equal(role[0], 'slave');
  assert.equal(link.endpoint, `127.0.0.1:${replica.port}`);
  assert.deepEqual(directory.suspected, [`127.0.0.1:${primary.port} MOVED_AWAY`]);
  link.destroy();
  assert.equal(directory.listeners, 0);
});

for (const protocol of [2, 3] as const) {
  test(`a server of the wrong role fails the dial, RESP${protocol}`, async (t) => {
    const directory = new Directory();
    directory.point(replica.port);
    const error = await failureOf(linkTo(t, directory, protocol).connect(), ConnectionError, 'WRONG_ROLE');
    assert.equal(error.message, `127.0.0.1:${replica.port} is no primary: it says that it is a replica`);
    assert.ok(directory.suspected.length >= 1);
  });
}

test('a write that a replica refuses runs where the primary is found', async (t) => {
  const [one, other] = [await ValkeyServer.start(), await ValkeyServer.start()];
  t.after(() => Promise.all([one.stop(), other.stop()]));
  const directory = new Directory();
  directory.point(one.port);
  const link = linkTo(t, directory);
  await link.connect();
  await call(link, 'REPLICAOF', '127.0.0.1', String(other.port));
  directory.point(other.port);
  const replies = await Promise.all([call(link, 'RPUSH', 'list', 'a'), call(link, 'RPUSH', 'list', 'b')]);
  assert.deepEqual(replies, [1, 2]);
  assert.deepEqual(await call(link, 'LRANGE', 'list', '0', '-1'), ['a', 'b']);
  assert.equal(link.endpoint, `127.0.0.1:${other.port}`);
});

test('where a replica is asked for, a refused write is told', async (t) => {
  const directory = new Directory();
  directory.role = 'replica';
  directory.point(replica.port);
  await failureOf(call(linkTo(t, directory), 'SET', 'k', 'v'), ReadOnlyError);
});

test('a pool goes where its locator says; what is leased elsewhere is closed', async (t) => {
  const directory = new Directory();
  const pool = new Pool(settingsOf(directory, 3), sessionState({}), { maxConnections: 3, maxWaiters: Infinity });
  t.after(() => pool.destroy());
  const [leased, idle] = [await pool.acquire(), await pool.acquire()];
  pool.release(idle);
  directory.role = 'replica';
  directory.point(replica.port);
  directory.tell();
  await until('both are gone', () => leased.closing && idle.closing);
  pool.release(leased);
  const next = await pool.acquire();
  assert.equal(next.endpoint, `127.0.0.1:${replica.port}`);
  pool.release(next);
  await pool.close();
  assert.equal(directory.listeners, 0);
});

test('a locator that finds nothing fails the dial', async (t) => {
  class Nowhere extends Directory {
    override locate(): Promise<Location> {
      return Promise.reject(new ConnectionError('nobody knows', { code: 'NOWHERE' }));
    }
  }
  const link = linkTo(t, new Nowhere());
  await failureOf(link.connect(), ConnectionError, 'NOWHERE');
  const { ok } = await outcomeOf(call(link, 'PING'));
  assert.equal(ok, false);
  assert.equal(link.state, 'idle');
});
