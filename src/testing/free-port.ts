import { createServer } from 'node:net';

/**
 * Below the range from which systems take the ports of outgoing connections. A client that keeps dialling a stopped
 * server inside that range would now and then connect to itself, and hold the port when the server comes back.
 * Ten thousand more, the port of the cluster bus, is below it as well.
 */
const FIRST_PORT = 11_000;
const LAST_PORT = 21_999;
const ATTEMPTS = 100;

/** Resolves to a TCP port of 127.0.0.1 that nobody listens on now; another process may still take it first. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
    if (await isFree(port)) return port;
  }
  throw new Error(`Found no free TCP port between ${FIRST_PORT} and ${LAST_PORT} in ${ATTEMPTS} attempts.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
