/** Clusters that no machine of ours can run, and nodes that contradict each other: scripted, in this process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Valkey, ValkeyCluster } from '../../../src/index.ts';
import { keySlot, SLOT_COUNT } from '../../../src/protocol/slot.ts';
import { Shard, SlotMap } from '../../../src/topology/slot-map.ts';
import { simulated, slotsReply } from './simulated-cluster.ts';

const MANY = 1000;
const FEW = 10;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A key of the first shard, however many there are. */
const KEY = Array.from({ length: SLOT_COUNT * 100 }, (_, i) => `key:${i}`).find((key) => keySlot(key) < 16)!;

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

async function cluster(nodes: number): Promise<{ port: number } & AsyncDisposable> {
  const server = await simulated(([name]) => (name === 'CLUSTER' ? slots : '$5\r\nvalue\r\n'));
  const slots = slotsReply(nodes, server.port);
  return { port: server.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1]!;
}

test(`a map of ${MANY} nodes costs little more than one of ${FEW} and the reading of the reply`, async (t) => {
  await using many = await cluster(MANY);
  await using few = await cluster(FEW);
  /** From nothing to the first reply. */
  const start = async (port: number): Promise<number> => {
    const begin = process.cpuUsage();
    await using client = new ValkeyCluster({ host: '127.0.0.1', port });
    assert.equal(await client.get(KEY), 'value');
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1000;
  };
  const read = async (port: number): Promise<number> => {
    await using client = new Valkey({ port });
    const begin = process.cpuUsage();
    assert.equal((await client.clusterSlots()).length, MANY / 2);
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1000;
  };
  const taken: Record<'many' | 'few' | 'reading', number[]> = { many: [], few: [], reading: [] };
  for (let round = 0; round < 15; round++) {
    taken.many.push(await start(many.port));
    taken.few.push(await start(few.port));
    taken.reading.push(await read(many.port));
  }
  const [large, small, reading] = [median(taken.many), median(taken.few), median(taken.reading)];
  const allowed = 10 * small + reading;
  t.diagnostic(`${large.toFixed(1)} ms, ${small.toFixed(1)} ms, reading ${reading.toFixed(1)} ms`);
  assert.ok(large < allowed, `${large.toFixed(1)} ms of CPU, where ${allowed.toFixed(1)} ms are allowed`);
});

test('a node takes less than 20 KB of heap', async (t) => {
  await using many = await cluster(MANY);
  await using few = await cluster(FEW);
  const taken: number[] = [];
  for (const { port } of [few, many, few, many]) {
    const before = heap();
    const client = new ValkeyCluster({ host: '127.0.0.1', port });
    await client.get(KEY);
    taken.push(heap() - before);
    await client.close();
  }
  const each = (taken[3]! - taken[2]!) / (MANY - FEW);
  t.diagnostic(`${Math.round(each)} bytes`);
  assert.ok(each < 20 * 1024, `${Math.round(each)} bytes`);
});

test('a slot is found as soon among many shards as among few', () => {
  const nanoseconds = (shards: number): number => {
    const map = new SlotMap<number>();
    for (let i = 0; i < shards; i++) {
      map.assign(
        Math.ceil((i * SLOT_COUNT) / shards),
        Math.ceil(((i + 1) * SLOT_COUNT) / shards) - 1,
        new Shard(i, []),
      );
    }
    const begin = performance.now();
    let sum = 0;
    for (let i = 0; i < 1_000_000; i++) sum += map.find((i * 7919) & (SLOT_COUNT - 1))!.primary;
    assert.ok(sum > 0);
    return performance.now() - begin;
  };
  const [few, many]: [number[], number[]] = [[], []];
  for (let round = 0; round < 9; round++) {
    few.push(nanoseconds(FEW));
    many.push(nanoseconds(MANY));
  }
  // The shards themselves may not fit the nearest memory.
  assert.ok(median(many) < 5 * median(few) + 1, `${median(many)} ms for a million, against ${median(few)}`);
});

test('a storm of redirections asks for the map once, and every command is answered', async () => {
  let asked = 0;
  await using owner = await simulated(([name]) => {
    if (name !== 'CLUSTER') return '$5\r\nvalue\r\n';
    asked++;
    return slotsReply(1, owner.port);
  });
  await using former = await simulated(([name, key = '']) => {
    if (name !== 'CLUSTER') return `-MOVED ${keySlot(key)} 127.0.0.1:${owner.port}\r\n`;
    asked++;
    return slotsReply(1, former.port);
  });
  await using client = new ValkeyCluster({ host: '127.0.0.1', port: former.port });
  const begin = performance.now();
  const replies = await Promise.all(Array.from({ length: 10_000 }, (_, i) => client.get(`key:${i}`)));
  assert.ok(replies.every((reply) => reply === 'value'));
  const halfSeconds = Math.ceil((performance.now() - begin) / 500);
  assert.ok(asked <= 2 + halfSeconds, `asked ${asked} times`);
});

test('nodes that send a command to and fro are given up on within the deadline', async () => {
  await using one = await simulated(([name, key = '']) =>
    name === 'CLUSTER' ? slotsReply(1, one.port) : `-MOVED ${keySlot(key)} 127.0.0.1:${other.port}\r\n`,
  );
  await using other = await simulated(([name, key = '']) =>
    name === 'CLUSTER' ? slotsReply(1, one.port) : `-MOVED ${keySlot(key)} 127.0.0.1:${one.port}\r\n`,
  );
  await using client = new ValkeyCluster({ host: '127.0.0.1', port: one.port, socketTimeout: 3000 });
  const begin = performance.now();
  await assert.rejects(client.get('key'), (error: Error) => /MOVED|redirect/i.test(error.message));
  assert.ok(performance.now() - begin < 10_000);
});

test('a connection that is lost behind ASKING fails the command, and nothing else', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  let asked = 0;
  await using importing = await simulated(([name], { socket }) => {
    if (name !== 'ASKING') return '+OK\r\n';
    asked++;
    socket.destroy();
    return undefined;
  });
  await using migrating = await simulated(([name]) =>
    name === 'CLUSTER' ? slotsReply(1, migrating.port) : `-ASK ${keySlot(KEY)} 127.0.0.1:${importing.port}\r\n`,
  );
  await using client = new ValkeyCluster({ host: '127.0.0.1', port: migrating.port });
  await assert.rejects(client.set(KEY, 'value'), { code: 'CONNECTION_LOST', sent: true });
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', note);
  assert.equal(asked, 1);
  assert.deepEqual(unhandled, []);
});
