/** Runs the server tests on each older server: `npm run test:matrix`, or `npm run test:matrix -- 8.1`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const OLDER = ['8.0', 'redis-7.0'];
/** Not `cluster`: its tests move slots and databases as only newer servers do. */
const PLACES = ['client', 'commands', 'connection', 'sentinel', 'testing'].map((place) =>
  join('test', 'server', place),
);

const named = process.argv.slice(2);
for (const version of named.length === 0 ? OLDER : named) {
  console.log(`\n── ${version}`);
  const test = join(import.meta.dirname, 'test.ts');
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', test, ...PLACES], {
    stdio: 'inherit',
    env: { ...process.env, VALKEY_VERSION: version },
  });
  if (status !== 0) process.exitCode = 1;
}
