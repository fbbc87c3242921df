import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();
let isExitWatched = false;

/** A folder for the files of one thing, readable by this user only. It is removed at the latest when this process exits. */
export class TemporaryFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
    remember(path);
  }

  /** Creates a folder whose name begins with `valkey-ts-` and `name`. */
  static async create(name: string): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), `valkey-ts-${name}-`)));
  }

  /** Creates the folder again when it was removed. */
  async ensure(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    remember(this.path);
  }

  /** Removes the folder with everything in it. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    folders.delete(this.path);
  }

  /** Returns the path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }
}

function remember(path: string): void {
  folders.add(path);
  if (isExitWatched) return;
  isExitWatched = true;
  process.on('exit', removeAll);
}

function removeAll(): void {
  for (const path of folders) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // A server that is just dying may still write into it; its watchdog removes the folder once it is dead.
    }
  }
}
