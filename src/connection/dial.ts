import { connect as connectTcp, type Socket, type TcpSocketConnectOpts } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastBuffer } from '../protocol/bytes.ts';
import { ownBuffer } from '../protocol/bytes.ts';
import { connectTls, followTls, namedError, type TlsListener } from './dial-tls.ts';
import { endpointOf, type Address, type ConnectionSettings } from './settings.ts';
import { tlsRequired } from './tls-failure.ts';

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
export interface SocketListener extends TlsListener {
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
  const { tls } = settings;
  const socket = tls === undefined ? connectTcp(options) : connectTls(settings, tls, options);
  if (settings.keepAlive !== false) socket.setKeepAlive(true, settings.keepAlive);
  if (tls === undefined) socket.on('connect', () => listener.connected());
  else followTls(socket as TLSSocket, settings, tls, listener);
  if (!READS_INTO_BUFFER) socket.on('data', (bytes: Buffer) => listener.received(bytes, 0, bytes.length));
  let failure: Error | undefined;
  let isEnded = false;
  socket.on('error', (error: Error) => {
    failure = tls === undefined ? error : namedError(error, socket as TLSSocket, settings, tls);
  });
  socket.on('drain', () => listener.drained());
  socket.on('end', () => {
    isEnded = true;
    socket.destroy();
  });
  socket.on('close', () => {
    const isMute = socket.bytesRead === 0 && socket.bytesWritten > 0 && (isEnded || failure !== undefined);
    if (tls === undefined && isMute)
      askForTls(address, failure).then(listener.closed.bind(listener), () => listener.closed(failure));
    else listener.closed(failure);
  });
  return socket;
}

const probed = new WeakSet<Address>();

/**
 * Why a plain connection was closed without a word. A TLS server does so, and tells nobody why: it is asked by a TLS handshake, once
 * for each address of a client.
 */
async function askForTls(address: Address, failure: Error | undefined): Promise<Error | undefined> {
  if ('path' in address || probed.has(address)) return failure;
  probed.add(address);
  const { speaksTls } = await import('./probe.ts');
  return (await speaksTls(address)) ? tlsRequired(endpointOf(address), failure) : failure;
}
