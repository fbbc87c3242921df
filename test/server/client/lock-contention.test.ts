import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockNotOwnedError, Valkey, type ConnectionError, type Lease } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { chaosSeed, Random } from '../../chaos/random.ts';
import { blockedClients, Lateness, open, percentile, until } from './tools.ts';

const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

/** Writes down that a holder begins or ends its work: who, its fencing number, and by the server's clock when, and when its lock expires. */
const RECORD = admin.registerScript(
  `local time = redis.call('TIME')
local owned = redis.call('GET', KEYS[1]) == ARGV[3] and 1 or 0
redis.call('RPUSH', KEYS[2], cjson.encode({what = ARGV[1], fencing = ARGV[2], owned = owned, who = ARGV[4],
  time = time[1] * 1000 + time[2] / 1000, expiry = redis.call('PEXPIRETIME', KEYS[1])}))`,
  { keys: 2 },
);

interface Entry {
  readonly what: 'enter' | 'leave';
  readonly fencing: string;
  readonly owned: 0 | 1;
  readonly who: string;
  readonly time: number;
  readonly expiry: number;
}

const TIMEOUT = 400;
const CLIENTS = 10;
const CONTENDERS = 50;
const TURNS = 6;
/** How often a holder's client is destroyed. */
const KILLS = 12;

/** Contenders who share a client, which is destroyed and replaced now and then. */
class Party {
  readonly #t: TestContext;
  client: Valkey;

  constructor(t: TestContext) {
    this.#t = t;
    this.client = open(t, { port: server.port });
  }

  kill(): void {
    this.client.destroy();
    this.client = open(this.#t, { port: server.port });
  }

  /** A lease, from whatever client lives long enough to get it. */
  async acquire(): Promise<{ readonly lease: Lease; readonly client: Valkey }> {
    for (;;) {
      const { client } = this;
      try {
        const lease = await client.lock('contended', { timeout: TIMEOUT }).acquire();
        assert.ok(lease !== null);
        return { lease, client };
      } catch (error) {
        assert.equal((error as ConnectionError).code, 'CLOSED');
      }
    }
  }
}

/** How often others were served while each turn was waited for. */
const waits: number[] = [];
let served = 0;
let kills = 0;
let losses = 0;

/** Takes its turns. True for `kill` means that its client is to die while it holds the lock. */
async function contend(party: Party, who: string, random: Random): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    const before = served;
    const { lease, client } = await party.acquire();
    waits.push(served - before);
    served++;
    const record = async (what: string): Promise<unknown> =>
      client.run(RECORD, ['contended', 'log'], [what, lease.fencing, lease.token, who]);
    try {
      await record('enter');
      await sleep(random.whole(0, 2));
      if (kills < KILLS && random.chance((2 * KILLS) / (CONTENDERS * TURNS))) {
        kills++;
        party.kill();
        continue;
      }
      await record('leave');
      await lease.release();
    } catch (error) {
      // Another of its client's contenders was killed; or it was so slow that its time was over.
      if (error instanceof LockNotOwnedError) losses++;
      else assert.equal((error as ConnectionError).code, 'CLOSED', String(error));
    }
  }
}

test(
  '50 contenders whose clients are killed: one holder at a time, in order, and nobody starves',
  { timeout: 60_000 },
  async (t) => {
    const seed = chaosSeed();
    t.diagnostic(`seed ${seed}`);
    const random = new Random(seed);
    const parties = Array.from({ length: CLIENTS }, () => new Party(t));
    using lateness = new Lateness();
    await Promise.all(Array.from({ length: CONTENDERS }, (_, i) => contend(parties[i % CLIENTS]!, String(i), random)));
    const log = (await admin.lrange('log', 0, -1)).map((line) => JSON.parse(line) as Entry);
    // Whoever enters when its time is over is turned away by its fencing number. It does not happen unless this process is too slow.
    const late = log.filter(({ owned }) => owned === 0).length + losses;
    assert.ok(
      late === 0 || lateness.worst > TIMEOUT / 2,
      `${late} lost their locks, and timers were ${lateness.worst} ms late`,
    );

    let last: Entry | undefined;
    let holder: Entry | undefined;
    for (const entry of log.filter(({ owned }) => owned === 1)) {
      if (entry.what === 'leave') {
        assert.equal(holder?.fencing, entry.fencing, 'who leaves is who entered last');
        holder = undefined;
        continue;
      }
      // A holder that never left was killed: its time must be over by the server's clock.
      if (holder !== undefined) {
        assert.ok(
          entry.time >= holder.expiry - 1,
          `${entry.who} entered ${holder.expiry - entry.time} ms before ${holder.who} expired`,
        );
      }
      assert.ok(last === undefined || BigInt(entry.fencing) > BigInt(last.fencing), 'fencing numbers grow');
      last = holder = entry;
    }
    const enters = log.filter(({ what }) => what === 'enter');
    for (let i = 0; i < CONTENDERS; i++) {
      assert.ok(enters.filter(({ who }) => who === String(i)).length >= TURNS - kills, `contender ${i} had its turns`);
    }
    assert.equal(waits.length, CONTENDERS * TURNS);
    const longest = Math.max(...waits);
    t.diagnostic(
      `${served} turns, ${kills} kills; while one waited, ${percentile(waits, 0.5)} others were served in the median, ${longest} at most`,
    );
    // With perfect fairness it would be 49. A killed client's contenders begin anew.
    assert.ok(longest < 4 * CONTENDERS, `somebody was passed over ${longest} times`);
    await until('nobody listens', async () => (await blockedClients(admin)) === 0);
  },
);

test('is handed over many times faster than by polling', { timeout: 60_000 }, async (t) => {
  const ROUNDS = 25;
  const POLL = 100;
  const [holder, waiter] = [open(t, { port: server.port }), open(t, { port: server.port })];
  const signalled: number[] = [];
  const polled: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const lease = await holder.lock('handed').acquire();
    const waiting = waiter.lock('handed').acquire();
    await until('it listens', async () => (await blockedClients(admin)) === 1);
    let start = performance.now();
    await Promise.all([lease?.release(), waiting.then(() => signalled.push(performance.now() - start))]);
    await (await waiting)?.release();

    await holder.set('polled', 'x', { condition: 'nx' });
    const polling = (async () => {
      while ((await waiter.set('polled', 'y', { condition: 'nx' })) === null) await sleep(POLL);
    })();
    await sleep((POLL * (i + 0.5)) / ROUNDS);
    start = performance.now();
    await holder.del('polled');
    await polling.then(() => polled.push(performance.now() - start));
    await waiter.del('polled');
  }
  const [ours, theirs] = [percentile(signalled, 0.5), percentile(polled, 0.5)];
  t.diagnostic(
    `handed over in ${ours.toFixed(2)} ms in the median, by polling every ${POLL} ms in ${theirs.toFixed(2)}: ${(theirs / ours).toFixed(0)} times`,
  );
  assert.ok(theirs > 4 * ours, `${theirs} ms by polling, ${ours} ms by signals`);
});

test('a lock whose holder is gone is had when its time is over', { timeout: 30_000 }, async (t) => {
  const waiter = open(t, { port: server.port });
  const late: number[] = [];
  using lateness = new Lateness();
  for (let i = 0; i < 5; i++) {
    const holder = open(t, { port: server.port });
    const lease = await holder.lock('abandoned', { timeout: 200 }).acquire();
    assert.ok(lease !== null);
    const expiry = await admin.executeCommand<number>('PEXPIRETIME', 'abandoned');
    const waiting = waiter.lock('abandoned', { timeout: 60_000 }).acquire();
    await until('it listens', async () => (await blockedClients(admin)) === 1);
    holder.destroy();
    const next = await waiting;
    const begun = (await admin.executeCommand<number>('PEXPIRETIME', 'abandoned')) - 60_000;
    assert.ok(begun >= expiry, `taken ${expiry - begun} ms early`);
    late.push(begun - expiry);
    await next?.release();
  }
  t.diagnostic(`taken ${late.map((time) => time.toFixed(0)).join(', ')} ms after the expiry`);
  assert.ok(Math.min(...late) < 50 + lateness.worst, 'not left to the server’s own timer, which is 100 ms late');
});
