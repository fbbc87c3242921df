import assert from 'node:assert/strict';
import { Valkey } from '../../../src/client/valkey.ts';
import { DataError, NoScriptError, ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses, sorted } from './harness.ts';

const ONE = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
const UNKNOWN = 'f'.repeat(40);
const ARGUMENTS = 'return {#KEYS, #ARGV, KEYS[1], ARGV[1], ARGV[2]}';

await everyWay('scripting', {
  'eval takes keys and arguments, one or many': async ({ client, int, ints, text }) => {
    assert.deepEqual(await client.eval(ARGUMENTS), ints(0, 0));
    assert.deepEqual(await client.eval(ARGUMENTS, [], []), ints(0, 0));
    assert.deepEqual(await client.eval(ARGUMENTS, 'k'), [...ints(1, 0), text('k')]);
    assert.deepEqual(await client.eval(ARGUMENTS, 'k', 7), [...ints(1, 1), text('k'), text('7')]);
    assert.deepEqual(await client.eval(ARGUMENTS, ['k', 'l'], ['', -0]), [
      ...ints(2, 2),
      text('k'),
      text(''),
      text('-0'),
    ]);
    assert.deepEqual(await client.eval(Buffer.from('return 1')), int(1));
    const bytes = Buffer.from([0xff, 0, 13, 10]);
    const compare = "return {KEYS[1] == '\\255\\0\\r\\n', ARGV[1] == KEYS[1]}";
    assert.deepEqual(await client.eval(compare, bytes, bytes), ints(1, 1));
    refuses(() => client.eval(null as never), /argument 1 is null/);
    refuses(() => client.eval('return 1', [['k']] as never), /argument 3 is an array/);
    refuses(() => client.eval('return 1', [], { a: 1 } as never), /argument 3 is an object/);
  },

  'eval gives what Lua returns': async ({ client, int, text }) => {
    assert.equal(await client.eval('return nil'), null);
    assert.equal(await client.eval('return false'), null);
    assert.deepEqual(await client.eval('return true'), int(1));
    assert.deepEqual(await client.eval('return 3.99'), int(3));
    assert.deepEqual(await client.eval('return -7'), int(-7));
    assert.deepEqual(await client.eval("return 'héllo'"), text('héllo'));
    assert.deepEqual(await client.eval("return ''"), text(''));
    assert.equal(await client.eval("return redis.status_reply('FINE')"), 'FINE');
    assert.deepEqual(await client.eval('return {}'), []);
    const table = "return {1, {'two', {}}, false, 'four', nil, 'not given'}";
    assert.deepEqual(await client.eval(table), [int(1), [text('two'), []], null, text('four')]);
    assert.deepEqual(await client.eval("return redis.call('SET', KEYS[1], ARGV[1])", 'k', 'v'), 'OK');
    assert.deepEqual(await client.eval("return redis.call('GET', KEYS[1])", 'k'), text('v'));
    assert.equal(await client.eval<null>("return redis.call('GET', KEYS[1])", 'nothing'), null);
  },

  'eval gives integers beyond 2^53 exactly, or not at all': async ({ client, encoding }) => {
    const script = "redis.call('SET', KEYS[1], '9007199254740992'); return redis.call('INCR', KEYS[1])";
    // Lua's own numbers are doubles, so even this one is rounded, by Lua.
    if (encoding === 'buffer') assert.equal(await client.eval(script, 'n'), 9007199254740992n);
    else await assert.rejects(client.eval(script, 'n'), DataError);
  },

  'eval gives what redis.setresp(3) makes, in the terms of the protocol': async ({ client, int, text, texts }) => {
    await using session = await client.session();
    const three = Number((await session.hello()).proto) === 3;
    assert.deepEqual(await client.eval('return {double = 1.5}'), three ? 1.5 : text('1.5'));
    const script = "redis.setresp(3); return redis.call('ZADD', KEYS[1], 'INCR', 1.5, 'm')";
    assert.deepEqual(await client.eval(script, 'z'), three ? 1.5 : text('1.5'));
    assert.deepEqual(await client.eval("return redis.call('ZSCORE', KEYS[1], 'm')", 'z'), text('1.5'));
    const yes = three ? [true, false] : [int(1), int(0)];
    assert.deepEqual(await client.eval('redis.setresp(3); return {true, false}'), yes);
    const big = "redis.setresp(3); return {big_number = '36893488147419103232'}";
    assert.deepEqual(await client.eval(big), three ? 2n ** 65n : text('36893488147419103232'));
    await client.hset('h', { f: 'v' });
    for (const setting of ['', 'redis.setresp(3); ']) {
      assert.deepEqual(await client.eval(`${setting}return redis.call('HGETALL', KEYS[1])`, 'h'), texts('f', 'v'));
    }
    const set = sorted((await client.eval<unknown[]>('return {set = {a = true, b = true}}')).map(String));
    assert.deepEqual(set, ['a', 'b']);
    assert.deepEqual(await client.eval("return {map = {a = 'x'}}"), texts('a', 'x'));
  },

  'errors of a script': async ({ client, int }) => {
    await assert.rejects(client.eval("return redis.error_reply('MINE is mine')"), {
      name: 'ResponseError',
      code: 'MINE',
      command: 'EVAL',
    });
    await assert.rejects(client.eval("return redis.call('INCR', KEYS[1], 'what')", 'k'), ResponseError);
    await assert.rejects(client.eval('this is no Lua'), ResponseError);
    const nested = "return {1, redis.error_reply('MINE is mine'), {redis.pcall('HGET', KEYS[1], 'f')}, 2}";
    await client.set('k', 'text');
    const [one, mine, inner, two] = await client.eval<[unknown, ResponseError, [ResponseError], unknown]>(nested, 'k');
    assert.deepEqual([one, two], [int(1), int(2)]);
    assert.ok(mine instanceof ResponseError);
    assert.deepEqual([mine.code, mine.message], ['MINE', 'MINE is mine']);
    assert.ok(inner[0] instanceof ResponseError);
    assert.equal(inner[0].code, 'WRONGTYPE');
  },

  'evalsha, scriptLoad, scriptExists, scriptFlush': async ({ client, int, ints, text }) => {
    assert.equal(await client.scriptFlush(), 'OK');
    await assert.rejects(client.evalsha(ONE), NoScriptError);
    assert.equal(await client.scriptLoad('return 1'), ONE);
    assert.equal(await client.scriptLoad(Buffer.from('return 1')), ONE);
    assert.deepEqual(await client.evalsha(ONE), int(1));
    assert.deepEqual(await client.evalsha(Buffer.from(ONE.toUpperCase())), int(1));
    const digest = await client.scriptLoad(ARGUMENTS);
    const expected = [...ints(1, 2), text('k'), text('a'), text('1')];
    assert.deepEqual(await client.evalsha(digest, 'k', ['a', 1n]), expected);
    assert.deepEqual(await client.scriptExists([ONE, UNKNOWN, digest]), [true, false, true]);
    assert.deepEqual(await client.scriptExists('x'), [false]);
    assert.equal(await client.scriptFlush({ mode: 'sync' }), 'OK');
    assert.deepEqual(await client.scriptExists(ONE), [false]);
    assert.equal(await client.scriptFlush({ mode: 'async' }), 'OK');
    await assert.rejects(client.scriptLoad('this is no Lua'), ResponseError);
    refuses(() => client.scriptExists([]), /SCRIPT EXISTS needs at least one digest/);
    refuses(() => client.scriptFlush('sync' as never), /options as an object/);
  },

  'eval_ro and evalsha_ro only read': async ({ client, int, ints, text }) => {
    await client.set('k', 'v');
    assert.deepEqual(await client.eval_ro("return redis.call('GET', KEYS[1])", 'k'), text('v'));
    assert.deepEqual(await client.eval_ro(ARGUMENTS, ['k', 'l'], ['x', 2]), [
      ...ints(2, 2),
      ...['k', 'x', '2'].map(text),
    ]);
    assert.equal(await client.eval_ro('return false'), null);
    await assert.rejects(client.eval_ro("return redis.call('SET', KEYS[1], 1)", 'k'), ResponseError);
    assert.equal(await client.scriptLoad('return 1'), ONE);
    assert.deepEqual(await client.evalsha_ro(ONE), int(1));
    const digest = await client.scriptLoad(ARGUMENTS);
    assert.deepEqual(await client.evalsha_ro(digest, ['k'], 'x'), [...ints(1, 1), text('k'), text('x')]);
    await assert.rejects(client.evalsha_ro(UNKNOWN), NoScriptError);
  },

  scriptShow: async ({ client, since, text }) => {
    await client.scriptLoad('return 1');
    await since('8.0', async () => {
      assert.deepEqual(await client.scriptShow(ONE), text('return 1'));
      await assert.rejects(client.scriptShow(UNKNOWN), NoScriptError);
      const digest = await client.scriptLoad(Buffer.from("return 'h\u00e9'"));
      assert.deepEqual(await client.scriptShow(Buffer.from(digest)), text("return 'h\u00e9'"));
    });
  },

  scriptDebug: async ({ client, since }) => {
    await using session = await client.session();
    for (const mode of ['yes', 'sync', 'no'] as const) assert.equal(await session.scriptDebug(mode), 'OK');
    await since('9.1', async () => assert.equal(await session.scriptDebug('no', 'lua'), 'OK'));
    await assert.rejects(session.scriptDebug('no', 'nothing'), ResponseError);
  },

  scriptHelp: async ({ client }) => {
    const lines = await client.scriptHelp();
    assert.match(lines[0]!, /^SCRIPT /);
    assert.ok(lines.every((line) => typeof line === 'string'));
  },

  scriptKill: async ({ client, server }) => {
    await assert.rejects(client.scriptKill(), { name: 'ResponseError', code: 'NOTBUSY' });
    await client.executeCommand('CONFIG', 'SET', 'busy-reply-threshold', 10);
    await using busy = new Valkey({ port: server.port });
    await busy.connect();
    const endless = busy.eval('while true do end').then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.equal(await untilBusy(() => client.scriptKill()), 'OK');
    const error = await endless;
    assert.ok(error instanceof ResponseError);
    assert.match(error.message, /killed by user/);
    await assert.rejects(client.scriptKill(), { code: 'NOTBUSY' });
  },
});

/** Calls until the server is busy: the kill may arrive before what it is to kill. */
async function untilBusy(kill: () => Promise<'OK'>): Promise<'OK'> {
  const deadline = performance.now() + 4000;
  for (;;) {
    try {
      return await kill();
    } catch (error) {
      assert.ok(
        error instanceof ResponseError && error.code === 'NOTBUSY' && performance.now() < deadline,
        String(error),
      );
    }
  }
}
