import { isIP, type TcpSocketConnectOpts } from 'node:net';
import type { ConnectionOptions, DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { endpointOf, type ConnectionSettings } from './settings.ts';
import { secureContext } from './tls-context.ts';
import { alertError, contextError, notSpoken } from './tls-failure.ts';
import type { TlsOptions } from './tls-options.ts';

/** A server that says nothing to TLS for this long is asked whether it speaks without, once; milliseconds. */
const SILENCE = 1000;

const probed = new WeakSet<ConnectionSettings['address']>();

/** What is told of TLS, besides the events of its socket. */
export interface TlsListener {
  /** TLS stands; whether the certificate was revoked is being found out. */
  checking(): void;
  /** TLS stands, and all that was asked for is verified. */
  connected(): void;
}

/** Starts connecting with TLS. The module `node:tls` is loaded when first needed: it costs 4 ms of start-up. */
export function connectTls(settings: ConnectionSettings, tls: TlsOptions, options: TcpSocketConnectOpts): TLSSocket {
  const { connect } = process.getBuiltinModule('node:tls');
  const endpoint = endpointOf(settings.address);
  const host = 'path' in settings.address ? undefined : settings.address.host;
  const all = {
    ...options,
    // Server Name Indication carries names only; the certificate is checked against the host either way.
    ...(host !== undefined && isIP(host) === 0 ? { servername: host } : {}),
    ...tls,
    secureContext: secureContext(tls, endpoint),
    ...(tls.ocsp?.mode === 'staple' ? { requestOCSP: true } : {}),
  };
  try {
    return connect(all as ConnectionOptions);
  } catch (cause) {
    throw contextError(endpoint, tls, undefined, cause);
  }
}

/** Follows the handshake, and finds out whether the certificate was revoked before anything is sent. */
export function followTls(
  socket: TLSSocket,
  settings: ConnectionSettings,
  tls: TlsOptions,
  listener: TlsListener,
): void {
  watchSilence(socket, settings);
  if (tls.ocsp === undefined) {
    socket.on('secureConnect', () => listener.connected());
    return;
  }
  let staple: Buffer | undefined;
  const gone = new AbortController();
  socket.on('OCSPResponse', (response: Buffer | null) => (staple = response ?? undefined));
  socket.on('close', () => gone.abort());
  socket.on('secureConnect', () => {
    listener.checking();
    const endpoint = endpointOf(settings.address);
    import('./ocsp.ts')
      .then(({ checkRevocation }) =>
        checkRevocation({ endpoint, tls, chain: chainOf(socket), staple, signal: gone.signal }),
      )
      .then(
        () => {
          if (!socket.destroyed) listener.connected();
        },
        (error: Error) => socket.destroy(error),
      );
  });
}

/** An error of the socket, named if the server said what it is about. */
export function namedError(error: Error, socket: TLSSocket, settings: ConnectionSettings, tls: TlsOptions): Error {
  const agreed = chainOf(socket).length > 0;
  const hasCertificate = [tls.cert, tls.certFile, tls.pfx, tls.secureContext].some((each) => each !== undefined);
  return alertError({ endpoint: endpointOf(settings.address), cause: error, agreed, hasCertificate }) ?? error;
}

/** The certificates that the server has shown, and those that Node knows behind them, DER, the server's own first. */
function chainOf(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let next = socket.getPeerCertificate(true) as DetailedPeerCertificate | undefined;
  while (next?.raw !== undefined && !chain.some((each) => each.equals(next!.raw))) {
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
}

/** A plain Valkey server waits for the end of what it takes for a command: nothing tells it from a slow one but asking it without TLS. */
function watchSilence(socket: TLSSocket, { address, connectTimeout }: ConnectionSettings): void {
  if ('path' in address || probed.has(address)) return;
  const over = new AbortController();
  const timer = setTimeout(
    () => {
      probed.add(address);
      import('./probe.ts')
        .then(({ speaksResp }) => speaksResp(address, over.signal))
        .then((isPlain) => isPlain && !over.signal.aborted && socket.destroy(notSpoken(endpointOf(address))))
        // Whatever a probe meets, the dial tells better.
        .catch(() => undefined);
    },
    Math.min(SILENCE, connectTimeout / 2),
  );
  const end = (): void => {
    clearTimeout(timer);
    over.abort();
  };
  socket.once('secureConnect', end);
  socket.once('close', end);
}
