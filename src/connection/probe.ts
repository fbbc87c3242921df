import { connect, isIP } from 'node:net';

/** How long a probe waits for an answer, in milliseconds. */
const PATIENCE = 1000;

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Whether the peer at this address answers in TLS. Nothing else is said on that connection. */
export function speaksTls({ host, port }: Place): Promise<boolean> {
  const tls = process.getBuiltinModule('node:tls');
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    // Whose certificate it is makes no difference to whether it is one.
    const socket = tls.connect({ host, port, ...servername, rejectUnauthorized: false });
    const end = (isTls: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isTls);
    };
    const timer = setTimeout(end, PATIENCE, false).unref();
    socket.unref();
    socket.once('secureConnect', () => end(true));
    // A refusal is told in TLS too.
    socket.on('error', ({ code }: NodeJS.ErrnoException) => end(code?.includes('ALERT') === true));
    socket.once('close', () => end(false));
  });
}

/** Whether the peer at this address answers PING as a Valkey server does, without TLS. */
export function speaksResp({ host, port }: Place, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (isResp: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isResp);
    };
    const timer = setTimeout(end, PATIENCE, false).unref();
    socket.unref();
    socket.once('connect', () => socket.write('PING\r\n'));
    // A password it asks for, or a connection too many, is an answer too.
    socket.once('data', (bytes) => end(/^(\+PONG|-[A-Z]+ )/.test(bytes.toString('latin1'))));
    socket.on('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
