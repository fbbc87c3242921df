/** Brings a client into a state, does something to the server, closes the client, and has nothing more to do. See lifecycle.test.ts. */
import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConstantBackoff, Valkey } from '../../../src/index.ts';
import { sharedClock } from './shared-clock.ts';

export type ClientState = 'idle' | 'connecting' | 'ready' | 'reconnecting' | 'in flight' | 'blocked';
export type ServerState = 'alive' | 'stopped' | 'gone';

export interface CloseCase {
  readonly state: ClientState | 'control' | 'all';
  readonly server: ServerState;
  readonly port: number;
  /** The server's process. */
  readonly pid: number;
  /** A port whose connections hang in the handshake. */
  readonly blackhole: number;
  readonly timeout: number;
}

const { state, server, port, pid, blackhole, timeout } = JSON.parse(process.argv[2] ?? '') as CloseCase;

/** What the calls of one client came to. */
const calls = { made: 0, settled: 0 };
function track(promise: Promise<unknown>): void {
  calls.made++;
  const settle = (): void => void calls.settled++;
  promise.then(settle, settle);
}

let isDone = false;
/** Does to the server what is asked for, once. */
function strike(): void {
  if (isDone) return;
  isDone = true;
  if (server !== 'alive') process.kill(pid, server === 'stopped' ? 'SIGSTOP' : 'SIGKILL');
}

const STATES: Readonly<Record<ClientState, () => Promise<Valkey>>> = {
  idle: async () => new Valkey({ port }),

  connecting: async () => {
    strike();
    const client = new Valkey({
      port: server === 'alive' ? blackhole : port,
      retry: { retries: 1000, backoff: new ConstantBackoff(50) },
    });
    track(client.connect());
    track(client.get('k'));
    await sleep(60);
    assert.equal(client.state, 'connecting');
    return client;
  },

  ready: async () => {
    const client = await new Valkey({ port }).connect();
    strike();
    return client;
  },

  reconnecting: async () => {
    const client = await new Valkey({ port, retry: { backoff: new ConstantBackoff(60_000) } }).connect();
    const id = Number(await client.executeCommand('CLIENT', 'ID'));
    const lost = new Promise<void>((resolve) => client.events.once('reconnecting', () => resolve()));
    track(client.executeCommand('CLIENT', 'KILL', 'ID', id, 'SKIPME', 'no'));
    await lost;
    track(client.get('k'));
    strike();
    return client;
  },

  'in flight': async () => {
    const client = await new Valkey({ port }).connect();
    if (server === 'alive') track(client.executeCommand('DEBUG', 'SLEEP', '0.1'));
    else process.kill(pid, 'SIGSTOP');
    for (let i = 0; i < 100; i++) track(client.get('k'));
    await sleep(20);
    assert.ok(client.stats().inFlight >= 100);
    strike();
    return client;
  },

  blocked: async () => {
    const client = await new Valkey({ port }).connect();
    track(client.blpop('nothing', 0));
    track(client.blpop('nothing', 60));
    const blocked = async (): Promise<boolean> =>
      String(await client.executeCommand('INFO', 'clients')).includes('blocked_clients:2');
    while (!(await blocked())) await sleep(2);
    strike();
    return client;
  },
};

let clients: Valkey[] = [];
if (state === 'all') {
  for (const make of [STATES.ready, STATES['in flight'], STATES.blocked, STATES.reconnecting, STATES.idle]) {
    // Each needs a server that answers: it is stopped when all have what they need.
    isDone = true;
    if (make === STATES['in flight']) continue;
    clients.push(await make());
  }
  isDone = false;
  clients.push(await STATES['in flight'](), await STATES.connecting());
} else if (state !== 'control') clients = [await STATES[state]()];

const closing = sharedClock();
let closeTook = 0;
if (state === 'all') for (const client of clients) client.destroy();
else await Promise.all(clients.map((client) => client.close({ timeout })));
closeTook = sharedClock() - closing;
const states = clients.map((client) => client.state);
clients = [];

process.on('exit', () => writeSync(1, JSON.stringify({ closing, closeTook, states, ...calls })));
