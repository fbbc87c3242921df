/** What locks and leases evaluate to. Compiled, never run. */
import { Valkey, type Lease, type Lock, type LockAcquireOptions, type LockOptions } from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();

// ---- the same on every view
const lock = client.lock('name', {
  timeout: 10_000,
  sleep: 50,
  blocking: true,
  blockingTimeout: 1000,
  autoExtend: true,
});
eq<typeof lock, Lock>(true);
const binary = client.withOptions({ encoding: 'buffer', integers: 'bigint' }).lock(Buffer.from('name'));
eq<typeof binary, Lock>(true);
const lease = reply(lock.acquire({ token: Buffer.from('mine'), signal: AbortSignal.timeout(1000) }));
eq<typeof lease, Lease | null>(true);
const locked = reply(binary.locked({ timeout: 100 }));
eq<typeof locked, boolean>(true);

declare const held: Lease;
eq<typeof held.token, string | Uint8Array>(true);
eq<typeof held.fencing, number>(true);
eq<typeof held.signal, AbortSignal>(true);
const owned = reply(held.owned());
eq<typeof owned, boolean>(true);
const extended = reply(held.extend(1000, { replace: true }));
eq<typeof extended, void>(true);
const released = reply(held.release({ timeout: 100, signal: AbortSignal.timeout(50) }));
eq<typeof released, void>(true);

// ---- run gives what the work gives
const result = reply(lock.run(async (signal, own) => ({ aborted: signal.aborted, fencing: own.fencing })));
eq<typeof result, { aborted: boolean; fencing: number }>(true);
const plain = reply(lock.run(() => 'text', { blockingTimeout: 100 }));
eq<typeof plain, string>(true);

// ---- a lease that may not be there is disposed of all the same
async function disposes(): Promise<void> {
  await using own = await lock.acquire();
  void own;
}
void disposes;

declare const some: LockOptions | undefined;
void client.lock('name', some);
declare const further: LockAcquireOptions | undefined;
void lock.acquire(further);
void client.lock('name', { timeout: undefined });

// @ts-expect-error no such option
void client.lock('name', { ttl: 1 });
// @ts-expect-error milliseconds
void client.lock('name', { timeout: '10s' });
// @ts-expect-error a name is text or bytes
void client.lock(7);
// @ts-expect-error the lock's timeout is the lock's
void lock.acquire({ timeout: 1 });
// @ts-expect-error a token is text or bytes
void lock.acquire({ token: 7 });
// @ts-expect-error there may be none
void lease.release();
// @ts-expect-error milliseconds
void held.release({ timeout: '1s' });
// @ts-expect-error how is an option
void held.extend(1000, true);
