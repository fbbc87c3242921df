import type { NetConnectOpts } from 'node:net';

const LAST_PORT = 65_535;

/** Where a proxy forwards to. */
export type FaultProxyTarget = { readonly host?: string; readonly port: number } | { readonly path: string };

/**
 * How a proxy dials its target; of a server, which is a target too, only these members. Throws a `RangeError`, in the name of the method
 * that was given it, for what cannot be dialled: it would be found out with the first connection only, in the middle of a test.
 */
export function dialOf(target: FaultProxyTarget, method: string): NetConnectOpts {
  if (typeof target !== 'object' || target === null || !('port' in target || 'path' in target)) {
    throw new RangeError(`${method}() needs a server, { host, port } or { path }.`);
  }
  if (!('port' in target)) {
    const { path } = target;
    if (typeof path === 'string' && path !== '') return { path };
    throw new RangeError(`${method}() needs the path of a socket, which is not empty.`);
  }
  const { host = '127.0.0.1', port } = target;
  if (typeof host !== 'string' || host === '') throw new RangeError(`${method}() needs the name of a host.`);
  // A server with `tls: 'only'` has no plain port, and says 0: its proxy is started with its `tlsPort`.
  if (Number.isInteger(port) && port >= 1 && port <= LAST_PORT) return { host, port };
  throw new RangeError(`${method}() needs a port from 1 to ${LAST_PORT}, not ${String(port)}.`);
}
