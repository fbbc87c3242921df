import { connect as connectTcp, isIP, type Socket, type TcpSocketConnectOpts } from 'node:net';
import type { FastBuffer } from '../protocol/bytes.ts';
import { ownBuffer } from '../protocol/bytes.ts';
import { ConnectionError } from '../errors.ts';
import { endpointOf, type ConnectionSettings } from './settings.ts';

/** Room in front of what is read, for the rest of the read before: then a reply cut in two is joined without copying the second half. */
const HEADROOM = 64 * 1024;
/** 64 KiB per read: larger buffers leave the cache (LRANGE -10 %), smaller ones cost more calls. */
const READ_SIZE = 64 * 1024;

/**
 * One buffer that every connection of this thread reads into: a read is parsed before the next can begin.
 * Reading into it spares a Buffer per read, a fifth of the CPU time of one command at a time.
 */
const readBuffer: FastBuffer = ownBuffer(HEADROOM + READ_SIZE);

/** What a dialled socket tells. */
export interface SocketListener {
  /** The TCP (or Unix) connection stands, TLS included where it is asked for. */
  connected(): void;
  /** Bytes `[start, end)` came; they are gone when this returns. */
  received(bytes: Buffer, start: number, end: number): void;
  drained(): void;
  /** The socket is done for, for this reason if there is one. Called once. */
  closed(error: Error | undefined): void;
}

/** Bun and Deno have no read buffer of the caller's; they get the ordinary events. */
const READS_INTO_BUFFER = typeof process.versions.bun !== 'string' && typeof process.versions['deno'] !== 'string';

/** Starts connecting a socket. Whatever goes wrong is told to the listener, later. */
export function dial(settings: ConnectionSettings, listener: SocketListener): Socket {
  const { address } = settings;
  const target: TcpSocketConnectOpts | { path: string } =
    'path' in address
      ? { path: address.path }
      : {
          host: address.host,
          port: address.port,
          ...(settings.family === undefined ? {} : { family: settings.family }),
        };
  const reading = READS_INTO_BUFFER
    ? {
        onread: {
          buffer: readBuffer.subarray(HEADROOM),
          callback: (length: number): boolean => {
            listener.received(readBuffer, HEADROOM, HEADROOM + length);
            return true;
          },
        },
      }
    : {};
  const options = { ...target, ...reading, noDelay: settings.noDelay } as TcpSocketConnectOpts;
  const socket = settings.tls === undefined ? connectTcp(options) : connectTls(settings, options);
  if (settings.keepAlive !== false) socket.setKeepAlive(true, settings.keepAlive);
  socket.on(settings.tls === undefined ? 'connect' : 'secureConnect', () => listener.connected());
  if (!READS_INTO_BUFFER) socket.on('data', (bytes: Buffer) => listener.received(bytes, 0, bytes.length));
  let failure: Error | undefined;
  socket.on('error', (error: Error) => {
    failure = error;
  });
  socket.on('drain', () => listener.drained());
  socket.on('end', () => socket.destroy());
  socket.on('close', () => listener.closed(failure));
  return socket;
}

/** Loaded when first needed: TLS costs 4 ms of start-up. */
function connectTls(settings: ConnectionSettings, options: TcpSocketConnectOpts): Socket {
  const tls = process.getBuiltinModule('node:tls');
  const host = 'path' in settings.address ? undefined : settings.address.host;
  try {
    return tls.connect({
      ...options,
      // Server Name Indication carries names only; the certificate is checked against the host either way.
      ...(host !== undefined && isIP(host) === 0 ? { servername: host } : {}),
      ...settings.tls,
    });
  } catch (cause) {
    // Some options, such as certificates, only the TLS library can judge.
    const endpoint = endpointOf(settings.address);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectionError(`cannot connect to ${endpoint}: ${reason}`, { code: 'INVALID_OPTION', endpoint, cause });
  }
}
