import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { DataError, LocalCache, type CachedReply, type CachePolicy } from '../../../src/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const SCOPES = ['GET', 'HGETALL'];

function replyOf(keys: readonly string[], size = 10): CachedReply {
  return { keys, reply: `value of ${keys.join()}`, size };
}

/** What a cache of a few entries must hold, kept the simple way. */
class Model {
  readonly #most: number;
  entries: { scope: string; args: string; reply: CachedReply }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get(scope: string, args: string): CachedReply | undefined {
    const entry = this.entries.find((each) => each.scope === scope && each.args === args);
    if (entry !== undefined) this.entries = [...this.entries.filter((each) => each !== entry), entry];
    return entry?.reply;
  }

  set(scope: string, args: string, reply: CachedReply): void {
    this.delete(scope, args);
    this.entries.push({ scope, args, reply });
    if (this.entries.length > this.#most) this.entries.shift();
  }

  delete(scope: string, args: string): void {
    this.entries = this.entries.filter((each) => each.scope !== scope || each.args !== args);
  }

  invalidate(key: string): void {
    this.entries = this.entries.filter(({ reply }) => !reply.keys.includes(key));
  }
}

type Step = readonly [
  kind: 'get' | 'set' | 'delete' | 'invalidate' | 'flush',
  scope: number,
  key: number,
  other: number,
];

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 10, arbitrary: fc.constant('set' as const) },
      { weight: 10, arbitrary: fc.constant('get' as const) },
      { weight: 2, arbitrary: fc.constant('delete' as const) },
      { weight: 4, arbitrary: fc.constant('invalidate' as const) },
      { weight: 1, arbitrary: fc.constant('flush' as const) },
    ),
    fc.nat({ max: 1 }),
    fc.nat({ max: 9 }),
    fc.nat({ max: 9 }),
  ),
  { maxLength: 200 },
);

describe('a local cache', () => {
  it('holds what a simple list of the last used would hold', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const cache = new LocalCache({ maxEntries: 5 });
        const model = new Model(5);
        for (const [kind, scope, key, other] of list) {
          const name = SCOPES[scope]!;
          const args = `k${key}`;
          if (kind === 'get') assert.equal(cache.get(name, args), model.get(name, args));
          else if (kind === 'set') {
            const reply = replyOf([args, `k${other}`]);
            cache.set(name, args, reply);
            model.set(name, args, reply);
          } else if (kind === 'delete') {
            cache.delete(name, args);
            model.delete(name, args);
          } else if (kind === 'invalidate') {
            cache.invalidate(args);
            model.invalidate(args);
          } else {
            cache.flush();
            model.entries = [];
          }
          const { entries, bytes } = cache.stats();
          assert.deepEqual([entries, bytes], [model.entries.length, 10 * model.entries.length]);
        }
        for (const { scope, args, reply } of [...model.entries]) assert.equal(cache.get(scope, args), reply);
      }),
    );
  });

  for (const policy of ['lru', 'lfu', 'random'] as const satisfies readonly CachePolicy[]) {
    it(`stays within its bounds while a million keys go through it, ${policy}`, () => {
      const most = 10_000;
      const cache = new LocalCache({ maxEntries: most, policy });
      for (let i = 0; i < 1_000_000; i++) {
        const key = `key:${i}`;
        cache.set('GET', key, replyOf([key]));
        if (i % 3 === 0) cache.get('GET', `key:${i - (i % 1000)}`);
      }
      assert.deepEqual(cache.stats(), { entries: most, bytes: 10 * most, evictions: 1_000_000 - most });
      for (let i = 0; i < 1_000_000; i++) cache.invalidate(`key:${i}`);
      assert.deepEqual(cache.stats(), { entries: 0, bytes: 0, evictions: 1_000_000 - most });
    });
  }

  it('makes room for what is larger, and does not keep what is larger than all', () => {
    const cache = new LocalCache({ maxBytes: 100 });
    for (let i = 0; i < 10; i++) cache.set('GET', `k${i}`, replyOf([`k${i}`]));
    cache.set('GET', 'large', replyOf(['large'], 55));
    assert.deepEqual(cache.stats(), { entries: 5, bytes: 95, evictions: 6 });
    assert.equal(cache.get('GET', 'k5'), undefined);
    assert.equal(cache.get('GET', 'k6')?.size, 10);
    cache.set('GET', 'k9', replyOf(['k9'], 101));
    assert.equal(cache.get('GET', 'k9'), undefined, 'not even what it replaces');
    assert.deepEqual(cache.stats(), { entries: 4, bytes: 85, evictions: 6 });
  });

  it('keeps nothing of a scope that is empty', () => {
    const cache = new LocalCache({ maxEntries: 10 });
    const fill = (from: number): void => {
      for (let i = from; i < from + 20_000; i++) cache.set(`scope ${i}`, 'k', replyOf(['k']));
      for (let i = 0; i < 10; i++) cache.set('GET', `k${i}`, replyOf([`k${i}`]));
    };
    fill(0);
    collect();
    const before = process.memoryUsage().heapUsed;
    fill(20_000);
    collect();
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 1_000_000, `20,000 scopes left ${grown} bytes`);
    assert.equal(cache.get('GET', 'k9')?.size, 10);
    cache.flush();
    assert.equal(cache.get('GET', 'k9'), undefined);
    cache.set('GET', 'k9', replyOf(['k9'], 11));
    assert.equal(cache.get('GET', 'k9')?.size, 11);
  });

  it('gives up what matches', () => {
    const cache = new LocalCache();
    for (let i = 0; i < 10; i++) cache.set(SCOPES[i % 2]!, `k${i}`, replyOf([`k${i}`]));
    cache.flush(({ keys }) => keys[0]! < 'k5');
    assert.equal(cache.stats().entries, 5);
    assert.equal(cache.get('GET', 'k4'), undefined);
    assert.deepEqual(cache.get('GET', 'k6')?.keys, ['k6']);
  });

  it('refuses options that it does not know', () => {
    const make = (options: object) => () => new LocalCache(options);
    assert.throws(make({ maxEntries: 0 }), { code: 'INVALID_OPTION' });
    assert.throws(make({ policy: 'fifo' }), DataError);
    assert.throws(make({ maxEntrys: 5 }), { code: 'UNKNOWN_OPTION', message: /did you mean maxEntries/ });
    assert.throws(make(null as unknown as object), { code: 'INVALID_OPTION' });
  });
});
