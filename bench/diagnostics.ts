/**
 * What diagnostics cost while nobody listens: the client as it is, beside one from which every look for listeners is built out.
 * `npx tsx diagnostics.ts [processes]`; exits 1 when it is 1 % of the CPU time of a GET, or more, beyond doubt.
 *
 * Two runs of one program differ by more than that, by what the compiler makes of it. So there are many processes of each, which take
 * turns; and a third client, which is the first once more, shows what such a comparison gives for no difference at all.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { median, quantile, sampleWithReplacement, shuffle } from 'simple-statistics';

import { ValkeyServer } from '../src/testing/index.ts';

/** One at a time, a GET costs fifty times as much, most of it in the kernel: what a look costs does not show there. */
const WORKLOADS: Readonly<Record<string, number>> = { '1000 in flight': 1000, '100 in flight': 100 };
const CLIENTS = ['plain', 'again', 'without'];
const MOST = 0.01;
/** How often medians are taken of values drawn anew from those that were measured, to see how far to trust them. */
const DRAWS = 2000;
const processes = Number(process.argv[2] ?? 80);

/** Answers what the library asks of its channels with "nobody", so that the compiler drops the rest. */
const LOOKS: readonly (readonly [question: RegExp, answer: string])[] = [
  [/(function isTraced\(\): boolean \{)[^}]*\}/, '$1 return false; }'],
  [/(function isUnderWay\(\): boolean \{)[^}]*\}/, '$1 return false; }'],
];

const withoutLooks: Plugin = {
  name: 'without-looks',
  setup: ({ onLoad }) =>
    onLoad({ filter: /src[/\\]diagnostics\.ts$/ }, async ({ path: file }) => {
      let contents = await readFile(file, 'utf8');
      for (const [question, answer] of LOOKS) {
        if (!question.test(contents)) throw new Error(`${String(question)} is not in ${path.basename(file)}`);
        contents = contents.replace(question, answer);
      }
      return { contents, loader: 'ts' };
    }),
};

async function bundle(outfile: string, plugins: Plugin[]): Promise<void> {
  const entry = new URL('../src/index.ts', import.meta.url).pathname;
  await build({
    entryPoints: [entry],
    outfile,
    plugins,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
}

/** CPU time per command of one process, in microseconds. */
async function measure(bundle: string, port: number, inFlight: number): Promise<number> {
  const program = new URL('child/diagnostics.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, bundle, String(port), String(inFlight)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`a client has ended with ${code}`);
  return Number(text);
}

interface Difference {
  readonly more: number;
  /** 95 % of the draws lie between these. */
  readonly least: number;
  readonly most: number;
}

/** How much more the first costs, as a part of the second. */
function difference(costs: readonly number[], others: readonly number[]): Difference {
  const ratio = (a: readonly number[], b: readonly number[]): number => median([...a]) / median([...b]) - 1;
  const drawn = Array.from({ length: DRAWS }, () =>
    ratio(sampleWithReplacement([...costs], costs.length), sampleWithReplacement([...others], others.length)),
  );
  return { more: ratio(costs, others), least: quantile(drawn, 0.025), most: quantile(drawn, 0.975) };
}

const percent = ({ more, least, most }: Difference): string =>
  `${(more * 100).toFixed(2)} % [${(least * 100).toFixed(2)}..${(most * 100).toFixed(2)}]`;

const folder = await mkdtemp(path.join(tmpdir(), 'valkey-ts-diagnostics-'));
try {
  await bundle(path.join(folder, 'plain.mjs'), []);
  await bundle(path.join(folder, 'again.mjs'), []);
  await bundle(path.join(folder, 'without.mjs'), [withoutLooks]);
  await using server = await ValkeyServer.start();
  for (const [name, inFlight] of Object.entries(WORKLOADS)) {
    const costs = new Map<string, number[]>(CLIENTS.map((client) => [client, []]));
    for (let i = 0; i < processes; i++) {
      for (const client of shuffle([...CLIENTS])) {
        costs.get(client)!.push(await measure(path.join(folder, `${client}.mjs`), server.port, inFlight));
      }
    }
    const [plain, again, without] = CLIENTS.map((client) => costs.get(client)!) as [number[], number[], number[]];
    const cost = difference(plain, without);
    console.log(
      `${name}: ${median(plain).toFixed(3)} us, of which diagnostics are ${percent(cost)}; no difference at all gives ${percent(difference(plain, again))}`,
    );
    if (cost.least >= MOST) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true });
}
