import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { Child } from '../server/client/child.ts';
import { Random } from './random.ts';

/** What a process that listens to nothing made of a server that kept dying. */
export interface DeathsReport {
  readonly deaths: number;
  readonly made: number;
  readonly failed: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
}

export interface DeathsOptions {
  readonly deaths: number;
  /** Says how the server dies, when, and for how long. */
  readonly seed: number;
}

/** How long a process may take to work again, in milliseconds; the longest wait between two dials is 512. */
const RECOVERY = 10_000;

/**
 * Ends a server again and again under a process of its own, and starts it again. After every death the process must get to work; in the
 * end it must be alive, have written nothing to stderr, and have settled every call.
 */
export async function serverDeaths(options: DeathsOptions): Promise<DeathsReport> {
  const { deaths, seed } = options;
  const random = new Random(seed);
  await using server = await ValkeyServer.start();
  const child = await Child.start('survivor.ts', { port: server.port }, 60_000 + deaths * 5000);
  const wrong: string[] = [];
  for (let death = 0; death <= deaths; death++) {
    if (death > 0) {
      await sleep(random.whole(0, 100));
      // Killed, and away for a while; or asked to go, and back at once.
      if (random.chance(0.5)) {
        await server.kill();
        await sleep(random.whole(0, 300));
      }
      await server.restart();
    }
    // The server comes back empty: a count shows that the process has written since.
    if (!(await counts(server))) wrong.push(`no work after death ${death}`);
  }
  child.finish();
  const { code, signal, stderr, said } = await child.end;
  if (code !== 0) wrong.push(`it ended with ${code ?? signal}`);
  if (stderr !== '') wrong.push(`it complained: ${stderr.slice(0, 500)}`);
  const [made, ok, failed] = ['made', 'ok', 'failed'].map((name) => Number(said[name])) as [number, number, number];
  if (ok + failed !== made) wrong.push(`${made - ok - failed} calls have not settled`);
  if (JSON.stringify(said['last']) !== '["PONG","PONG"]') wrong.push('its clients do not work in the end');
  return { deaths, made, failed, wrong };
}

/** Whether somebody increments. */
async function counts(server: ValkeyServer): Promise<boolean> {
  await using watcher = new Valkey(server.url);
  const limit = performance.now() + RECOVERY;
  while (performance.now() < limit) {
    if (Number(await watcher.get('n')) > 0) return true;
    await sleep(10);
  }
  return false;
}
