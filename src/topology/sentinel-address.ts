import { ConnectionError } from '../errors.ts';
import { endpointOf } from '../connection/settings.ts';

/** A host and its port. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** Gives the address to dial for one that was announced: for NAT, containers and tunnels. */
export type AddressRemap = (address: HostAddress) => HostAddress | Promise<HostAddress>;

/** What the user's function makes of an address. Its failure is a failure to connect. */
export async function remapped(remap: AddressRemap | undefined, address: HostAddress): Promise<HostAddress> {
  if (remap === undefined) return address;
  const endpoint = endpointOf(address);
  let found: HostAddress;
  try {
    found = await remap({ host: address.host, port: address.port });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectionError(`addressRemap failed for ${endpoint}: ${reason}`, {
      code: 'ADDRESS_REMAP_FAILED',
      endpoint,
      cause,
    });
  }
  if (typeof found?.host !== 'string' || found.host === '' || !Number.isInteger(found.port)) {
    const message = `addressRemap must give { host, port } for ${endpoint}`;
    throw new ConnectionError(message, { code: 'ADDRESS_REMAP_FAILED', endpoint });
  }
  return { host: found.host, port: found.port };
}
