/** That the blocks of the guide to modules run, and give what they show: on a stand-in for a server with the modules. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Valkey } from '../../src/index.ts';
import { moduleServer } from './module-server.ts';

const SOURCES = new URL('../../src/', import.meta.url).href;
const SECTION = /^## (?<heading>.*)$[^]*?(?=^## |$(?![^]))/gm;
const BLOCK = /^```typescript\n(?<code>[^]*?)^```$/gm;

type Run = (client: Valkey) => Promise<void>;

const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-modules-'));
after(() => rm(folder, { recursive: true }));

const guide = await readFile(new URL('../../docs/modules.md', import.meta.url), 'utf8');
for (const section of guide.matchAll(SECTION)) {
  const heading = section.groups!['heading']!;
  for (const block of section[0].matchAll(BLOCK)) {
    test(`docs/modules.md: ${heading}`, async () => {
      const code = block.groups!['code']!;
      const file = join(folder, `${heading.replace(/\W/g, '-')}.mts`);
      await writeFile(file, program(code));
      const { default: run } = (await import(pathToFileURL(file).href)) as { default: Run };
      await using server = await moduleServer(code, `guide: ${heading}`);
      await using client = new Valkey({ port: server!.port });
      await run(client);
      server!.done();
    });
  }
}

/** A module around a block: its imports lead to the sources, what it shows as a result is checked. */
function program(code: string): string {
  const imports = code.split('\n').filter((line) => line.startsWith('import '));
  const body = code.split('\n').filter((line) => !line.startsWith('import '));
  const checked = body.join('\n').replace(/^await (.*); \/\/ => (.*)$/gm, 'assert.deepEqual(await $1, $2);');
  const head = [
    "import assert from 'node:assert/strict';",
    "import { ResponseError, Valkey } from 'valkey-ts';",
    ...imports,
  ]
    .join('\n')
    .replace("'valkey-ts/commands'", `'${SOURCES}commands/index.ts'`)
    .replace("'valkey-ts'", `'${SOURCES}index.ts'`);
  return `${head}\nexport default async (client: Valkey): Promise<void> => {\n${checked}\n};\n`;
}
