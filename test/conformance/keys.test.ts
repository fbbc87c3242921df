/** Holds the positions of keys to what a 9.1 server says of each sample call. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Valkey } from '../../src/client/valkey.ts';
import { firstKeyIndex, keysOf } from '../../src/commands/keys.ts';
import { factOf } from '../../src/commands/reported.ts';
import { FACTS } from '../../src/commands/specs.gen.ts';
import { Flag, KeyIndex, command, defineCommand, specOf } from '../../src/commands/spec.ts';
import { ResponseError } from '../../src/errors.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { callOf, Recording } from './recording.ts';
import { samples } from './samples/index.ts';

const server = await ValkeyServer.start({ version: '9.1' });
const client = new Valkey({ port: server.port });
const buffers = client.withOptions({ encoding: 'buffer' });
after(async () => {
  await client.close();
  await server.stop();
});

/** Sharded channels, and the cursor of a cluster-wide scan: they have slots as keys have, and the server does not call them keys. */
const KEYLIKE: readonly string[] = ['SPUBLISH', 'SSUBSCRIBE', 'SUNSUBSCRIBE', 'CLUSTERSCAN'];
/** The server takes the call for wrong, since there is no source, and runs it all the same. */
const DISOWNED: readonly string[] = ['PFMERGE d'];
const NO_KEYS = /The command has no key arguments|Invalid arguments specified for command/;

async function serverKeys(words: readonly string[]): Promise<string[]> {
  try {
    const bytes = words.map((word) => Buffer.from(word, 'latin1'));
    const keys = await buffers.executeCommand<Buffer[]>('COMMAND', 'GETKEYS', ...bytes);
    return keys.map((key) => key.toString('latin1'));
  } catch (error) {
    if (!(error instanceof ResponseError) || !NO_KEYS.test(error.message)) throw error;
    return [];
  }
}

const calls = Object.entries(samples).flatMap(([method, list]) =>
  list.map((args) => callOf(new Recording(), method, args)),
);

test('the keys of every sample are those that the server finds', async () => {
  let count = 0;
  const found = calls
    .filter(({ spec }) => Object.hasOwn(FACTS, spec.name) && !KEYLIKE.includes(spec.name))
    .map(async ({ spec, words }) => {
      // A Sentinel's commands are unknown to a server, and have no keys.
      if (spec.name.startsWith('SENTINEL') || DISOWNED.includes(words.join(' '))) return;
      const args = words.slice(spec.header.words.length);
      const keys = keysOf(spec, args);
      assert.deepEqual(keys, await serverKeys(words), words.join(' '));
      const first = firstKeyIndex(spec, args);
      assert.equal(first === -1 ? undefined : args[first], keys[0], words.join(' '));
      assert.ok(keys.length < 2 || spec.manyKeys, words.join(' '));
      if (keys.length > 0) count++;
    });
  await Promise.all(found);
  assert.ok(count > 300, `${count} with keys`);
});

test('keys are found behind and between options', async () => {
  const wanted: Readonly<Record<string, readonly string[]>> = {
    'SORT a BY STORE GET STORE LIMIT 0 1 STORE b': ['a', 'b'],
    'SORT_RO a BY w_*': ['a'],
    'GEORADIUS a 0 0 1 m COUNT 1 storedist b': ['a', 'b'],
    'XREAD COUNT 1 BLOCK 0 streams a b 0 0': ['a', 'b'],
    'XREADGROUP GROUP STREAMS STREAMS STREAMS a >': ['a'],
    'MIGRATE 127.0.0.1 6379 a 0 100 AUTH KEYS': ['a'],
    'MIGRATE 127.0.0.1 6379  0 100 AUTH2 u p KEYS KEYS b': ['KEYS', 'b'],
    'EVAL s 0 a': [],
    'EVAL s 2 a b c': ['a', 'b'],
    'ZUNIONSTORE a 2 b c WEIGHTS 1 2': ['a', 'b', 'c'],
    'BITOP AND a b c': ['a', 'b', 'c'],
    'MSET a 1 b 2': ['a', 'b'],
    'MSETEX 2 a 1 b 2 EX 1': ['a', 'b'],
    'OBJECT ENCODING a': ['a'],
    'MEMORY USAGE a SAMPLES 5': ['a'],
    'XGROUP CREATE a g 0': ['a'],
    'XINFO STREAM a': ['a'],
    'BLPOP a b 0': ['a', 'b'],
    'BLMPOP 0 2 a b LEFT': ['a', 'b'],
    PING: [],
  };
  for (const [line, keys] of Object.entries(wanted)) {
    const [name = '', ...args] = line.split(' ');
    const { spec, rest } = specOf(name, args);
    assert.deepEqual(keysOf(spec, rest), keys, line);
    assert.deepEqual(
      keysOf(
        spec,
        rest.map((arg) => Buffer.from(String(arg))),
      ),
      keys.map((key) => Buffer.from(key)),
      line,
    );
    assert.deepEqual(await serverKeys(line.split(' ')), keys, line);
  }
});

test('a call of numbers, and a call that is wrong, find what there is', () => {
  assert.deepEqual(keysOf(command('EVAL'), ['s', 1, 'a', 'b']), ['a']);
  assert.deepEqual(keysOf(command('EVAL'), ['s', 5, 'a']), ['a']);
  assert.deepEqual(keysOf(command('EVAL'), ['s', 'x', 'a']), []);
  assert.deepEqual(keysOf(command('XREAD'), ['COUNT', 1]), []);
  assert.deepEqual(keysOf(command('MSET'), []), []);
  assert.equal(firstKeyIndex(command('GET'), []), -1);
  assert.equal(firstKeyIndex(command('EVAL'), ['s', 0]), -1);
});

test('nearly all commands have their first key at a place that is known without the call', () => {
  const sought = Object.keys(FACTS).filter((name) => command(name).keyIndex === KeyIndex.sought);
  assert.ok(sought.length < 25, sought.join(' '));
  assert.equal(command('GET').keyIndex, 0);
  assert.equal(command('BITOP').keyIndex, 1);
  assert.equal(command('OBJECT ENCODING').keyIndex, 0);
  assert.equal(command('PING').keyIndex, KeyIndex.none);
});

test('the keys of modules are found', () => {
  // The namespaces define their commands when they are loaded, which the samples did.
  const lines: Readonly<Record<string, readonly string[]>> = {
    'JSON.MGET a b $': ['a', 'b'],
    'JSON.MSET a $ 1 b $ 2': ['a', 'b'],
    'JSON.DEBUG MEMORY a': ['a'],
    'BF.ADD a 1': ['a'],
    'CMS.MERGE a 2 b c WEIGHTS 1 2': ['a', 'b', 'c'],
    'TDIGEST.MERGE a 2 b c COMPRESSION 100': ['a', 'b', 'c'],
    'TS.MADD a 1 1 b 1 1': ['a', 'b'],
    'TS.CREATERULE a b AGGREGATION avg 1': ['a', 'b'],
    'FT.SEARCH i *': [],
    'FT.SUGADD a s 1': ['a'],
  };
  for (const [line, keys] of Object.entries(lines)) {
    const [name = '', ...args] = line.split(' ');
    const { spec, rest } = specOf(name, args);
    assert.ok(spec.known, name);
    assert.deepEqual(keysOf(spec, rest), keys, line);
  }
});

test('a command defined with a rule has its keys there', () => {
  const spec = defineCommand('KEYS.TEST', { keys: '2#1 STORE@4' });
  assert.deepEqual(keysOf(spec, ['x', 2, 'a', 'b', 'STORE', 'c']), ['a', 'b', 'c']);
  assert.throws(() => defineCommand('KEYS.TEST2', { keys: 'first' }), /no rule/);
});

test('what the server says at runtime gives the row of the table', async () => {
  const infos = await client.command();
  for (const info of infos) {
    const name = info.name.toUpperCase();
    assert.deepEqual(factOf(info, FACTS[name]?.[5] ?? ''), FACTS[name], name);
  }
});

test('policies and flags of well-known commands', () => {
  const facts = ['DBSIZE', 'MGET', 'DEL', 'SCRIPT EXISTS', 'WAIT', 'KEYS', 'FLUSHALL', 'GET'].map((name) => {
    const { requestPolicy, responsePolicy } = command(name);
    return [name, requestPolicy, responsePolicy];
  });
  assert.deepEqual(facts, [
    ['DBSIZE', 'all_shards', 'agg_sum'],
    ['MGET', 'multi_shard', undefined],
    ['DEL', 'multi_shard', 'agg_sum'],
    ['SCRIPT EXISTS', 'all_shards', 'agg_logical_and'],
    ['WAIT', 'all_shards', 'agg_min'],
    ['KEYS', 'all_shards', undefined],
    ['FLUSHALL', 'all_shards', 'all_succeeded'],
    ['GET', undefined, undefined],
  ]);
  assert.ok(command('GET').has(Flag.readonly));
  assert.ok(command('SET').has(Flag.write));
});
