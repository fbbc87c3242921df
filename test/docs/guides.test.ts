import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Valkey } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BLOCK = /^```ts\n(?<code>[^]*?)^```$/gm;

type Run = (client: Valkey, password: string) => Promise<void>;

// Guides show what the newest server does.
const server = await ValkeyServer.start({ version: '9.1' });
const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-guides-'));
after(async () => {
  await rm(folder, { recursive: true });
  await server.stop();
});

const guides = [
  'README.md',
  ...(await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
];

for (const guide of guides) {
  const text = await readFile(join(ROOT, guide), 'utf8');
  for (const match of text.matchAll(BLOCK)) {
    const line = text.slice(0, match.index).split('\n').length;
    test(`${guide}:${line} runs`, async () => {
      const file = join(folder, `${guide.replace(/\W/g, '-')}-${line}.mts`);
      await writeFile(file, program(match.groups!['code']!));
      const { default: run } = (await import(pathToFileURL(file).href)) as { default: Run };
      await using client = new Valkey({ port: server.port });
      await client.executeCommand('FLUSHALL');
      await run(client, 'secret');
    });
  }
}

test('every guide is linked from the README', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  for (const guide of guides.slice(1)) assert.ok(readme.includes(`(${guide})`), guide);
});

/** A module around a block: its imports lead to the sources, its server is ours, what it shows as a result is checked. */
function program(code: string): string {
  const lines = code.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const body = lines.filter((line) => !line.startsWith('import '));
  const named = body.some((line) => line.includes('ConnectionError')) && !imports.join().includes('ConnectionError');
  const modules = [
    "import assert from 'node:assert/strict';",
    ...(imports.some((line) => line.includes("'valkey-ts'")) ? [] : ["import { Valkey } from 'valkey-ts';"]),
    ...(named ? ["import { ConnectionError } from 'valkey-ts';"] : []),
    ...imports,
  ]
    .join('\n')
    .replaceAll("'valkey-ts/opentelemetry'", `'${pathToFileURL(join(ROOT, 'src/opentelemetry/index.ts')).href}'`)
    .replaceAll("'valkey-ts/testing'", `'${pathToFileURL(join(ROOT, 'src/testing/index.ts')).href}'`)
    .replaceAll("'valkey-ts'", `'${pathToFileURL(join(ROOT, 'src/index.ts')).href}'`);
  const checked = body
    .join('\n')
    .replaceAll('localhost:6379', `127.0.0.1:${server.port}`)
    .replace(/^await (.*); \/\/ => (.*)$/gm, 'assert.deepEqual(await $1, $2);');
  return `${modules}\nexport default async (client: Valkey, password: string): Promise<void> => {\n{\n${checked}\n}\n};\n`;
}
