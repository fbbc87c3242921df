/**
 * Chaos for a time: `npm run chaos -- --seconds 600`. Each seed is a scenario, the next seed the next one.
 *
 * `--only trouble,cache` takes these scenarios alone, `--seed 7` begins there, and without `--seconds` runs that one only. `--scale 1` is
 * the heavy form of each. Prints what was tried for each seed and the command that repeats it, and ends with 1 when a promise of the client
 * was broken: by a scenario, by a command that never ended, a rejection that nobody handled, or a heap or handles that grew.
 */
import { parseArgs } from 'node:util';
import { Random } from '../test/chaos/random.ts';
import { scenarios } from '../test/chaos/scenarios.ts';
import { Watch } from '../test/chaos/watch.ts';
import { Report } from './report.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string' },
    scale: { type: 'string', default: '0.1' },
    only: { type: 'string', default: Object.keys(scenarios).join(',') },
  },
});
const names = values.only.split(',');
for (const name of names)
  if (scenarios[name] === undefined)
    throw new Error(`no scenario ${name}; there are ${Object.keys(scenarios).join(', ')}`);

const scale = Number(values.scale);
const seconds = Number(values.seconds ?? (values.seed === undefined ? 60 : 0));
const start = performance.now();
const report = new Report();
const watch = new Watch();

let seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) + 1 : Number(values.seed);
let rounds = 0;
do {
  const name = names[seed % names.length]!;
  const { title, byProtocol, run } = scenarios[name]!;
  const protocol = byProtocol && new Random(seed).chance(0.5) ? 2 : 3;
  const { numbers, wrong } = await run({ seed, protocol, scale });
  const left = await watch.check();
  report.add(`seed ${seed}, ${title}, RESP${protocol}`, numbers, [...wrong, ...left]);
  if (wrong.length + left.length > 0)
    console.log(`        again: npm run chaos -- --only ${name} --seed ${seed} --scale ${scale}`);
  seed++;
  rounds++;
} while (performance.now() - start < seconds * 1000);

const { numbers, wrong } = watch.finish();
const minutes = Number(((performance.now() - start) / 60_000).toFixed(1));
report.add('all of it', { rounds, minutes, ...numbers }, wrong);
process.exit(report.isBroken ? 1 : 0);
