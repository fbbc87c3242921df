/**
 * The heavy forms of the failure tests, one line each with the numbers: `tsx scripts/soak.ts`, or `--short` for a minute of it.
 *
 * Ends with 1 when a promise of the client was broken. `CHAOS_SEED` repeats a run.
 */
import { abortRaces } from '../test/chaos/abort-races.ts';
import { crossedReplies } from '../test/chaos/crossed-replies.ts';
import { chaosSeed } from '../test/chaos/random.ts';
import { stoppedServer } from '../test/chaos/stopped-server.ts';

const MB = 1024 * 1024;
const isShort = process.argv.includes('--short');
const scale = isShort ? 0.1 : 1;
const seed = chaosSeed();

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

let broken = false;

function report(title: string, numbers: Readonly<Record<string, unknown>>, wrong: readonly unknown[]): void {
  const shown = Object.entries(numbers).map(([name, value]) => `${name} ${String(value)}`);
  console.log(`${wrong.length === 0 ? 'ok' : 'BROKEN'}  ${title}: ${shown.join(', ')}`);
  for (const each of wrong) console.log(`        ${String(each)}`);
  if (wrong.length > 0) broken = true;
}

const whole = (value: number): number => Math.round(value * scale);

for (const protocol of [3, 2] as const) {
  const { crossed, ...numbers } = await crossedReplies({ calls: whole(1_000_000), seed, protocol });
  report(`random GETs with timeouts, aborts and cuts, RESP${protocol}`, numbers, crossed);
}

{
  const { wrong, growth, growthUntilDrained, bound, ...numbers } = await stoppedServer({
    calls: whole(1_000_000),
    bound: 256 * MB,
  });
  const mb = (bytes: number): number => Math.round(bytes / MB);
  const allowed = bound + 64 * MB;
  const over = growth > allowed ? [`grew by more than ${mb(allowed)} MB while the server was stopped`] : [];
  const shown = {
    ...numbers,
    'bound MB': mb(bound),
    'grew by MB': mb(growth),
    'until drained by MB': mb(growthUntilDrained),
  };
  report('SETs of 10 KB to a stopped server', shown, [...wrong, ...over]);
}

for (const protocol of [3, 2] as const) {
  const { wrong, ...numbers } = await abortRaces({ races: whole(5000), seed, protocol, maxConnections: protocol * 2 });
  const { returned, left, pushed, blocked } = numbers;
  const lost = returned + left === pushed && blocked === 0 ? [] : ['an element was lost, or somebody is blocked'];
  report(`races of an abort and a push, RESP${protocol}`, numbers, [...wrong, ...lost]);
}

report('rejections that nobody handled', { count: unhandled.length, seed }, unhandled);
process.exit(broken ? 1 : 0);
