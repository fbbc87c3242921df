/** One pipeline of very many SETs, flushed now and then, in a process that may hold little: see pipeline-memory.test.ts. */
import { Valkey } from '../../../src/index.ts';

/** What the process is to do. */
export interface LongPipeline {
  readonly port: number;
  readonly commands: number;
}

/** How often the pipeline is flushed, in commands. */
const LOT = 10_000;

const { port, commands } = JSON.parse(process.argv[2] ?? '') as LongPipeline;
await using client = new Valkey({ port, socketTimeout: 60_000 });
await client.connect();
const value = 'x'.repeat(100);
let peak = 0;
const start = performance.now();
const pipeline = client.pipeline();
for (let i = 1; i <= commands; i++) {
  pipeline.set(`key:${i % 1000}`, value);
  if (i % LOT > 0) continue;
  await pipeline.flush();
  peak = Math.max(peak, process.memoryUsage().heapUsed);
}
const replies: unknown[] = await pipeline.execute();
const wrong = replies.filter((reply) => reply !== 'OK').length;
const milliseconds = Math.round(performance.now() - start);
console.log(JSON.stringify({ replies: replies.length, wrong, peakMb: Math.round(peak / 2 ** 20), milliseconds }));
