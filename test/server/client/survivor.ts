/** Works with a server that keeps dying, listens to nothing, and catches only what its own calls reject with. See test/chaos/deaths.ts. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey } from '../../../src/index.ts';

const { port } = JSON.parse(process.argv[2] ?? '') as { port: number };
const client = new Valkey({ port, socketTimeout: 1000 });
const idle = await new Valkey({ port }).connect();
const calls = { made: 0, ok: 0, failed: 0 };

function call(promise: Promise<unknown>): void {
  calls.made++;
  promise.then(
    () => calls.ok++,
    () => calls.failed++,
  );
}

let isOver = false;
process.stdin.on('end', () => (isOver = true)).resume();
while (!isOver) {
  call(client.get('k'));
  call(client.incr('n'));
  call(client.blpop('nothing', 0.01));
  await sleep(3);
}
const last = [await client.executeCommand('PING'), await idle.executeCommand('PING')];
await Promise.all([client.close(), idle.close()]);
writeSync(1, JSON.stringify({ ...calls, last }));
