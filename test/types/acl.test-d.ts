/** What the commands on users evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { AclLogEntry, AclSetuserOptions, AclUser, ClientInfo } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const user = reply(client.aclGetuser('ada'));
eq<typeof user, AclUser<string> | null>(true);
const bytesUser = reply(bytes.aclGetuser('ada'));
eq<typeof bytesUser, AclUser<Buffer> | null>(true);
if (bytesUser !== null) {
  eq<typeof bytesUser.keys, Buffer[]>(true);
  eq<typeof bytesUser.commands, string>(true);
  const channels = bytesUser.selectors.map((selector) => selector.channels);
  eq<typeof channels, Buffer[][]>(true);
}
const log = reply(exact.aclLog(5));
eq<typeof log, AclLogEntry<string, bigint>[]>(true);
const bytesLog = reply(bytes.aclLog());
eq<typeof bytesLog, AclLogEntry<Buffer, number>[]>(true);
const info = bytesLog.map(({ clientInfo }) => clientInfo);
eq<typeof info, ClientInfo[]>(true);
const reset = reply(client.aclLog('reset'));
eq<typeof reset, 'OK'>(true);
const deleted = reply(exact.aclDeluser(['ada', 'bob']));
eq<typeof deleted, bigint>(true);
const verdict = reply(bytes.aclDryrun('ada', ['SET', 'k', 1]));
eq<typeof verdict, string>(true);
const categories = reply(bytes.aclCat());
eq<typeof categories, string[]>(true);
const whoami = reply(bytes.aclWhoami());
eq<typeof whoami, string>(true);
const password = reply(bytes.aclGenpass(128));
eq<typeof password, string>(true);
const set = reply(client.aclSetuser('ada', { passwords: { add: 'a', remove: ['b', Buffer.of(1)] } }));
eq<typeof set, 'OK'>(true);

void client.aclSetuser('ada');
void client.aclSetuser('ada', 'on');
void client.aclSetuser('ada', ['on', Buffer.of(1)] as const);
void client.aclSetuser('ada', { nopass: true, enabled: true, databases: [0, 1n] });
void client.aclSetuser('ada', { nopass: false, passwords: 'secret' });
declare const options: AclSetuserOptions;
void client.aclSetuser('ada', options);

// @ts-expect-error no password and a password
void client.aclSetuser('ada', { nopass: true, passwords: 'secret' });
// @ts-expect-error neither allowed nor forbidden
void client.aclSetuser('ada', { commands: 'get' });
// @ts-expect-error a category has an @
void client.aclSetuser('ada', { categories: '+read' });
// @ts-expect-error no such option
void client.aclSetuser('ada', { nopas: true });
// @ts-expect-error a selector resets nothing
void client.aclSetuser('ada', { selectors: { reset: true } });
// @ts-expect-error no such databases
void client.aclSetuser('ada', { databases: 'none' });
// @ts-expect-error no rest arguments
void client.aclSetuser('ada', 'on', '>secret');
// @ts-expect-error the words of a command are a list
void client.aclDryrun('ada', 'GET');
// @ts-expect-error no such operation
void client.aclLog('clear');
