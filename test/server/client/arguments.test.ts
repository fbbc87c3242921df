import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { DataError, ResponseError, Valkey, ValkeyError } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { ScriptedServer, GREETING } from '../scripted-server.ts';
import { callsOf, failureOf, open, outcomeOf, outcomesOf, tally, nameOf, typed } from './tools.ts';

const limit = { timeout: 20_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

const UNUSABLE: readonly (readonly [value: unknown, what: RegExp])[] = [
  [undefined, /is undefined/],
  [null, /is null/],
  [Number.NaN, /is NaN/],
  [true, /is a boolean; send 1 and 0, or text/],
  [{ secret: 'value' }, /is an object; send JSON\.stringify of it, or its fields/],
  [new Date(), /is an object/],
  [new Map(), /is an object/],
  [['secret'], /is an array/],
  [() => 'secret', /is a function/],
  [Symbol('secret'), /is a symbol/],
  [new ArrayBuffer(8), /is an object/],
  [new Uint16Array(4), /is an object/],
];

describe('an argument that cannot be sent', limit, () => {
  test('throws at once with the command and the position, and nothing is sent', async (t) => {
    const client = open(t, { port: server.port });
    const session = await client.session();
    await client.connect();
    const surfaces = [client, client.withOptions({ timeout: 100 }), session];
    const before = await callsOf(admin, 'set');
    for (const [value, what] of UNUSABLE) {
      for (const surface of surfaces) {
        for (const [call, position] of [
          [() => surface.executeCommand('SET', value as never, 'v'), 1],
          [() => surface.executeCommand('SET', 'k', value as never), 2],
          [() => surface.executeCommand('SET', 'k', 'v', 'EX', value as never), 4],
        ] as const) {
          assert.throws(
            () => void call(),
            (error: unknown) => {
              const refusal = typed(error, DataError, 'INVALID_ARGUMENT');
              assert.match(refusal.message, what);
              assert.ok(refusal.message.startsWith(`SET: argument ${position} is `), refusal.message);
              assert.equal(refusal.command, 'SET');
              assert.doesNotMatch(refusal.message, /secret/);
              return true;
            },
          );
        }
      }
    }
    await client.ping();
    await session.ping();
    assert.equal(await callsOf(admin, 'set'), before);
    await session.close();
  });

  test('does so before there is a connection, and makes none', async () => {
    const client = new Valkey({ port: server.port });
    assert.throws(() => void client.set('k', undefined as never), DataError);
    assert.equal(client.state, 'idle');
    await client.close();
  });

  test('leaves the other commands of its tick as they are', async (t) => {
    const client = open(t, { port: server.port });
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      calls.push(client.set(`tick:${i}`, i));
      assert.throws(() => void client.set(`tick:${i}`, null as never), DataError);
    }
    assert.deepEqual(tally((await outcomesOf(calls)).map(nameOf)), { ok: 100 });
    assert.equal(await client.get('tick:99'), '99');
  });

  test('as key or value of a typed method', async (t) => {
    const client = open(t, { port: server.port });
    for (const call of [
      () => client.get(undefined as never),
      () => client.set('k', Number.NaN),
      () => client.mget(['a', null as never]),
      () => client.hset('h', { field: undefined as never }),
      () => client.rpush('l', ['a', {} as never]),
      () => client.blpop('k', undefined as never),
      () => client.expire('k', Number.NaN),
      () => client.executeCommand('ECHO', undefined as never),
    ]) {
      assert.throws(() => void call(), DataError, call.toString());
    }
    assert.equal(await client.executeCommand('PING'), 'PONG');
  });
});

describe('an argument that can be sent', limit, () => {
  test('arrives as it is', async (t) => {
    const client = open(t, { port: server.port });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    for (const [value, text] of [
      ['', ''],
      ['\r\n$-1\r\n', '\r\n$-1\r\n'],
      ['schön 😀', 'schön 😀'],
      [0, '0'],
      [-0, '-0'],
      [1e21, '1e+21'],
      [0.1, '0.1'],
      [Infinity, 'Infinity'],
      [2n ** 64n, '18446744073709551616'],
      [Buffer.from('bytes'), 'bytes'],
      [new Uint8Array([98]), 'b'],
      [Buffer.from('a part of it').subarray(2, 6), 'part'],
    ] as const) {
      await client.set('as it is', value);
      assert.equal(await client.get('as it is'), text);
    }
    const binary = client.withOptions({ encoding: 'buffer' });
    await binary.set(bytes, bytes);
    assert.deepEqual(await binary.get(bytes), bytes);
    const large = 'ü'.repeat(100_000);
    await client.set('large', large);
    assert.equal(await client.get('large'), large);
  });

  test('may be changed by its owner after the call, without harm to others', async (t) => {
    const client = open(t, { port: server.port });
    const keys: string[] = ['a', 'b'];
    const parts: unknown[] = ['k', 'v'];
    const calls = [client.mget(keys), client.executeCommand('SET', ...(parts as string[]))];
    // The connection is not there yet: nothing is written.
    keys[0] = undefined as never;
    keys.push('c');
    parts[1] = Symbol('x');
    const [values] = await outcomesOf(calls);
    assert.ok(values?.ok && Array.isArray(values.value));
    assert.equal(await client.executeCommand('PING'), 'PONG');
    const bytes = new Uint8Array(64).fill(65);
    const set = client.set('detached', bytes);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    await outcomeOf(set);
    assert.equal(await client.executeCommand('PING'), 'PONG');
  });
});

describe('what the server refuses', limit, () => {
  test('is a ResponseError with the server’s word, and only for its own command', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('text', 'x');
    const [wrong, right, unknown, syntax] = await outcomesOf([
      client.lpush('text', 'secret'),
      client.get('text'),
      client.executeCommand('NO-SUCH-COMMAND'),
      client.executeCommand('SET', 'text', 'y', 'NO-SUCH-OPTION'),
    ]);
    const error = typed(wrong?.error, ResponseError, 'WRONGTYPE');
    assert.equal(error.prefix, 'WRONGTYPE');
    assert.equal(error.command, 'LPUSH');
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(right?.value, 'x');
    assert.match(typed(unknown?.error, ResponseError, 'ERR').message, /unknown command/);
    assert.match(typed(syntax?.error, ResponseError, 'ERR').message, /syntax error/);
  });
});

describe('a reply that does not fit', limit, () => {
  test('an integer beyond 2^53 is a DataError that names the way out; what follows is right', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('huge', '9007199254740993');
    const [incr, next] = await outcomesOf([client.incr('huge'), client.get('huge')]);
    const error = typed(incr?.error, DataError);
    assert.match(error.message, /bigint/);
    assert.equal(next?.value, '9007199254740994');
    assert.equal(await client.withOptions({ integers: 'bigint' }).incr('huge'), 9007199254740995n);
  });

  test('a value of a wrong type for a typed method rejects that call only', async (t) => {
    await using scripted = await ScriptedServer.start((words) => {
      if (words[0] === 'HELLO') return GREETING;
      if (words[0] === 'HGETALL') return ':7\r\n';
      return words[0] === 'GET' ? '$1\r\nx\r\n' : '+OK\r\n';
    });
    const client = open(t, { port: scripted.port });
    const [odd, right] = await outcomesOf([client.hgetall('h'), client.get('k')]);
    if (odd?.ok === false) assert.ok(odd.error instanceof ValkeyError || odd.error instanceof TypeError);
    assert.equal(right?.value, 'x');
    assert.equal(scripted.accepted, 1);
  });
});

describe('options', limit, () => {
  const make = (options: object) => (): void => new Valkey(options).destroy();
  const refuses = (call: () => void, code: string, message: RegExp): void => {
    assert.throws(call, (error: unknown) => {
      assert.match(typed(error, DataError, code).message, message);
      return true;
    });
  };

  test('that are unknown are named, with what was probably meant', () => {
    refuses(make({ prot: 6379 }), 'UNKNOWN_OPTION', /unknown option prot: did you mean port\?/);
    refuses(make({ socket_timeout: 5 }), 'UNKNOWN_OPTION', /did you mean socketTimeout\?/);
    refuses(make({ retries: 5 }), 'UNKNOWN_OPTION', /unknown option retries/);
    refuses(make({ retry: { retires: 5 } }), 'UNKNOWN_OPTION', /unknown retry option retires: did you mean retries\?/);
    refuses(make({ zzzzzzzzzz: 1 }), 'UNKNOWN_OPTION', /unknown option zzzzzzzzzz$/);
    refuses(make({ __proto__: null, toString: 1 }), 'UNKNOWN_OPTION', /unknown option toString/);
  });

  test('that cannot be used are named, with what they must be, and not shown', () => {
    for (const [options, message] of [
      [{ port: 0 }, /port must be a port from 1 to 65535/],
      [{ port: 'secret' }, /port must be/],
      [{ host: '' }, /host must be/],
      [{ db: -1 }, /db must be a whole number from 0 up/],
      [{ db: 1.5 }, /db must be/],
      [{ password: 5 }, /password must be a string/],
      [{ socketTimeout: 0 }, /socketTimeout must be milliseconds above 0/],
      [{ socketTimeout: Number.NaN }, /socketTimeout must be/],
      [{ connectTimeout: Infinity }, /connectTimeout must be/],
      [{ protocol: 4 }, /protocol must be 2 or 3/],
      [{ encoding: 'ascii' }, /encoding must be/],
      [{ integers: 'string' }, /integers must be/],
      [{ whenDown: 'maybe' }, /whenDown must be/],
      [{ tls: 'yes' }, /tls must be/],
      [{ clientName: 'with space' }, /clientName must be a string without spaces/],
      [{ maxConnections: 0 }, /maxConnections must be/],
      [{ maxQueuedCommands: 0 }, /maxQueuedCommands must be/],
      [{ maxQueuedBytes: -5 }, /maxQueuedBytes must be/],
      [{ onConnect: 'secret' }, /onConnect must be a function/],
      [{ credentialProvider: {} }, /credentialProvider must be an object with getCredentials/],
      [{ retry: 3 }, /retry must be an object/],
      [{ retry: { retries: -1 } }, /retries must be/],
      [{ retry: { backoff: 50 } }, /backoff must be an object with delay/],
      [{ path: '/s', port: 6379 }, /path and port exclude each other/],
      [{ username: 'u' }, /username needs a password/],
      [{ password: 'p', credentialProvider: { getCredentials: () => ({}) } }, /exclude each other/],
    ] as const) {
      refuses(make(options), 'INVALID_OPTION', message);
    }
    assert.throws(make({ port: 'secret' }), (error: Error) => !error.message.includes('secret'));
  });

  test('of a view are checked too', async (t) => {
    const client = open(t, { port: server.port });
    const view = (options: object) => (): void => void client.withOptions(options as never);
    refuses(view({ timeuot: 5 }), 'UNKNOWN_OPTION', /unknown option of a view timeuot: did you mean timeout\?/);
    refuses(view({ port: 5 }), 'UNKNOWN_OPTION', /unknown option of a view port/);
    refuses(view({ timeout: 0 }), 'INVALID_OPTION', /timeout must be/);
    refuses(view({ signal: {} }), 'INVALID_OPTION', /signal must be an AbortSignal/);
    assert.throws(view(5 as never), DataError);
    assert.throws(view(null as never), DataError);
  });

  test('of views add up', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('n', 'ü');
    const view = client.withOptions({ encoding: 'buffer' }).withOptions({ integers: 'bigint' });
    assert.deepEqual(await view.get('n'), Buffer.from('ü'));
    assert.equal(await view.strlen('n'), 2n);
    assert.equal(await client.get('n'), 'ü');
    assert.equal(await client.withOptions({ encoding: 'latin1' }).get('n'), 'Ã¼');
    const error = await failureOf(view.executeCommand('NO-SUCH'), ResponseError);
    assert.match(error.message, /unknown command/);
  });
});
