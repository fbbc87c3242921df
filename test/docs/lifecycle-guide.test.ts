import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { ConstantBackoff, Valkey, type LinkState } from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import { outcomeOf, until } from '../server/client/tools.ts';

const GUIDE = new URL('../../docs/lifecycle.md', import.meta.url);
const ROW = /^\| (?!from )(?<from>[a-z]+) \| (?<to>[a-z]+) \| (?<event>[a-z]*) ?\| /gm;
const EVENTS = ['connect', 'ready', 'reconnecting', 'close'] as const;

const server = await ValkeyServer.start();
after(() => server.stop());

/** The steps that clients took, as the guide's table has them. */
const taken = new Set<string>();

/** A client behind a proxy, whose every step is written down. */
class Watched {
  readonly client: Valkey;
  readonly proxy: FaultProxy;
  #last: LinkState;

  constructor(proxy: FaultProxy) {
    this.proxy = proxy;
    this.client = new Valkey({
      port: proxy.port,
      socketTimeout: 10_000,
      connectTimeout: 10_000,
      retry: { retries: 2, backoff: new ConstantBackoff(20) },
    });
    this.#last = this.client.state;
    for (const event of EVENTS) this.client.events.on(event, () => this.#step(event));
  }

  /** Looks at a change of which nothing is told. */
  look(state: LinkState): void {
    assert.equal(this.client.state, state);
    if (state !== this.#last) this.#step('');
  }

  async reach(state: LinkState): Promise<void> {
    await until(`it is ${state}`, () => this.client.state === state);
  }

  /** Loses its connection, and gets no other until the proxy heals. */
  async strand(): Promise<void> {
    this.proxy.refuse();
    this.proxy.cut();
    await this.reach('reconnecting');
  }

  #step(event: string): void {
    const { state } = this.client;
    taken.add(`${this.#last} -> ${state}: ${event}`);
    this.#last = state;
  }
}

async function watch(drive: (watched: Watched) => Promise<void>): Promise<void> {
  await using proxy = await FaultProxy.start(server);
  const watched = new Watched(proxy);
  try {
    await drive(watched);
  } finally {
    watched.client.destroy();
  }
}

/** Brings a client into each of the states in which it is at work. */
const AT_WORK: Record<'connecting' | 'ready' | 'reconnecting', (watched: Watched) => Promise<void>> = {
  connecting: async ({ client, proxy }) => {
    proxy.blackhole();
    client.connect().catch(() => undefined);
    await Promise.resolve();
  },
  ready: async ({ client }) => {
    await client.connect();
  },
  reconnecting: async (watched) => {
    await watched.client.connect();
    await watched.strand();
  },
};

test("the guide's table has the steps that clients take, and no others", { timeout: 60_000 }, async () => {
  for (const [state, reach] of Object.entries(AT_WORK) as [keyof typeof AT_WORK, (typeof AT_WORK)['ready']][]) {
    await watch(async (watched) => {
      await reach(watched);
      watched.look(state);
      watched.client.destroy();
      watched.look('closed');
    });
    await watch(async (watched) => {
      await reach(watched);
      const closing = watched.client.close();
      watched.look('closing');
      await closing;
      watched.look('closed');
    });
  }
  await watch(async (watched) => {
    watched.client.destroy();
    watched.look('closed');
    await watched.client.connect();
    watched.look('ready');
  });
  await watch(async (watched) => {
    watched.proxy.refuse();
    assert.ok(!(await outcomeOf(watched.client.connect())).ok);
    watched.look('idle');
  });
  await watch(async (watched) => {
    await watched.client.connect();
    await watched.strand();
    const { reconnects } = watched.client.stats().counters;
    await until('more dials failed', () => watched.client.stats().counters.reconnects > reconnects + 1);
    watched.proxy.heal();
    await watched.reach('ready');
  });
  await watch(async (watched) => {
    await watched.client.connect();
    watched.proxy.blackhole();
    const reply = watched.client.get('nothing');
    const closing = watched.client.close({ timeout: 10_000 });
    watched.look('closing');
    watched.proxy.cut();
    watched.proxy.heal();
    assert.equal(await reply, null);
    await closing;
    watched.look('closed');
  });

  const rows = [...(await readFile(GUIDE, 'utf8')).matchAll(ROW)].map(({ groups }) => groups!);
  const documented = rows.map(({ from, to, event }) => `${from} -> ${to}: ${event}`);
  assert.deepEqual([...taken].toSorted(), documented.toSorted());
});
