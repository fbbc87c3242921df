import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as commands from '../../src/commands/index.ts';
import * as main from '../../src/index.ts';
import * as opentelemetry from '../../src/opentelemetry/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { ValkeySentinel } from '../../src/testing/valkey-sentinel.ts';
import { moduleServer } from './module-server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What an example can import. It need not: the names it mentions are there. */
const LIBRARY: Readonly<Record<string, unknown>> = { ...commands, ...main, ...opentelemetry };
const IMPORT = /^import \{[^}]*\} from 'valkey-ts[^']*';\n/gm;
const EXAMPLE = /@example[^`@]*```ts\n(?<code>[^]*?)```/g;

/** The first line of an example whose client is connected to a Sentinel, which monitors the server as `main`. */
const ON_SENTINEL = '// on a Sentinel\n';
/** The first line of an example whose client, or `cluster`, is connected to a cluster, of one node with all slots. */
const IN_CLUSTER = '// in a cluster\n';

interface Example {
  readonly place: string;
  readonly code: string;
}
type Check = (actual: unknown, expected: string) => void;
type Run = (client: main.Valkey, check: Check, library: object) => Promise<void>;

// Examples show what the newest server does.
const server = await ValkeyServer.start({ version: '9.1' });
const sentinel = await ValkeySentinel.start({ version: '9.1' });
// A node that had no slots for a while waits before it serves again, the longer the longer this timeout.
const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '500'];
const cluster = await ValkeyServer.start({ version: '9.1', args });
{
  await using client = new main.Valkey({ port: cluster.port });
  await client.clusterAddslotsrange({ start: 0, end: 16383 });
}
const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-examples-'));
after(async () => {
  await rm(folder, { recursive: true });
  await cluster.stop();
  await sentinel.stop();
  await server.stop();
});

for (const [index, example] of (await examples()).entries()) {
  test(example.place, async () => {
    const file = join(folder, `example-${index}.mts`);
    const onSentinel = example.code.startsWith(ON_SENTINEL);
    const plain = example.code.startsWith(IN_CLUSTER) ? cluster : server;
    await using module = await moduleServer(example.code);
    const { port } = module ?? (onSentinel ? sentinel : plain);
    await writeFile(file, program(example.code.replaceAll('localhost:6379', `127.0.0.1:${port}`)));
    const { default: run } = (await import(pathToFileURL(file).href)) as { default: Run };
    await using client = new main.Valkey({ port, cache: example.code.includes('client.cache') });
    if (module === undefined) await (onSentinel ? monitorAnew(client) : client.executeCommand('FLUSHALL'));
    await using ofCluster = new main.ValkeyCluster({ host: cluster.host, port: cluster.port });
    await run(client, check, { ...LIBRARY, cluster: ofCluster });
    module?.done();
  });
}

async function monitorAnew(client: main.Valkey): Promise<void> {
  for (const { name } of await client.sentinelPrimaries()) await client.sentinelRemove(name);
  await client.sentinelMonitor('main', server.host, server.port, 1);
}

async function examples(): Promise<Example[]> {
  const found: Example[] = [];
  for (const entry of await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const source = await readFile(file, 'utf8');
    for (const match of source.matchAll(EXAMPLE)) {
      const line = source.slice(0, match.index).split('\n').length;
      const code = match.groups!['code']!.replace(/^ *\* ?/gm, '');
      found.push({ place: `${relative(ROOT, file)}:${line}`, code });
    }
  }
  return found;
}

/** A module around an example. It sees the client, what it mentions of the library, and no more; in a block, so that it can name things as it likes. */
function program(code: string): string {
  const body = checked(code.replace(IMPORT, ''));
  const names = [...Object.keys(LIBRARY), 'cluster'].filter((name) => new RegExp(`(?<![\\w.$])${name}\\b`).test(body));
  return `export default async (client, check, { ${names.join(', ')} }) => {\n{\n${body}\n}\n};\n`;
}

/** Turns `await call(); // => value`, also without `await` or behind an `if`, into a check of the value. */
function checked(code: string): string {
  return code.replace(
    /^( *(?:if \(.*?\) )?)(?:await )?(.*); \/\/ => (.*)$/gm,
    (_, before: string, call: string, value: string) => `${before}check(await ${call}, ${JSON.stringify(value)});`,
  );
}

function check(actual: unknown, text: string): void {
  if (text.startsWith('<Buffer')) return void assert.ok(Buffer.isBuffer(actual));
  const expected: unknown = new Function(`return (${text})`)();
  // What a server gives in no order may come in any.
  const order = (value: unknown): unknown => (Array.isArray(value) ? [...value].sort() : value);
  assert.deepEqual(order(actual), order(expected));
}
