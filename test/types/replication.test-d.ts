/** What commands on primaries and replicas evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { RoleReply } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const exact = client.withOptions({ encoding: 'buffer', integers: 'bigint' });

const role = reply(client.role());
eq<typeof role, RoleReply<number>>(true);
const bigRole = reply(exact.role());
eq<typeof bigRole, RoleReply<bigint>>(true);
if (bigRole.role === 'primary') {
  eq<typeof bigRole.offset, bigint>(true);
  eq<typeof bigRole.replicas, { readonly host: string; readonly port: number; readonly offset: bigint }[]>(true);
} else if (bigRole.role === 'replica') {
  eq<typeof bigRole.primary, { readonly host: string; readonly port: number }>(true);
  eq<typeof bigRole.state, string>(true);
} else {
  eq<typeof bigRole.primaries, string[]>(true);
}

const follows = reply(exact.replicaof('127.0.0.1', 6379n));
eq<typeof follows, 'OK'>(true);
const leads = reply(client.slaveof('no one'));
eq<typeof leads, 'OK'>(true);
const to = { host: '127.0.0.1', port: 6380 };
const swaps = reply(client.failover({ to, force: true, timeout: 1000 }));
eq<typeof swaps, 'OK'>(true);
void client.failover();
void client.failover({ timeout: 1000n });
void client.failover({ to });
void client.failover({ abort: true });

// @ts-expect-error a host needs a port
void client.replicaof('127.0.0.1');
// @ts-expect-error the words are one
void client.replicaof('no', 'one');
// @ts-expect-error nothing goes with abort
void client.failover({ abort: true, timeout: 1 });
// @ts-expect-error forced only after a time
void client.failover({ to, force: true });
// @ts-expect-error forced only to a target
void client.failover({ force: true, timeout: 1 });
// @ts-expect-error no text
void client.failover({ to: '127.0.0.1:6380' });
