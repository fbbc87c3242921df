/** What the commands on latency evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { LatencyEvent, LatencyHistogram, LatencySample } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const histograms = reply(exact.latencyHistogram('set'));
eq<typeof histograms, Record<string, LatencyHistogram<bigint>>>(true);
const buckets = histograms['set']!.histogramUsec;
eq<typeof buckets, [usec: bigint, calls: bigint][]>(true);
const samples = reply(client.latencyHistory('command'));
eq<typeof samples, LatencySample<number>[]>(true);
const events = reply(bytes.latencyLatest());
eq<typeof events, LatencyEvent<number>[]>(true);
const reset = reply(exact.latencyReset(['command', 'fork']));
eq<typeof reset, bigint>(true);
const graph = reply(bytes.latencyGraph('command'));
eq<typeof graph, string>(true);

// @ts-expect-error an event
void client.latencyGraph();
// @ts-expect-error no rest arguments
void client.latencyReset('command', 'fork');
