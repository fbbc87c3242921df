import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';

import type { Invocation } from './provision.ts';

/**
 * Waits until its parent closes the pipe on its standard input, which the system does even when the parent is killed,
 * then kills the server and removes its folder. It ignores the signals a terminal sends to everything it runs.
 */
const WATCHDOG = 'trap "" HUP INT TERM; read -r line; kill -9 "$1" 2>/dev/null; rm -rf "$2"';

const running = new Set<ServerProcess>();
let isExitWatched = false;

/**
 * One operating-system process of a server, from its start to its exit.
 *
 * Dies with this process, however that ends. Does not keep this process alive, except while somebody waits for it.
 */
export class ServerProcess {
  readonly pid: number;
  /** Resolves when the process has ended, to a few words on how; never rejects. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #watchdog: ChildProcess | undefined;
  #isRunning = true;

  /** Starts the process with `folder` as its working directory; its output is appended to `log`. */
  constructor(invocation: Invocation, args: readonly string[], folder: string, log: string) {
    const output = openSync(log, 'a');
    try {
      // A session of its own: an interrupt from the terminal reaches the tests, which then stop the server in order.
      this.#child = spawn(invocation.command, [...invocation.args, ...args], {
        cwd: folder,
        detached: true,
        stdio: ['ignore', output, output],
      });
    } finally {
      closeSync(output);
    }
    this.pid = this.#child.pid ?? 0;
    this.exited = this.#watchExit();
    if (this.pid === 0) return;
    this.#watchdog = this.#startWatchdog(folder);
    running.add(this);
    watchOwnExit();
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Sends a signal. Throws when the process has ended. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#isRunning) throw new Error(`The server has ended and cannot receive ${signal}.`);
    this.#child.kill(signal);
  }

  /** Sends `signal`, and SIGKILL when the process has not ended within `grace` milliseconds. Resolves when it has ended. */
  async end(signal: NodeJS.Signals, grace: number): Promise<void> {
    if (!this.#isRunning) return;
    this.ref();
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), grace);
    await this.exited;
    clearTimeout(timer);
  }

  /** Kills the process without waiting for its end: all that can be done while this process exits. */
  abandon(): void {
    this.#child.kill('SIGKILL');
  }

  ref(): void {
    this.#child.ref();
  }

  unref(): void {
    this.#child.unref();
  }

  #watchExit(): Promise<string> {
    return new Promise((resolve) => {
      const end = (reason: string): void => {
        this.#isRunning = false;
        running.delete(this);
        this.#watchdog?.kill('SIGKILL');
        resolve(reason);
      };
      this.#child.once('error', (error) => {
        // Also emitted when a signal cannot be sent, which is no end.
        if (this.#child.pid === undefined) end(error.message);
      });
      this.#child.once('exit', (code, signal) =>
        end(signal === null ? `exited with code ${code}` : `died by ${signal}`),
      );
    });
  }

  #startWatchdog(folder: string): ChildProcess {
    const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', String(this.pid), folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watchdog.on('error', () => this.#child.kill('SIGKILL'));
    watchdog.stdin.on('error', () => {});
    if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
    watchdog.unref();
    return watchdog;
  }
}

function watchOwnExit(): void {
  if (isExitWatched) return;
  isExitWatched = true;
  process.on('exit', () => {
    for (const server of running) server.abandon();
  });
}
