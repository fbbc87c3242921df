import { ConnectionError } from '../errors.ts';
import { endpointOf } from '../connection/settings.ts';
import { timerDelay } from '../util/timer.ts';

/** A host and its port. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** Gives the address to dial for one that was announced: for NAT, containers and tunnels. */
export type AddressRemap = (address: HostAddress) => HostAddress | Promise<HostAddress>;

/** Whether connections can be made to that port. */
export function isPort(port: unknown): port is number {
  return Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535;
}

/** What the user's function makes of an address. Its failure, or no answer within `timeout` ms, is a failure to connect. */
export async function remapped(
  remap: AddressRemap | undefined,
  address: HostAddress,
  timeout: number,
): Promise<HostAddress> {
  if (remap === undefined) return address;
  const endpoint = endpointOf(address);
  let found: HostAddress;
  try {
    found = await answerOf(remap, address, timeout);
  } catch (cause) {
    throw remapError(endpoint, cause);
  }
  return checked(found, endpoint);
}

/** The same, where nobody can wait for it: a function that gives a promise fails. */
export function remappedAtOnce(remap: AddressRemap | undefined, address: HostAddress): HostAddress {
  if (remap === undefined) return address;
  const endpoint = endpointOf(address);
  let found: HostAddress | Promise<HostAddress>;
  try {
    found = remap({ host: address.host, port: address.port });
  } catch (cause) {
    throw remapError(endpoint, cause);
  }
  if (!isPromise(found)) return checked(found, endpoint);
  // Nobody listens to what becomes of it.
  found.then(undefined, () => undefined);
  throw remapError(endpoint, new Error('it must not be async in a cluster'));
}

function remapError(endpoint: string, cause: unknown): ConnectionError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `addressRemap failed for ${endpoint}: ${reason}`;
  return new ConnectionError(message, { code: 'ADDRESS_REMAP_FAILED', endpoint, cause });
}

/** What was found, if one can dial it: the function is the user's. */
function checked(found: HostAddress | undefined, endpoint: string): HostAddress {
  if (typeof found?.host === 'string' && found.host !== '' && isPort(found.port)) {
    return { host: found.host, port: found.port };
  }
  const message = `addressRemap must give { host, port } for ${endpoint}`;
  throw new ConnectionError(message, { code: 'ADDRESS_REMAP_FAILED', endpoint });
}

function isPromise(found: HostAddress | Promise<HostAddress>): found is Promise<HostAddress> {
  return found instanceof Object && 'then' in found;
}

/** One that hangs must not hang all that wait for it, for ever. */
async function answerOf(remap: AddressRemap, { host, port }: HostAddress, timeout: number): Promise<HostAddress> {
  const found = remap({ host, port });
  if (!isPromise(found)) return found;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not answer within ${timeout} ms`)), timerDelay(timeout));
  });
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}
