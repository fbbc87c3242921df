import assert from 'node:assert/strict';
import { beforeEach, describe, test, type TestContext } from 'node:test';
import { LocalCache, type CachedReply, type ClientCache } from '../../../src/index.ts';
import { CacheServer } from './cache-tools.ts';
import { until } from './tools.ts';

const server = await CacheServer.start();
const { writer } = server;

/** A store that fails, or gives other things, where a test wants it to. */
class OwnStore implements ClientCache {
  readonly kept: LocalCache = new LocalCache();
  failing: keyof ClientCache | undefined;

  get(scope: string, args: string): CachedReply | undefined {
    this.#reach('get');
    return this.kept.get(scope, args);
  }

  set(scope: string, args: string, reply: CachedReply): void {
    this.#reach('set');
    this.kept.set(scope, args, reply);
  }

  delete(scope: string, args: string): void {
    this.#reach('delete');
    this.kept.delete(scope, args);
  }

  invalidate(key: string): void {
    this.#reach('invalidate');
    this.kept.invalidate(key);
  }

  flush(matches?: (reply: CachedReply) => boolean): void {
    this.#reach('flush');
    this.kept.flush(matches);
  }

  stats(): ReturnType<ClientCache['stats']> {
    this.#reach('stats');
    return this.kept.stats();
  }

  #reach(method: keyof ClientCache): void {
    if (method === this.failing) throw new Error(`no ${method} today`);
  }
}

/** The warnings of a test. */
function warningsOf(t: TestContext): string[] {
  const warnings: string[] = [];
  const note = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  return warnings;
}

describe("a store of the user's own", { timeout: 30_000 }, () => {
  beforeEach(() => writer.flushall());

  for (const failing of ['get', 'set'] as const) {
    test(`that fails in ${failing} keeps nothing, and harms nobody`, async (t) => {
      const warnings = warningsOf(t);
      const store = new OwnStore();
      const client = server.keeping(t, { store });
      await writer.set('k', 'v');
      await client.ping();
      store.failing = failing;
      assert.deepEqual(await Promise.all([client.get('k'), client.get('k')]), ['v', 'v']);
      assert.equal(await client.get('k'), 'v');
      assert.equal(client.cache.stats().hits, 0);
      assert.equal(client.stats().counters.reconnects, 0);
      await until('it is told', () => warnings.length > 0);
      assert.deepEqual(warnings, [`the store of a cache failed in ${failing}(): no ${failing} today`]);
      store.failing = undefined;
      assert.equal(await client.get('k'), 'v');
      assert.equal(client.cache.peek.get('k'), 'v');
    });
  }

  test('that does not give up a key is not believed any more', async (t) => {
    const store = new OwnStore();
    const client = server.keeping(t, { store });
    await writer.mset({ a: 'old', b: 'other' });
    await client.mget(['a', 'b']);
    store.failing = 'invalidate';
    await writer.set('a', 'new');
    await until('it is told', () => client.cache.stats().invalidations > 0);
    store.failing = undefined;
    assert.equal(client.cache.peek.get('b'), undefined, 'whatever it holds');
    assert.equal(await client.get('a'), 'new');
    assert.equal(client.cache.peek.get('a'), 'new', 'what it is given from then on is');
    store.failing = 'invalidate';
    assert.equal(await client.set('a', 'own'), 'OK');
    store.failing = undefined;
    assert.equal(await client.get('a'), 'own');
    assert.equal(client.stats().counters.reconnects, 0);
  });

  test('that does not give up all is not believed any more, and the client goes on', async (t) => {
    const store = new OwnStore();
    const client = server.keeping(t, { store });
    await writer.set('k', 'old');
    await client.get('k');
    store.failing = 'flush';
    const id = String(await client.clientId());
    await writer.executeCommand('CLIENT', 'KILL', 'ID', id);
    await writer.set('k', 'new');
    await until('it is there again', async () => (await client.get('k')) === 'new');
    assert.equal(store.kept.stats().entries, 1);
    assert.equal(await client.get('k'), 'new');
    assert.doesNotThrow(() => client.cache.flush());
    assert.equal(client.cache.peek.get('k'), undefined);
  });

  test('that gives something else than it was given gives nothing', async (t) => {
    class Copying extends OwnStore {
      override get(scope: string, args: string): CachedReply | undefined {
        const reply = super.get(scope, args);
        return reply && { ...reply };
      }
    }
    const client = server.keeping(t, { store: new Copying() });
    await writer.set('k', 'v');
    for (let i = 0; i < 3; i++) assert.equal(await client.get('k'), 'v');
    assert.equal(client.cache.stats().hits, 0);
  });

  test('that promises to give up a key, or to keep one, is not believed either', async (t) => {
    const warnings = warningsOf(t);
    class Late extends OwnStore {
      override invalidate(key: string): void {
        return Promise.reject(new Error(`not yet, ${key}`)) as unknown as undefined;
      }
    }
    const client = server.keeping(t, { store: new Late() });
    await writer.set('k', 'old');
    await client.get('k');
    await client.set('k', 'new');
    assert.equal(await client.get('k'), 'new');
    await until('it is told', () => warnings.length > 0);
    assert.match(warnings[0]!, /in invalidate\(\): it gives a promise/);
  });

  test('that is ours but for a method is guarded', async (t) => {
    const store = new LocalCache();
    store.set = () => {
      throw Object.create(null) as Error;
    };
    const client = server.keeping(t, { store });
    await writer.set('k', 'v');
    assert.equal(await client.get('k'), 'v');
  });

  test('that has no room keeps what it has', async (t) => {
    class Small extends OwnStore {
      override set(scope: string, args: string, reply: CachedReply): void {
        if (this.kept.stats().entries === 3) throw new Error('full');
        super.set(scope, args, reply);
      }
    }
    const client = server.keeping(t, { store: new Small() });
    for (const key of ['a', 'b', 'c', 'd', 'a', 'b', 'c']) await client.get(key);
    assert.equal(client.cache.stats().hits, 3);
  });

  test('whose stats fail fails nobody who reads', async (t) => {
    const store = new OwnStore();
    store.failing = 'stats';
    const client = server.keeping(t, { store });
    await client.get('k');
    assert.equal(client.cache.stats().entries, 0);
  });
});
