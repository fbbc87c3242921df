import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AbortError, ConnectionError, DataError, ResponseError, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import { callsOf, failureOf, isAtLeast, killShared, open, tally, typed } from './tools.ts';

const limit = { timeout: 60_000 };
const KEYS = 10_000;
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

const names = (kind: string): string[] => Array.from({ length: KEYS }, (_, i) => `${kind}:${i}`);
const sorted = <T>(items: Iterable<T>): T[] => [...items].sort();

async function all<T>(scan: AsyncIterable<T>): Promise<T[]> {
  const elements: T[] = [];
  for await (const element of scan) elements.push(element);
  return elements;
}

/** 10,000 elements of each kind, in database 1 the keys. */
before(async () => {
  const fields = names('field').map((field, i): [string, string] => [field, String(i)]);
  await admin.hset('hash', fields);
  await admin.sadd('set', names('member'));
  await admin.zadd(
    'board',
    names('member').map((member, i): [number, string] => [i / 2, member]),
  );
  await using keys = new Valkey({ port: server.port, db: 1 });
  await keys.mset(names('key').map((key): [string, string] => [key, 'x']));
  await keys.sadd('a set', 'x');
});

for (const protocol of [2, 3] as const) {
  describe(`iterating, RESP${protocol}`, limit, () => {
    test('gives every key, field, member once or more', async (t) => {
      const client = open(t, { port: server.port, protocol });
      const keys = open(t, { port: server.port, protocol, db: 1 });
      assert.deepEqual(sorted(new Set(await all(keys.scanIter()))), sorted([...names('key'), 'a set']));
      const entries = await all(client.hscanIter('hash', { count: 500 }));
      assert.deepEqual(Object.fromEntries(entries), await client.hgetall('hash'));
      assert.deepEqual(sorted(new Set(await all(client.sscanIter('set', { count: 500 })))), sorted(names('member')));
      const scores = new Map((await all(client.zscanIter('board'))).map(({ member, score }) => [member, score]));
      assert.deepEqual(scores, new Map(names('member').map((member, i) => [member, i / 2])));
    });

    test('gives fields without values, members without scores', async (t) => {
      if (!isAtLeast(server.version, '8.0') || server.product === 'redis') return;
      const client = open(t, { port: server.port, protocol });
      const fields = await all(client.hscanIter('hash', { novalues: true, count: 500 }));
      assert.deepEqual(sorted(new Set(fields)), sorted(names('field')));
      if (!isAtLeast(server.version, '9.1')) return;
      const members = await all(client.zscanIter('board', { noscores: true, count: 500 }));
      assert.deepEqual(sorted(new Set(members)), sorted(names('member')));
    });

    test('gives Buffers to those who want bytes', async (t) => {
      const client = open(t, { port: server.port, protocol, encoding: 'buffer', integers: 'bigint' });
      await client.select(2);
      await client.flushdb();
      const odd = Buffer.from([0xff, 0x00, 0x80]);
      await client.set(odd, odd);
      assert.deepEqual(await all(client.scanIter()), [odd]);
      await client.del(odd);
      await client.hset('h', [[odd, odd]]);
      await client.sadd('s', odd);
      await client.zadd('z', [[1.5, odd]]);
      for (const unique of [false, true]) {
        assert.deepEqual(await all(client.hscanIter('h', { unique })), [[odd, odd]]);
        assert.deepEqual(await all(client.sscanIter('s', { unique })), [odd]);
        assert.deepEqual(await all(client.zscanIter('z', { unique })), [{ member: odd, score: 1.5 }]);
        assert.deepEqual(sorted((await all(client.scanIter({ unique }))).map(String)), ['h', 's', 'z']);
      }
    });
  });
}

describe('what is asked for', limit, () => {
  test('match, type and count go to the server', async (t) => {
    const client = open(t, { port: server.port, db: 1 });
    assert.deepEqual(await all(client.scanIter({ match: 'key:12?' })).then(sorted), [
      ...Array.from({ length: 10 }, (_, i) => `key:12${i}`),
    ]);
    assert.deepEqual(await all(client.scanIter({ type: 'set' })), ['a set']);
    const before = await callsOf(admin, 'scan');
    await all(client.scanIter({ count: 100_000 }));
    assert.equal((await callsOf(admin, 'scan')) - before, 1);
    const fields = await all(open(t, { port: server.port }).hscanIter('hash', { match: 'field:77', count: 10_000 }));
    assert.deepEqual(fields, [['field:77', '77']]);
  });

  test('nothing, of what is not there', async (t) => {
    const client = open(t, { port: server.port });
    assert.deepEqual(await all(client.hscanIter('none')), []);
    assert.deepEqual(await all(client.sscanIter('none')), []);
    assert.deepEqual(await all(client.zscanIter('none').batches()), []);
    assert.deepEqual(await all(client.scanIter({ match: 'none', count: 1 }).batches()), []);
  });

  test('pages are arrays, none of them empty', async (t) => {
    const client = open(t, { port: server.port, db: 1 });
    const pages = await all(client.scanIter({ match: 'key:*0', count: 20 }).batches());
    assert.ok(pages.length > 100 && pages.every((page) => page.length > 0));
    assert.equal(new Set(pages.flat()).size, KEYS / 10);
  });

  test('every iteration starts anew, on its own', async (t) => {
    const client = open(t, { port: server.port });
    const scan = client.sscanIter('set', { count: 2000, unique: true });
    const [one, two] = await Promise.all([all(scan), all(scan)]);
    assert.equal(one.length, KEYS);
    assert.deepEqual(sorted(one), sorted(two));
    assert.equal((await all(scan.batches())).flat().length, KEYS);
  });

  test('a page is asked for when it is needed, not before', async (t) => {
    const client = open(t, { port: server.port, db: 1 });
    const scan = client.scanIter({ count: 50 });
    const before = await callsOf(admin, 'scan');
    let seen = 0;
    for await (const key of scan) {
      assert.equal(typeof key, 'string');
      if (++seen === 10) break;
    }
    assert.equal((await callsOf(admin, 'scan')) - before, 1);
    assert.deepEqual(client.stats().inFlight, 0);
    assert.equal(client.stats().pool.connections, 0);
    for await (const page of scan.batches()) {
      assert.ok(page.length >= 10);
      break;
    }
    assert.equal((await callsOf(admin, 'scan')) - before, 2);
  });

  test('a loop may end in an error, and goes no further', async (t) => {
    const client = open(t, { port: server.port, db: 1 });
    const before = await callsOf(admin, 'scan');
    const loop = async (): Promise<void> => {
      for await (const key of client.scanIter()) throw new Error(`my own, at ${key.slice(0, 3)}`);
    };
    await assert.rejects(loop(), /my own, at/);
    assert.equal((await callsOf(admin, 'scan')) - before, 1);
  });

  test('calls of next() without waiting are answered in order', async (t) => {
    const client = open(t, { port: server.port, db: 1 });
    const expected = await all(client.scanIter({ count: 7 }));
    const iterator = client.scanIter({ count: 7 })[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 50 }, () => iterator.next()));
    assert.deepEqual(
      results.map(({ value }) => value),
      expected.slice(0, 50),
    );
    await iterator.return();
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  });
});

describe('while others write', limit, () => {
  test('what is there all the while is given, and nothing twice with unique', async (t) => {
    const client = open(t, { port: server.port, db: 3 });
    await client.flushdb();
    const stable = Array.from({ length: 2000 }, (_, i) => `stable:${i}`);
    await client.mset(stable.map((key): [string, number] => [key, 1]));
    const seen: string[] = [];
    let round = 0;
    for await (const page of client.scanIter({ count: 20, unique: true }).batches()) {
      seen.push(...page);
      // The table of keys grows, then shrinks again, under the cursor.
      const others = Array.from({ length: 400 }, (_, i) => `other:${(round >> 1) % 20}:${i}`);
      if (round++ % 2 === 0) await client.mset(others.map((key): [string, number] => [key, 1]));
      else await client.unlink(others);
    }
    const counts = tally(seen);
    assert.deepEqual(
      stable.filter((key) => counts[key] !== 1),
      [],
    );
    assert.ok(Object.values(counts).every((count) => count === 1));
  });

  test('keys can be deleted as they come', async (t) => {
    const client = open(t, { port: server.port, db: 3 });
    await client.flushdb();
    await client.mset(names('gone').map((key): [string, string] => [key, 'x']));
    for await (const keys of client.scanIter({ match: 'gone:*', count: 1000 }).batches()) await client.unlink(keys);
    assert.equal(await client.dbsize(), 0);
  });

  test('what the server gives twice comes twice, and once with unique', async (t) => {
    const pages: Record<string, string> = {
      '0': '*2\r\n$2\r\n17\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\na\r\n',
      '17': '*2\r\n$1\r\n9\r\n*1\r\n$1\r\nb\r\n',
      '9': '*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nc\r\n',
    };
    await using script = await ScriptedServer.start(([name, cursor]) =>
      name === 'HELLO' ? GREETING : name === 'SCAN' ? pages[cursor!] : '+OK\r\n',
    );
    const client = open(t, { port: script.port });
    assert.deepEqual(await all(client.scanIter()), ['a', 'b', 'a', 'b', 'a', 'c']);
    const unique = client.scanIter({ unique: true });
    assert.deepEqual(await all(unique), ['a', 'b', 'c']);
    assert.deepEqual(await all(unique.batches()), [['a', 'b'], ['c']]);
    const bytes = client.withOptions({ encoding: 'buffer' }).scanIter({ unique: true });
    assert.deepEqual(
      await all(bytes),
      ['a', 'b', 'c'].map((key) => Buffer.from(key)),
    );
  });

  test('unique tells keys apart that are the same text', async (t) => {
    for (const encoding of ['utf8', 'latin1'] as const) {
      const client = open(t, { port: server.port, db: 4, encoding });
      await client.flushdb();
      // Neither is UTF-8: both are read as the replacement character.
      await client.mset([
        [Buffer.from([0xc3]), 1],
        [Buffer.from([0xc4]), 2],
        ['ä€', 3],
      ]);
      const keys = await all(client.scanIter({ unique: true }));
      const expected = encoding === 'utf8' ? ['�', '�', 'ä€'] : ['Ã', 'Ä', Buffer.from('ä€').toString('latin1')];
      assert.deepEqual(sorted(keys), sorted(expected));
      await client.flushdb();
      await client.hset('h', { ä: 'ö' });
      await client.zadd('z', { ü: 2 });
      const text = (utf8: string): string => Buffer.from(utf8).toString(encoding);
      assert.deepEqual(await all(client.hscanIter('h', { unique: true })), [[text('ä'), text('ö')]]);
      assert.deepEqual(await all(client.zscanIter('z', { unique: true })), [{ member: text('ü'), score: 2 }]);
    }
  });

  test('a field whose value changes meanwhile is one field', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('changing');
    await client.hset(
      'changing',
      names('field')
        .slice(0, 1000)
        .map((field): [string, number] => [field, 0]),
    );
    const fields: string[] = [];
    for await (const page of client.hscanIter('changing', { count: 50, unique: true }).batches()) {
      fields.push(...page.map(([field]) => field));
      await client.hset(
        'changing',
        names('field')
          .slice(0, 1000)
          .map((field): [string, number] => [field, 1]),
      );
      await client.hset(
        'changing',
        names('more')
          .slice(0, fields.length)
          .map((field): [string, number] => [field, 1]),
      );
    }
    assert.equal(new Set(fields).size, fields.length);
    assert.ok(fields.filter((field) => field.startsWith('field')).length === 1000);
  });
});

describe('trouble', limit, () => {
  test('of the connection is overcome, as a read may be repeated', async (t) => {
    const client = open(t, { port: server.port, db: 1 });
    const seen = new Set<string>();
    let pages = 0;
    for await (const page of client.scanIter({ count: 500 }).batches()) {
      for (const key of page) seen.add(key);
      if (++pages % 5 === 0) await killShared(admin, client);
    }
    assert.equal(seen.size, KEYS + 1);
  });

  test('that lasts rejects the iteration where it is, within the deadline', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, db: 1, socketTimeout: 200 });
    const seen: string[] = [];
    const walk = async (): Promise<void> => {
      for await (const key of client.scanIter({ count: 100 })) {
        seen.push(key);
        if (seen.length === 1) proxy.blackhole();
      }
    };
    await failureOf(walk(), TimeoutError);
    assert.ok(seen.length >= 100 && seen.length < 200, 'the page at hand is used up before');
  });

  test('an error reply rejects the iteration, and its stack ends in the caller’s code', async (t) => {
    const client = open(t, { port: server.port });
    async function walkingFunction(): Promise<void> {
      for await (const [field] of client.hscanIter('set')) assert.fail(field);
    }
    const error = await failureOf(walkingFunction(), ResponseError, 'WRONGTYPE');
    assert.match(String(error.stack), /at async walkingFunction .*scan\.test\.ts/);
    await failureOf(all(client.scanIter({ count: -1 })), ResponseError);
  });

  test('a signal ends it at the next page', async (t) => {
    const client = open(t, { port: server.port, db: 1 });
    const abort = new AbortController();
    const seen: string[] = [];
    const walk = async (): Promise<void> => {
      for await (const page of client.withOptions({ signal: abort.signal }).scanIter({ count: 100 }).batches()) {
        seen.push(...page);
        if (seen.length > 300) abort.abort(new Error('enough'));
      }
    };
    const error = await failureOf(walk(), AbortError);
    assert.match(String(error.cause), /enough/);
    assert.ok(seen.length < 1000);
  });

  test('a client that was closed says so', async () => {
    const client = new Valkey({ port: server.port, db: 1 });
    const walk = async (): Promise<void> => {
      for await (const page of client.scanIter().batches()) await client.close({ timeout: page.length });
    };
    await failureOf(walk(), ConnectionError, 'CLOSED');
  });

  test('wrong use throws at once', () => {
    const calls: ((client: Valkey) => unknown)[] = [
      (client) => client.scanIter(null as never),
      (client) => client.scanIter({ match: null as never }),
      (client) => client.scanIter('user:*' as never),
      (client) => client.scanIter({ count: NaN }),
      (client) => client.hscanIter(undefined as never),
      (client) => client.sscanIter({} as never),
      (client) => client.zscanIter('z', { match: true as never }),
    ];
    const client = new Valkey({ port: server.port });
    for (const [index, call] of calls.entries()) {
      try {
        call(client);
      } catch (error) {
        typed(error, DataError);
        continue;
      }
      assert.fail(`call ${index} did not throw`);
    }
    assert.equal(client.state, 'idle');
  });

  test('a callback of the user’s own for SCAN is not in the way', async (t) => {
    const client = open(t, { port: server.port, db: 1 });
    client.setResponseCallback('SCAN', () => 'nothing to walk on');
    assert.equal(new Set(await all(client.scanIter({ count: 1000 }))).size, KEYS + 1);
  });
});
