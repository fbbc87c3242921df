import assert from 'node:assert/strict';
import { Valkey } from '../../../src/client/valkey.ts';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses, type Way } from './harness.ts';

const ARGUMENTS = 'function(keys, args) return {#keys, #args, keys[1], args[1], args[2]} end';
const LIBRARY = `#!lua name=mine
redis.register_function('given', ${ARGUMENTS})
redis.register_function{function_name='seen', callback=${ARGUMENTS}, flags={'no-writes', 'allow-stale'}, description='séen'}
`;
const OTHER = "#!lua name=other\nredis.register_function('two', function() return 2 end)";
const ENDLESS = "#!lua name=endless\nredis.register_function('spin', function() while true do end end)";

await everyWay('function', {
  'fcall and fcall_ro': async ({ client, int, ints, text }) => {
    await load(client);
    assert.deepEqual(await client.fcall('given'), ints(0, 0));
    assert.deepEqual(await client.fcall('given', [], []), ints(0, 0));
    assert.deepEqual(await client.fcall('given', 'k', 7), [...ints(1, 1), text('k'), text('7')]);
    const many = [...ints(2, 2), text('k'), text(''), text('2')];
    assert.deepEqual(await client.fcall(Buffer.from('given'), ['k', Buffer.from('l')], ['', 2n]), many);
    assert.deepEqual(await client.fcall_ro('seen', ['k', 'l'], ['', 2]), many);
    assert.deepEqual(await client.fcall_ro('seen'), ints(0, 0));
    await assert.rejects(client.fcall_ro('given'), /write flag/);
    await assert.rejects(client.fcall('nothing'), { name: 'ResponseError', message: /Function not found/ });
    refuses(() => client.fcall('given', [null as never]), /FCALL: argument 3 is null/);
    const failing = "redis.register_function('fail', function() return {1, redis.error_reply('MINE is mine')} end)";
    await client.functionLoad(`#!lua name=failing\n${failing}`);
    const [one, error] = await client.fcall<[unknown, ResponseError]>('fail');
    assert.deepEqual(one, int(1));
    assert.ok(error instanceof ResponseError);
    assert.equal(error.code, 'MINE');
  },

  'functionLoad and functionDelete': async ({ client, int }) => {
    await client.functionFlush();
    assert.equal(await client.functionLoad(OTHER), 'other');
    await assert.rejects(client.functionLoad(OTHER), ResponseError);
    await assert.rejects(client.functionLoad(OTHER, { replace: false }), ResponseError);
    assert.equal(await client.functionLoad(Buffer.from(OTHER.replace('2', '22')), { replace: true }), 'other');
    assert.deepEqual(await client.fcall('two'), int(22));
    await assert.rejects(client.functionLoad('#!lua name=bad\nthis is no Lua'), ResponseError);
    assert.equal(await client.functionDelete('other'), 'OK');
    await assert.rejects(client.functionDelete(Buffer.from('other')), { message: /Library not found/ });
    refuses(() => client.functionLoad(OTHER, 'replace' as never), /options as an object/);
  },

  functionList: async ({ client, text }) => {
    await load(client);
    const given = { name: 'given', description: null, flags: [] };
    const seen = { name: 'seen', description: text('séen'), flags: ['no-writes', 'allow-stale'] };
    const mine = { libraryName: 'mine', engine: 'LUA', functions: [given, seen] };
    const two = { name: 'two', description: null, flags: [] };
    const other = { libraryName: 'other', engine: 'LUA', functions: [two] };
    assert.deepEqual(byName(await client.functionList()), [mine, other]);
    assert.deepEqual(byName(await client.functionList({ libraryname: 'o*' })), [other]);
    assert.deepEqual(await client.functionList({ libraryname: Buffer.from([0xff]) }), []);
    assert.deepEqual(await client.functionList({ libraryname: '' }), []);
    assert.deepEqual(byName(await client.functionList({ withcode: true })), [
      { ...mine, libraryCode: text(LIBRARY) },
      { ...other, libraryCode: text(OTHER) },
    ]);
    assert.deepEqual(byName(await client.functionList({ libraryname: 'mi?e', withcode: false })), [mine]);
    await client.functionFlush();
    assert.deepEqual(await client.functionList(), []);
  },

  'functionDump and functionRestore': async ({ client, int }) => {
    await load(client);
    const dump = await client.functionDump();
    assert.ok(Buffer.isBuffer(dump));
    await assert.rejects(client.functionRestore(dump), { name: 'ResponseError', message: /already exists/ });
    await assert.rejects(client.functionRestore(dump, { policy: 'append' }), ResponseError);
    assert.equal(await client.functionRestore(dump, { policy: 'replace' }), 'OK');
    assert.equal(await client.functionFlush({ mode: 'async' }), 'OK');
    assert.equal(await client.functionRestore(dump), 'OK');
    await client.functionLoad(ENDLESS);
    assert.equal(await client.functionRestore(dump, { policy: 'flush' }), 'OK');
    assert.deepEqual(
      byName(await client.functionList()).map(({ libraryName }) => libraryName),
      ['mine', 'other'],
    );
    assert.deepEqual(await client.fcall('two'), int(2));
    await assert.rejects(client.functionRestore('no dump'), ResponseError);
    refuses(() => client.functionRestore(dump, ['flush'] as never), /options as an object/);
  },

  'functionFlush and functionStats': async ({ client, int }) => {
    assert.equal(await client.functionFlush({ mode: 'sync' }), 'OK');
    const stats = (librariesCount: number, functionsCount: number) => ({
      runningScript: null,
      engines: { LUA: { librariesCount: int(librariesCount), functionsCount: int(functionsCount) } },
    });
    assert.deepEqual(await client.functionStats(), stats(0, 0));
    await load(client);
    assert.deepEqual(await client.functionStats(), stats(2, 3));
    assert.equal(await client.functionFlush(), 'OK');
    assert.deepEqual(await client.functionStats(), stats(0, 0));
  },

  functionHelp: async ({ client }) => {
    const lines = await client.functionHelp();
    assert.match(lines[0]!, /^FUNCTION /);
    assert.ok(lines.every((line) => typeof line === 'string'));
  },

  'functionKill, and functionStats meanwhile': async ({ client, server, encoding, texts }) => {
    await assert.rejects(client.functionKill(), { name: 'ResponseError', code: 'NOTBUSY' });
    await client.executeCommand('CONFIG', 'SET', 'busy-reply-threshold', 10);
    await client.functionFlush();
    await client.functionLoad(ENDLESS);
    await using busy = new Valkey({ port: server.port });
    await busy.connect();
    const endless = busy.fcall('spin', 'k', ['a', 'é']).then(
      () => undefined,
      (error: unknown) => error,
    );
    const running = await untilRunning(client);
    assert.equal(running.name, 'spin');
    assert.deepEqual(running.command, texts('FCALL', 'spin', '1', 'k', 'a', 'é'));
    assert.equal(typeof running.durationMs, encoding === 'utf8' ? 'number' : 'bigint');
    assert.equal(await client.functionKill(), 'OK');
    const error = await endless;
    assert.ok(error instanceof ResponseError);
    assert.match(error.message, /killed by user/);
    assert.equal((await client.functionStats()).runningScript, null);
  },
});

async function load(client: Way['client']): Promise<void> {
  await client.functionFlush();
  await client.functionLoad(LIBRARY);
  await client.functionLoad(OTHER);
}

/** Libraries and their functions come in no order. */
function byName<L extends { readonly libraryName: string; readonly functions: readonly { readonly name: string }[] }>(
  libraries: readonly L[],
): L[] {
  const named = libraries.map((library) => ({
    ...library,
    functions: [...library.functions].sort((a, b) => a.name.localeCompare(b.name)),
  }));
  return named.sort((a, b) => a.libraryName.localeCompare(b.libraryName));
}

async function untilRunning(client: Way['client']) {
  const deadline = performance.now() + 4000;
  for (;;) {
    const { runningScript } = await client.functionStats();
    if (runningScript !== null) return runningScript;
    assert.ok(performance.now() < deadline, 'the function does not run');
  }
}
