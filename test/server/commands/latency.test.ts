import assert from 'node:assert/strict';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses, type Way } from './harness.ts';

/** Holds the server up for a moment, so that there is an event. */
async function heldUp(client: Way['client']): Promise<void> {
  await client.configSet('latency-monitor-threshold', 1);
  await client.latencyReset();
  await client.executeCommand('DEBUG', 'SLEEP', '0.01');
  await client.configSet('latency-monitor-threshold', 0);
}

await everyWay('latency', {
  'latency latest, history and reset': async ({ client, int, atLeast }) => {
    await heldUp(client);
    const events = await client.latencyLatest();
    const command = events.find(({ event }) => event === 'command');
    assert.ok(command !== undefined);
    const { time, latest } = command;
    assert.ok(Math.abs(Number(time) * 1000 - Date.now()) < 60_000);
    assert.ok(Number(latest) >= 10 && Number(latest) < 10_000);
    const totals = atLeast('8.1') ? { sum: latest, count: int(1) } : {};
    assert.deepEqual(command, { event: 'command', time, latest, max: latest, ...totals });
    assert.deepEqual(await client.latencyHistory('command'), [{ time, latency: latest }]);
    assert.deepEqual(await client.latencyHistory('nonsense'), []);
    assert.deepEqual(await client.latencyReset('nonsense'), int(0));
    assert.deepEqual(await client.latencyReset(['nonsense', 'command']), int(1));
    await client.latencyReset();
    assert.deepEqual(await client.latencyLatest(), []);
    refuses(() => client.latencyReset([]), /at least one event/);
  },

  'latency graph, doctor and help': async ({ client }) => {
    await heldUp(client);
    assert.match(await client.latencyGraph('command'), /^command - high \d+ ms/);
    await assert.rejects(client.latencyGraph('nonsense'), ResponseError);
    assert.match(await client.latencyDoctor(), /\w/);
    assert.match((await client.latencyHelp())[0]!, /^LATENCY /);
  },

  'latency histogram': async ({ client, int }) => {
    await client.configResetstat();
    assert.deepEqual(await client.latencyHistogram('set'), {});
    for (let i = 0; i < 3; i++) await client.set('a', i);
    await client.get('a');
    const { set, get, ...others } = await client.latencyHistogram(['set', 'get', 'nonsense', 'hget']);
    assert.deepEqual(others, {});
    assert.ok(set !== undefined && get !== undefined);
    assert.deepEqual([set.calls, get.calls], [int(3), int(1)]);
    assert.deepEqual(set.histogramUsec.at(-1)?.[1], int(3));
    for (const [usec, calls] of set.histogramUsec) {
      assert.equal(typeof usec, typeof int(0));
      assert.equal(typeof calls, typeof int(0));
    }
    const all = await client.latencyHistogram();
    assert.deepEqual(all['config|resetstat']?.calls, int(1));
    assert.deepEqual(Object.keys(await client.latencyHistogram('config')), ['config|resetstat']);
    refuses(() => client.latencyHistogram([]), /at least one command/);
  },
});
