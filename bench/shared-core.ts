import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Puts the client beside the server on one core, for workloads in which they only ever take turns. Where waking another
 * core is slow (most virtual machines) those would otherwise measure the scheduler: the same code swings threefold with
 * where its processes happen to land; on one core it repeats within a few percent.
 */
export class SharedCore {
  readonly #pid: string;
  readonly #allowed: string;
  readonly #core: string;

  private constructor(pid: number, allowed: string, core: string) {
    this.#pid = String(pid);
    this.#allowed = allowed;
    this.#core = core;
  }

  /** For the server process `pid`; `undefined` where `taskset` is missing, that is, on anything but Linux. */
  static async of(pid: number): Promise<SharedCore | undefined> {
    try {
      const { stdout } = await execute('taskset', ['--cpu-list', '--pid', String(pid)]);
      const [, allowed, core] = /: ((\d+)\S*)$/m.exec(stdout)!;
      return new SharedCore(pid, allowed, core);
    } catch {
      return undefined;
    }
  }

  /** Calls `work` with the words that start a command on the server's core, and lets the server roam again after it. */
  async hold<T>(work: (prefix: readonly string[]) => Promise<T>): Promise<T> {
    await this.#confine(this.#core);
    try {
      return await work(['taskset', '--cpu-list', this.#core]);
    } finally {
      await this.#confine(this.#allowed);
    }
  }

  async #confine(cores: string): Promise<void> {
    await execute('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, this.#pid]);
  }
}
