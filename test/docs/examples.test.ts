import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Valkey } from '../../src/client/valkey.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { ValkeySentinel } from '../../src/testing/valkey-sentinel.ts';
import { moduleServer } from './module-server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLE = /@example[^`@]*```ts\n(?<code>[^]*?)```/g;

/** The first line of an example whose client is connected to a Sentinel, which monitors the server as `main`. */
const ON_SENTINEL = '// on a Sentinel\n';
/** The first line of an example whose client is connected to a cluster, of one node with all slots. */
const IN_CLUSTER = '// in a cluster\n';

interface Example {
  readonly place: string;
  readonly code: string;
}
type Check = (actual: unknown, expected: string) => void;
type Run = (client: Valkey, check: Check) => Promise<void>;

// Examples show what the newest server does.
const server = await ValkeyServer.start({ version: '9.1' });
const sentinel = await ValkeySentinel.start({ version: '9.1' });
// A node that had no slots for a while waits before it serves again, the longer the longer this timeout.
const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '500'];
const cluster = await ValkeyServer.start({ version: '9.1', args });
{
  await using client = new Valkey({ port: cluster.port });
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
    await writeFile(file, `export default async (client, check) => {\n${checked(example.code)}\n}`);
    const { default: run } = (await import(pathToFileURL(file).href)) as { default: Run };
    const onSentinel = example.code.startsWith(ON_SENTINEL);
    const plain = example.code.startsWith(IN_CLUSTER) ? cluster : server;
    await using module = await moduleServer(example.code);
    await using client = new Valkey({ port: (module ?? (onSentinel ? sentinel : plain)).port });
    if (module === undefined) await (onSentinel ? monitorAnew(client) : client.executeCommand('FLUSHALL'));
    await run(client, check);
    module?.done();
  });
}

async function monitorAnew(client: Valkey): Promise<void> {
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

/** Turns `await call(); // => value` into a check of the value. */
function checked(code: string): string {
  return code.replace(/^await (.*); \/\/ => (.*)$/gm, (_, call: string, value: string) => {
    return `check(await ${call}, ${JSON.stringify(value)});`;
  });
}

function check(actual: unknown, text: string): void {
  if (text.startsWith('<Buffer')) return void assert.ok(Buffer.isBuffer(actual));
  const expected: unknown = new Function(`return (${text})`)();
  // What a server gives in no order may come in any.
  const order = (value: unknown): unknown => (Array.isArray(value) ? [...value].sort() : value);
  assert.deepEqual(order(actual), order(expected));
}
