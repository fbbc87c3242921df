/**
 * Runs tests with node's own runner, in one run: `npm test`, or `npm test -- test/unit test/server/commands/hash.test.ts`.
 *
 * Words that start with a dash go to the runner: `npm test -- --test-name-pattern=ZADD test/server`.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
/** Far above what any test takes: a test that hangs fails, and the run ends. */
const TIMEOUT = 5 * 60_000;

const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith('-'));
const places = words.filter((word) => !word.startsWith('-'));
// Node 20 takes files only, no patterns.
const files = (places.length === 0 ? [join(root, 'test')] : places).flatMap(testsIn);
if (files.length === 0) fail(`there are no tests in ${places.join(', ')}`);

// The budgets and the type tests are about what is published.
if (files.some((file) => relative(root, file).startsWith(join('test', 'budget'))))
  node(['--import', 'tsx', 'scripts/build.ts']);

node([
  '--import',
  'tsx',
  '--test',
  '--test-reporter=spec',
  // Server tests wait more than they work: two cores are kept busy by three files.
  `--test-concurrency=${Math.ceil(1.5 * availableParallelism())}`,
  `--test-timeout=${TIMEOUT}`,
  ...options,
  ...files,
]);

function testsIn(place: string): string[] {
  const found = statSync(place, { throwIfNoEntry: false }) ?? fail(`there is no ${place}`);
  if (found.isFile()) return [place];
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(place, name));
}

/** Runs node in the root of the package; ends this process when it fails. */
function node(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function fail(problem: string): never {
  console.error(problem);
  process.exit(1);
}
