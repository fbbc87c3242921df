import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Valkey, ValkeyCluster } from '../../src/index.ts';
import { type ClusterDeployment, ValkeyServer } from '../../src/testing/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BLOCK = /^```ts\n(?<code>[^]*?)^```$/gm;

type Run = (client: Valkey | ValkeyCluster, password: string) => Promise<void>;

/** The guide whose blocks run on a cluster, which they call so. */
const OF_CLUSTERS = 'docs/cluster.md';

// Guides show what the newest server does.
const server = await ValkeyServer.start({ version: '9.1' });
const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-guides-'));
let deployment: ClusterDeployment | undefined;
after(async () => {
  await rm(folder, { recursive: true });
  await server.stop();
  await deployment?.stop();
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
      if (guide === OF_CLUSTERS) deployment ??= await ValkeyServer.startCluster({ replicas: 1, version: '9.1' });
      await writeFile(file, program(match.groups!['code']!, guide === OF_CLUSTERS ? 'cluster' : 'client'));
      const { default: run } = (await import(pathToFileURL(file).href)) as { default: Run };
      await using client =
        guide === OF_CLUSTERS
          ? new ValkeyCluster({ startupNodes: deployment!.startupNodes })
          : new Valkey({ port: server.port });
      await client.flushall();
      await run(client, 'secret');
    });
  }
}

test('every guide is linked from the README', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  for (const guide of guides.slice(1)) assert.ok(readme.includes(`(${guide})`), guide);
});

/** A module around a block: its imports lead to the sources, its server is ours, what it shows as a result is checked. */
function program(code: string, name: string): string {
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
    .replaceAll('localhost:7000', `127.0.0.1:${deployment?.nodes[0]?.port}`)
    .replace(/^await (.*); \/\/ => (.*)$/gm, 'assert.deepEqual(await $1, $2);');
  return `${modules}\nexport default async (${name}: unknown, password: string): Promise<void> => {\n{\n${checked}\n}\n};\n`;
}
