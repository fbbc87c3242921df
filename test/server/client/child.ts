import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import { TemporaryFolder } from '../../../src/testing/temporary-folder.ts';
import { sharedClock } from './shared-clock.ts';

/** How a child process went. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** What it wrote as one line of JSON. */
  readonly said: Readonly<Record<string, unknown>>;
  /** When it had ended, on the clock that processes share: `process.hrtime`, in milliseconds. */
  readonly endedAt: number;
}

const compiled = new Map<string, Promise<string>>();

/** Compiles a program of this folder into one file, so that a child starts as fast as node does. */
function compile(program: string): Promise<string> {
  let path = compiled.get(program);
  if (path === undefined) {
    path = bundle(program);
    compiled.set(program, path);
  }
  return path;
}

async function bundle(program: string): Promise<string> {
  const folder = await TemporaryFolder.create('child');
  const outfile = folder.file('program.mjs');
  const entry = join(import.meta.dirname, program);
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return outfile;
}

/** A program of this folder in a process of its own. */
export class Child {
  readonly end: Promise<ChildEnd>;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.end = this.#watch();
  }

  /** Starts a child, which is killed when it has not ended after `limit` ms; `flags` are Node's. */
  static async start(program: string, input: unknown, limit: number, flags: readonly string[] = []): Promise<Child> {
    const words = [...flags, await compile(program), JSON.stringify(input)];
    return new Child(spawn(process.execPath, words, { stdio: 'pipe', timeout: limit, killSignal: 'SIGKILL' }));
  }

  /** Tells the child that the time has come. */
  finish(): void {
    this.#process.stdin?.end();
  }

  async #watch(): Promise<ChildEnd> {
    let stdout = '';
    let stderr = '';
    this.#process.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    this.#process.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    const closed = once(this.#process, 'close');
    const [code, signal] = (await once(this.#process, 'exit')) as [number | null, NodeJS.Signals | null];
    const endedAt = sharedClock();
    await closed;
    return {
      code,
      signal,
      stderr,
      said: stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>),
      endedAt,
    };
  }
}
