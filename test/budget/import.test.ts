/** What the built package weighs, and what importing it does. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import budget from './budget.json' with { type: 'json' };

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '..', '..');

const RUNS = 3;
const MOST_RUNS = 30;

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>;
}
interface Pack {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');

describe('the package', () => {
  it('needs nothing else at run time', () => {
    assert.deepEqual(manifest.dependencies ?? {}, {});
  });

  it('is small, and holds what it should', async (t) => {
    const { size, files } = await pack();
    const kilobytes = Math.ceil(size / 1000);
    t.diagnostic(`${kilobytes} kB packed`);
    const allowed = budget.package.packedKilobytes;
    assert.ok(
      kilobytes <= allowed,
      `${kilobytes} kB packed, of ${allowed}: see "When a budget fails" in CONTRIBUTING.md`,
    );
    const strangers = files.filter(
      ({ path }) => !/^(dist|src)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/.test(path),
    );
    assert.deepEqual(strangers, []);
  });

  it('has what its export map names', () => {
    const named = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    assert.deepEqual(
      named.filter((file) => !existsSync(join(ROOT, file))),
      [],
    );
  });
});

for (const entry of entries) {
  const name = entry.replace('.', 'valkey-ts');

  describe(name, () => {
    it('can be imported, and exports names only', async () => {
      const names = await evaluate<string[]>(`Object.keys(await import('${name}'))`);
      assert.ok(names.length > 0);
      assert.ok(!names.includes('default'));
    });

    it('can be required', async () => {
      assert.deepEqual(
        await evaluate(`Object.keys(require('${name}')).filter((name) => name !== '__esModule').sort()`),
        await evaluate(`Object.keys(await import('${name}')).sort()`),
      );
    });

    it('keeps nothing open', async () => {
      const open = 'process.getActiveResourcesInfo()';
      const script = `{ const before = ${open}; await import('${name}'); await new Promise(setImmediate); return [before, ${open}] }`;
      const [before, afterwards] = await evaluate<[string[], string[]]>(`await (async () => ${script})()`);
      assert.deepEqual(afterwards, before);
    });
  });
}

describe('an import', () => {
  it('of the root is quick', async (t) => {
    const allowed = budget.package.importTimes;
    let least = Infinity;
    // Other work on the machine falls on both times, and now and then on one of them.
    for (let turn = 0; turn < MOST_RUNS && (turn < RUNS || least > allowed); turn++) {
      const time = `await (async () => { const start = performance.now(); await import('valkey-ts'); return performance.now() / start - 1 })()`;
      least = Math.min(least, await evaluate<number>(time));
    }
    t.diagnostic(`${least.toFixed(2)} times the start of Node`);
    assert.ok(least <= allowed, `${least.toFixed(2)} times the start of Node, of ${allowed}`);
  });

  it('of the root leaves TLS, DNS and HTTP alone', async () => {
    const loaded = await builtins('valkey-ts');
    assert.ok(loaded.includes('net'));
    for (const module of ['tls', 'https', 'http', 'dns/promises', 'child_process', 'worker_threads']) {
      assert.ok(!loaded.includes(module), `node:${module} is loaded`);
    }
  });

  it('of ./protocol loads no networking', async () => {
    assert.ok(!(await builtins('valkey-ts/protocol')).includes('net'));
  });

  it('of ./commands loads no networking', async () => {
    assert.ok(!(await builtins('valkey-ts/commands')).includes('net'));
  });
});

/** The modules of Node's own that an import loads, and nothing did before. */
async function builtins(name: string): Promise<string[]> {
  const list = `process.moduleLoadList.filter((line) => line.startsWith('NativeModule ')).map((line) => line.slice(13))`;
  return await evaluate<string[]>(
    `await (async () => { const before = new Set(${list}); await import('${name}'); return ${list}.filter((each) => !before.has(each)) })()`,
  );
}

/** The value of an expression, as JSON, in a process of its own in which the package's name is known. */
async function evaluate<T>(expression: string): Promise<T> {
  const script = `import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/');
    console.log(JSON.stringify(${expression}));`;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as T;
}

async function pack(): Promise<Pack> {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
  const { stdout } = await run('npm', words, { cwd: ROOT, shell: process.platform === 'win32' });
  // Newer versions of npm give an object with a package for each name, older ones a list.
  const [first] = Object.values(JSON.parse(stdout) as Record<string, Pack>);
  assert.ok(first);
  return first;
}
