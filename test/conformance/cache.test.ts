/** Holds what a cache gives to what the server gives, after every write of the samples on keys of every type. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { keyIndexes } from '../../src/commands/keys.ts';
import { FACTS } from '../../src/commands/specs.gen.ts';
import { Flag, type Spec } from '../../src/commands/spec.ts';
import { CACHEABLE_COMMANDS, Valkey } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { callOf, Recording } from './recording.ts';
import { samples } from './samples/index.ts';

const server = await ValkeyServer.start({ version: '9.1' });
const { port } = server;
const plain = new Valkey({ port, encoding: 'latin1' });
const caching = new Valkey({ port, encoding: 'latin1', cache: { maxStaleness: 60_000 } });
after(async () => {
  await caching.close();
  await plain.close();
  await server.stop();
});

/** A command, and its words with their bytes as characters. */
interface Call {
  readonly spec: Spec;
  readonly words: readonly string[];
}

/** Commands to make a key of each type, three of each: `string:0`, `string:1`. */
const MAKERS: Readonly<Record<string, (key: string) => string[][]>> = {
  string: (key) => [['SET', key, `ohmytext ${key}`]],
  number: (key) => [['SET', key, '41']],
  list: (key) => [['RPUSH', key, 'a', 'b', 'c', key]],
  set: (key) => [['SADD', key, 'a', 'b', 'c', key]],
  zset: (key) => [['ZADD', key, '1', 'a', '2', 'b', '3', 'c', '4', key]],
  geo: (key) => [['GEOADD', key, '13.361389', '38.115556', 'Palermo', '15.087269', '37.502669', 'Catania']],
  hash: (key) => [['HSET', key, 'f', '1', 'a', 'x', 'b', 'y', 'n', '5']],
  stream: (key) => [
    ['XADD', key, '1-1', 'a', '1'],
    ['XADD', key, '2-1', 'b', '2'],
    ['XGROUP', 'CREATE', key, 'g', '0'],
    ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '1', 'STREAMS', key, '>'],
  ],
  nothing: () => [],
};
const TYPES = Object.keys(MAKERS);
const COUNT = 3;

/** What the samples do not call. */
const EXTRA: readonly string[][] = [
  ['SUBSTR', 'k', '0', '3'],
  ['ZREVRANGEBYLEX', 'k', '+', '-'],
  ['XREAD', 'STREAMS', 'k', '0'],
];

const calls: Call[] = Object.entries(samples).flatMap(([method, list]) =>
  list.map((args) => callOf(new Recording(), method, args)),
);

/** The call on keys of one type. */
function on(type: string, { spec, words }: Call): string[] {
  const own = spec.header.words.length;
  const moved = [...words];
  keyIndexes(spec, words.slice(own)).forEach((index, at) => (moved[own + index] = `${type}:${at % COUNT}`));
  return moved;
}

async function send(client: Valkey<'latin1'>, words: readonly string[]): Promise<unknown> {
  const [name = '', ...args] = words.map((word) => Buffer.from(word, 'latin1'));
  try {
    return await client.executeCommand(name.toString(), ...args.map((arg) => (isText(arg) ? arg.toString() : arg)));
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

const isText = (bytes: Buffer): boolean => bytes.every((byte) => byte < 0x80);
const isError = (reply: unknown): boolean => typeof reply === 'string' && reply.startsWith('error: ');

async function reset(): Promise<void> {
  const pipeline = plain.pipeline().flushall();
  for (const type of TYPES) {
    for (let i = 0; i < COUNT; i++) {
      for (const [name = '', ...args] of MAKERS[type]!(`${type}:${i}`)) pipeline.executeCommand(name, ...args);
    }
  }
  await pipeline.execute();
}

function unique(list: readonly string[][]): string[][] {
  return [...new Map(list.map((words) => [words.join('\n'), words])).values()];
}

async function without<T extends readonly string[]>(
  list: readonly T[],
  isWrong: (reply: unknown) => boolean,
): Promise<T[]> {
  const replies = await Promise.all(list.map((words) => send(plain, words)));
  return list.filter((_, i) => !isWrong(replies[i]));
}

/** Of every command that is cached, the calls that fit a type, by type. */
async function reads(): Promise<Map<string, string[][]>> {
  const extra = EXTRA.map((words) => ({ ...callOf(new Recording(), 'executeCommand', words), words }));
  const found = [...calls, ...extra].filter(
    ({ spec, words }) => CACHEABLE_COMMANDS.includes(spec.name) && !words.includes('BLOCK'),
  );
  const missing = CACHEABLE_COMMANDS.filter(
    (name) => !/^(JSON|TS)\./.test(name) && !found.some(({ spec }) => spec.name === name),
  );
  assert.deepEqual(missing, []);
  await reset();
  const byType = new Map<string, string[][]>();
  for (const type of TYPES) byType.set(type, await without(unique(found.map((call) => on(type, call))), isError));
  return byType;
}

test('a cached reply is a fresh one, whatever was written', { timeout: 120_000 }, async (t) => {
  const byType = await reads();
  const writes = calls.filter(({ spec, words }) => {
    if (!Object.hasOwn(FACTS, spec.name) || !spec.has(Flag.write)) return false;
    return keyIndexes(spec, words.slice(spec.header.words.length)).length > 0;
  });
  const writer = plain.withOptions({ integers: 'bigint' });
  let changed = 0;
  const written = new Set<string>();
  for (const [type, asked] of byType) {
    for (const words of unique(writes.map((call) => on(type, call)))) {
      await reset();
      const before = await Promise.all(asked.map((read) => send(caching, read)));
      const [name = '', ...args] = words.map((word) => Buffer.from(word, 'latin1'));
      // In a transaction, nothing blocks.
      const transaction = writer.multi().executeCommand(name.toString(), ...args);
      const [outcome] = await transaction.executeSettled();
      if (outcome?.status !== 'fulfilled') continue;
      written.add(name.toString());
      // Behind all that the server has to tell.
      await caching.ping();
      const fresh = await Promise.all(asked.map((read) => send(plain, read)));
      const cached = await Promise.all(asked.map((read) => send(caching, read)));
      fresh.forEach((reply, i) => {
        const read = asked[i]!.join(' ');
        // It tells how long an entry has been idle, and is never kept.
        if (read.startsWith('XPENDING')) return;
        assert.deepEqual(cached[i], reply, `${read} after ${words.join(' ')}`);
        if (!isDeepStrictEqual(before[i], reply)) changed++;
      });
    }
  }
  const { hits, misses } = caching.cache.stats();
  t.diagnostic(`${written.size} commands that write, ${changed} replies changed, ${hits} hits, ${misses} misses`);
  assert.ok(written.size > 80 && changed > 1000 && hits > 1000 && misses > 1000, 'much was cached, and changed');
});
