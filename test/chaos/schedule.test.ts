import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Valkey } from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import { Lateness } from '../server/client/tools.ts';
import { chaosSeed } from './random.ts';
import { cutHandshake, handshakeCuts, proxiesOf, SIZE, wave } from './schedules.ts';
import { PASSWORD, Tally } from './subject.ts';

/** `CHAOS_SEED=<seed>` runs the same schedules again. */
const seed = chaosSeed();
const repeat = `run again with CHAOS_SEED=${seed}`;

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
process.on('unhandledRejection', note);
after(() => process.off('unhandledRejection', note));

const recoveries = ({ slowestPing, excused }: Tally): string =>
  `slowest PING ${slowestPing.toFixed(0)} ms, ${excused} not judged on a slow machine`;

describe(`seeded schedules of faults, CHAOS_SEED=${seed}`, { timeout: 110_000 }, () => {
  test('random faults of the network and the server: afterwards a PING succeeds in bounded time', async (t) => {
    const WAVES = 60;
    const LANES = 3;
    const tally = new Tally();
    using lateness = new Lateness();
    let next = 0;
    const servers = await Promise.all(
      Array.from({ length: LANES }, () => ValkeyServer.start({ password: PASSWORD, tls: true })),
    );
    t.after(() => Promise.all(servers.map((server) => server.stop())));
    const proxies = await Promise.all(servers.map(proxiesOf));
    t.after(() => Promise.all(proxies.flat().map((proxy) => proxy.close())));
    const lane = async (server: ValkeyServer, i: number): Promise<void> => {
      await using admin = new Valkey({ port: server.port, password: PASSWORD });
      while (next < WAVES) await wave(server, proxies[i] ?? [], admin, seed + 7919 * next++, tally, lateness);
    };
    const lanes = await Promise.allSettled(servers.map(lane));
    for (const end of lanes) {
      if (end.status === 'rejected')
        throw new Error(`${(end.reason as Error).message}\n${repeat}`, { cause: end.reason });
    }
    const { schedules, calls, ok, failed } = tally;
    t.diagnostic(
      `${schedules} schedules, ${calls} calls (${ok} answered, ${failed} failed), ${recoveries(tally)}, loop late by ${lateness.worst.toFixed(0)} ms at most`,
    );
    assert.equal(schedules, WAVES * SIZE);
    assert.ok(schedules >= 500);
    // One of ten calls is answered, one of fifty where the machine has twice as much to do as it can, and few where it is worse.
    const least = tally.excused === 0 ? calls / 200 : 1;
    const felt = `${ok} answered and ${failed} failed of ${calls}: the faults were felt, and did not end everything`;
    assert.ok(ok >= least && failed >= calls / 20, felt);
    assert.deepEqual(unhandled, [], repeat);
  });

  test('a cut at every byte of the handshake, both ways', async (t) => {
    const LANES = 12;
    const tally = new Tally();
    using lateness = new Lateness();
    await using server = await ValkeyServer.start({ password: PASSWORD });
    await using admin = new Valkey({ port: server.port, password: PASSWORD });
    await using measured = await FaultProxy.start(server);
    const cuts = await handshakeCuts(measured);
    const total = cuts.length;
    const lane = async (): Promise<void> => {
      await using proxy = await FaultProxy.start(server);
      for (let cut = cuts.shift(); cut !== undefined; cut = cuts.shift()) {
        await cutHandshake(proxy, admin, cut, seed, tally, lateness);
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    for (const end of lanes) {
      if (end.status === 'rejected')
        throw new Error(`${(end.reason as Error).message}\n${repeat}`, { cause: end.reason });
    }
    t.diagnostic(`${tally.schedules} cuts, ${recoveries(tally)}, loop late by ${lateness.worst.toFixed(0)} ms at most`);
    assert.equal(tally.schedules, total);
    assert.ok(total > 200);
    assert.deepEqual(unhandled, [], repeat);
  });
});
