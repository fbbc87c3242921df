import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Address } from './types.ts';

/** Starts a process that publishes messages of `size` bytes until it is stopped. */
export function startPublisher(server: Address, size: number | 'mixed'): { stop(): void } {
  const script = fileURLToPath(new URL('child/publisher.mjs', import.meta.url));
  const { host, port } = server;
  const publisher = fork(script, [JSON.stringify({ host, port, size })], { execArgv: [] });
  return { stop: () => void publisher.kill() };
}
