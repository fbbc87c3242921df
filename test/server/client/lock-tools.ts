import assert from 'node:assert/strict';
import { LockNotOwnedError, type Lease, type LockOptions, type Valkey, type View } from '../../../src/index.ts';
import { blockedClients, typed } from './tools.ts';

/** The lease of a lock that is free. */
export async function acquired(client: Pick<View, 'lock'>, name: string, options?: LockOptions): Promise<Lease> {
  const lease = await client.lock(name, options).acquire({ blocking: false });
  assert.ok(lease !== null, `${name} is free`);
  return lease;
}

/** The lease of an acquisition that must succeed. */
export async function leaseOf(acquisition: Promise<Lease | null>): Promise<Lease> {
  const lease = await acquisition;
  assert.ok(lease !== null, 'it is acquired');
  return lease;
}

/** Resolves with the reason of a lease's signal, when it fires. */
export function fired(lease: Lease): Promise<LockNotOwnedError> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(typed(lease.signal.reason, LockNotOwnedError, 'LOCK_NOT_OWNED'));
    if (lease.signal.aborted) tell();
    else lease.signal.addEventListener('abort', tell, { once: true });
  });
}

/** Whether so many clients of the server listen for a release. */
export function listens(admin: Pick<Valkey, 'executeCommand'>, count: number): () => Promise<boolean> {
  return async () => (await blockedClients(admin)) === count;
}
