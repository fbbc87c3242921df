/**
 * The built declarations, as each supported compiler sees them: that they say what they should, and what importing them costs.
 *
 * Everything in test/types is compiled here again, in a project that has the package installed.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import budget from './budget.json' with { type: 'json' };

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '..', '..');
const COMPILERS = { '5.9': 'typescript-5.9', '6.0': 'typescript-6.0', '7.0': 'typescript' } as const;
/** Users' projects differ; the first also checks the declarations themselves. */
const PROJECTS = [
  { module: 'nodenext', skipLibCheck: false },
  { module: 'esnext', moduleResolution: 'bundler', exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
];
/** Other work on the machine only ever adds: the least of several runs counts, and more are made while it is too much. */
const RUNS = 2;
const MOST_RUNS = 12;
const TOLERANCE = 1.1;
/** A consumer of nothing: what the compiler and Node's own types cost. */
const NOTHING = "export const bytes: Buffer = Buffer.from('x');\n";

/** A chain that is as long as anybody's. */
const CHAIN = `import { Valkey } from 'valkey-ts';
export const replies = await new Valkey().pipeline()${".set('a', 1).get('a').incr('n').hgetall('h').hget('h', 'f')".repeat(20)}.execute();
export const last: string | null = replies[99];
`;

interface Cost {
  /** How long the compiler took, or how many times as long as for nothing. */
  readonly time: number;
  readonly megabytes: number;
  readonly instantiations: number;
}

const project = await mkdtemp(join(tmpdir(), 'valkey-ts-types-'));
after(() => rm(project, { recursive: true }));

const installed = join(project, 'node_modules', 'valkey-ts');
await cp(join(ROOT, 'dist'), join(installed, 'dist'), { recursive: true });
await cp(join(ROOT, 'package.json'), join(installed, 'package.json'));
await symlink(join(ROOT, 'node_modules', '@types'), join(project, 'node_modules', '@types'), 'junction');
await writeFile(join(project, 'package.json'), '{ "type": "module" }');
await writeFile(join(project, 'nothing.ts'), NOTHING);
await writeFile(join(project, 'chain.ts'), CHAIN);
const tests = (await readdir(join(ROOT, 'test', 'types'))).filter((name) => name.endsWith('.ts'));
for (const name of tests) {
  const source = await readFile(join(ROOT, 'test', 'types', name), 'utf8');
  await writeFile(join(project, name), published(source));
}

for (const [version, compiler] of Object.entries(COMPILERS)) {
  describe(`the declarations on TypeScript ${version}`, () => {
    for (const options of PROJECTS) {
      it(`say what they should, with module ${options.module}`, async () => {
        await compile(compiler, tests, options);
      });
    }

    it('cost a pipeline of a hundred commands little', async (t) => {
      const { instantiations } = await cost(compiler, 'chain.ts');
      t.diagnostic(`${instantiations} instantiations`);
      assert.ok(instantiations <= budget.types.chain * TOLERANCE, `${instantiations}, of ${budget.types.chain}`);
    });

    it('cost a consumer little', async (t) => {
      const { times, megabytes: maxMegabytes, instantiations: recorded } = budget.types;
      const { time, megabytes, instantiations } = await costOfImport(compiler, times);
      t.diagnostic(`${time.toFixed(2)} times, ${megabytes.toFixed(1)} MB, ${instantiations} instantiations`);

      assert.ok(time <= times, `a compilation takes ${time.toFixed(2)} times as long with the import, of ${times}`);
      assert.ok(megabytes <= maxMegabytes, `the import adds ${megabytes.toFixed(1)} MB, of ${maxMegabytes} MB`);
      const allowed = recorded[version as keyof typeof recorded];
      assert.ok(
        instantiations <= allowed * TOLERANCE,
        `${instantiations} instantiations, where ${allowed} are recorded: see "When a budget fails" in CONTRIBUTING.md`,
      );
    });
  });
}

/** The imports of our sources as the imports of the package. */
function published(source: string): string {
  return source
    .replaceAll("'../../src/index.ts'", "'valkey-ts'")
    .replaceAll(/'\.\.\/\.\.\/src\/(commands|protocol|testing)\/index\.ts'/g, "'valkey-ts/$1'")
    .replaceAll(/'\.\.\/\.\.\/src\/([^']*)\.ts'/g, "'./node_modules/valkey-ts/dist/$1.js'");
}

/** What the consumer costs more than nothing. */
async function costOfImport(compiler: string, times: number): Promise<Cost> {
  let least = { time: Infinity, megabytes: Infinity, instantiations: Infinity };
  for (let run = 0; run < RUNS || (run < MOST_RUNS && least.time > times); run++) {
    const without = await cost(compiler, 'nothing.ts');
    const including = await cost(compiler, 'consumer.test-d.ts');
    least = {
      time: Math.min(least.time, including.time / without.time),
      megabytes: Math.min(least.megabytes, including.megabytes - without.megabytes),
      instantiations: Math.min(least.instantiations, including.instantiations - without.instantiations),
    };
  }
  return least;
}

async function cost(compiler: string, file: string): Promise<Cost> {
  const report = await compile(compiler, [file], { module: 'nodenext' }, ['--extendedDiagnostics']);
  const figure = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(report);
    assert.ok(found, `the compiler reports no "${name}"`);
    return Number(found[1]);
  };
  return {
    time: figure('Total time'),
    megabytes: figure('Memory used') / 1024,
    instantiations: figure('Instantiations'),
  };
}

/** Compiles files of the project; rejects with what the compiler says. */
async function compile(
  compiler: string,
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
  words: readonly string[] = [],
): Promise<string> {
  const config = join(project, 'tsconfig.json');
  const compilerOptions = {
    target: 'es2022',
    strict: true,
    noEmit: true,
    types: ['node'],
    skipLibCheck: true,
    ...options,
  };
  await writeFile(config, JSON.stringify({ compilerOptions, files }));
  const tsc = join(ROOT, 'node_modules', compiler, 'bin', 'tsc');
  try {
    const { stdout } = await run(process.execPath, [tsc, '-p', config, ...words], { cwd: dirname(config) });
    return stdout;
  } catch (error) {
    assert.fail((error as { stdout?: string }).stdout ?? String(error));
  }
}
