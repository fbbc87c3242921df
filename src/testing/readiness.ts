import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL = 5;
const PING_TIMEOUT = 1_000;

/**
 * Asks the server behind a Unix socket until it serves commands.
 *
 * Resolves to `true` when it does, to `false` when `isOver()` says that asking is pointless. A server that wants a
 * password first is ready; one that is loading its data is not.
 */
export async function waitUntilReady(unixSocket: string, isOver: () => boolean): Promise<boolean> {
  while (!isOver()) {
    const reply = await ping(unixSocket);
    if (reply !== undefined && !reply.startsWith('-LOADING')) return true;
    await sleep(POLL_INTERVAL);
  }
  return false;
}

/** Resolves to the first line of the reply, or to `undefined` when there is none within a second. */
function ping(unixSocket: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path: unixSocket });
    let reply = '';
    const end = (line?: string): void => {
      socket.destroy();
      resolve(line);
    };
    socket.setTimeout(PING_TIMEOUT, () => end());
    socket.setEncoding('latin1');
    socket.on('error', () => end());
    socket.on('close', () => end());
    socket.on('data', (text: string) => {
      reply += text;
      const length = reply.indexOf('\r\n');
      if (length !== -1) end(reply.slice(0, length));
    });
    socket.write('*1\r\n$4\r\nPING\r\n');
  });
}
