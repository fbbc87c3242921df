import { provision, SERVER_VERSIONS } from '../src/testing/index.ts';
import type { ServerVersion } from '../src/testing/index.ts';

/** The lines the test matrix runs on. */
const MATRIX: readonly ServerVersion[] = ['9.1', '8.0', 'redis-7.0'];

const named = process.argv.slice(2).map(parseVersion);
for (const version of named.length === 0 ? MATRIX : named) {
  try {
    const binary = await provision(version);
    console.log(`${version}: ${binary.product} ${binary.version}`);
  } catch (error) {
    console.error(`${version}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

function parseVersion(word: string): ServerVersion {
  const known = SERVER_VERSIONS.find((version) => version === word);
  if (known !== undefined) return known;
  console.error(`"${word}" is not a known server version: use ${SERVER_VERSIONS.join(', ')}.`);
  process.exit(1);
}
