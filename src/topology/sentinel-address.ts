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
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectionError(`addressRemap failed for ${endpoint}: ${reason}`, {
      code: 'ADDRESS_REMAP_FAILED',
      endpoint,
      cause,
    });
  }
  if (typeof found?.host !== 'string' || found.host === '' || !isPort(found.port)) {
    const message = `addressRemap must give { host, port } for ${endpoint}`;
    throw new ConnectionError(message, { code: 'ADDRESS_REMAP_FAILED', endpoint });
  }
  return { host: found.host, port: found.port };
}

/** One that hangs must not hang all that wait for it, for ever. */
async function answerOf(remap: AddressRemap, { host, port }: HostAddress, timeout: number): Promise<HostAddress> {
  const found = remap({ host, port });
  if (!(found instanceof Object && 'then' in found)) return found;
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
