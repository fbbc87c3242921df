import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Valkey } from '../../src/client/valkey.ts';
import { ValkeyServer } from '../../src/testing/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLE = /@example[^`@]*```ts\n(?<code>[^]*?)```/g;

interface Example {
  readonly place: string;
  readonly code: string;
}
type Check = (actual: unknown, expected: string) => void;
type Run = (client: Valkey, check: Check) => Promise<void>;

// Examples show what the newest server does.
const server = await ValkeyServer.start({ version: '9.1' });
const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-examples-'));
after(async () => {
  await rm(folder, { recursive: true });
  await server.stop();
});

for (const [index, example] of (await examples()).entries()) {
  test(example.place, async () => {
    const file = join(folder, `example-${index}.mts`);
    await writeFile(file, `export default async (client, check) => {\n${checked(example.code)}\n}`);
    const { default: run } = (await import(pathToFileURL(file).href)) as { default: Run };
    await using client = new Valkey({ port: server.port });
    await client.executeCommand('FLUSHALL');
    await run(client, check);
  });
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
