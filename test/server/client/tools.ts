import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey, type Encoding, type Integers, type ValkeyOptions } from '../../../src/index.ts';

/** Far above any deadline that is used: a promise that is pending after that hangs. */
const HANGS = 15_000;

/** Makes a client that is gone when the test is over, however that ends. */
export function open<E extends Encoding = 'utf8', I extends Integers = 'number'>(
  t: TestContext,
  options: ValkeyOptions<E, I>,
): Valkey<E, I> {
  const client = new Valkey<E, I>(options);
  t.after(() => client.destroy());
  return client;
}

/** What became of a promise, and after how long. */
export interface Outcome {
  readonly ok: boolean;
  readonly value: unknown;
  readonly error: unknown;
  /** Milliseconds from the call of `outcomeOf` to the settling. */
  readonly elapsed: number;
}

/** Waits for a promise to settle either way; one that does not within `limit` ms fails the test. */
export async function outcomeOf(promise: PromiseLike<unknown>, limit: number = HANGS): Promise<Outcome> {
  const start = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a promise is pending after ${limit} ms`)), limit);
  });
  const settled = promise.then(
    (value) => ({ ok: true, value, error: undefined, elapsed: performance.now() - start }),
    (error: unknown) => ({ ok: false, value: undefined, error, elapsed: performance.now() - start }),
  );
  try {
    return await Promise.race([settled, hangs]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for all of them. Each elapsed time counts from now. */
export function outcomesOf(promises: readonly PromiseLike<unknown>[], limit: number = HANGS): Promise<Outcome[]> {
  return Promise.all(promises.map((promise) => outcomeOf(promise, limit)));
}

type ErrorType<E> = abstract new (...args: never[]) => E;

/** The error that a promise rejects with, which must be of this class and, when one is given, of this code. */
export async function failureOf<E extends Error & { readonly code: string }>(
  promise: PromiseLike<unknown>,
  Type: ErrorType<E>,
  code?: string | RegExp,
): Promise<E> {
  const { ok, value, error } = await outcomeOf(promise);
  assert.ok(!ok, `expected a ${Type.name}, got the value ${JSON.stringify(value)}`);
  return typed(error, Type, code);
}

/** The same, as its own class: a subclass does not pass. */
export function typed<E extends Error & { readonly code: string }>(
  error: unknown,
  Type: ErrorType<E>,
  code?: string | RegExp,
): E {
  const shown =
    error instanceof Error ? `${error.name} ${(error as { code?: string }).code}: ${error.message}` : String(error);
  assert.equal((error as Error).constructor, Type, `expected a ${Type.name}, got ${shown}`);
  if (typeof code === 'string') assert.equal((error as E).code, code, shown);
  else if (code !== undefined) assert.match((error as E).code, code, shown);
  return error as E;
}

/** How often each thing occurs. */
export function tally(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** A value's name, or an error's, for a tally. */
export function nameOf({ ok, error }: Outcome): string {
  if (ok) return 'ok';
  const { name, code, sent } = error as { name: string; code?: string; sent?: boolean };
  return `${name} ${code} sent=${sent}`;
}

/**
 * How late the timers of this process were at worst while it was watched.
 *
 * No client can keep its time better than the process it lives in: bounds on elapsed times are raised by this.
 */
export class Lateness implements Disposable {
  worst = 0;
  #last = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    const step = 5;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.worst = Math.max(this.worst, now - this.#last - step);
      this.#last = now;
    }, step);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** That a time is within bounds, apart from what the process itself was late. */
export function assertTook(elapsed: number, least: number, most: number, late: number, what: string): void {
  const shown = `${what} took ${elapsed.toFixed(1)} ms`;
  // `elapsed` is measured from behind the calls, which take some milliseconds when there are a thousand.
  assert.ok(elapsed >= least - 60 - late, `${shown}, less than ${least}`);
  // A loop that was late is given as long again to read what came meanwhile.
  assert.ok(elapsed <= most + 2 * late, `${shown}, more than ${most}; the event loop was ${late.toFixed(1)} ms late`);
}

/** Keeps the event loop from turning. */
export function blockLoop(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** One turn of the event loop: whatever was called has been written by then. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Polls until `isTrue()`; fails after ten seconds. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `not within ten seconds: ${what}`);
    await sleep(2);
  }
}

type AnyClient = Pick<Valkey, 'executeCommand'>;

/** The fields of CLIENT INFO, of the connection that the command runs on. */
export async function clientInfo(client: AnyClient): Promise<Record<string, string>> {
  return fieldsOf(String(await client.executeCommand('CLIENT', 'INFO')));
}

/** The fields of all connections of the server. */
export async function clientList(client: AnyClient): Promise<Record<string, string>[]> {
  const list = String(await client.executeCommand('CLIENT', 'LIST'));
  return list.trim().split('\n').map(fieldsOf);
}

function fieldsOf(line: string): Record<string, string> {
  return Object.fromEntries(
    line
      .trim()
      .split(' ')
      .map((pair): [string, string] => {
        const equals = pair.indexOf('=');
        return [pair.slice(0, equals), pair.slice(equals + 1)];
      }),
  );
}

/** How many clients the server holds blocked. */
export async function blockedClients(admin: AnyClient): Promise<number> {
  const info = String(await admin.executeCommand('INFO', 'clients'));
  return Number(/blocked_clients:(\d+)/.exec(info)?.[1]);
}

/** Ends the connection that the client's shared commands run on, as an operator would; resolves when the client knows. */
export async function killShared(admin: AnyClient, client: Valkey): Promise<void> {
  const id = String(await client.executeCommand('CLIENT', 'ID'));
  const noticed = new Promise<void>((resolve) => client.events.once('reconnecting', () => resolve()));
  await admin.executeCommand('CLIENT', 'KILL', 'ID', id);
  await noticed;
}

/** How often the server ran a command. */
export async function callsOf(admin: AnyClient, command: string): Promise<number> {
  const info = String(await admin.executeCommand('INFO', 'commandstats'));
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}

/** Whether the server is of this version or a later one. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** The value at this rank of sorted numbers, from 0 to 1. */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * rank))] ?? NaN;
}
