/** What the commands on the configuration evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });

const parameters = reply(bytes.configGet(['maxmemory', 'slowlog-*']));
eq<typeof parameters, Record<string, string>>(true);
const set = reply(client.configSet('maxmemory', '1mb'));
eq<typeof set, 'OK'>(true);
const rewritten = reply(bytes.configRewrite());
eq<typeof rewritten, 'OK'>(true);

void client.configSet({ timeout: 1, maxmemory: 0n });
void client.configSet([['timeout', 1]]);
void client.configSet(new Map([['timeout', 1]]));
// @ts-expect-error a parameter without its value
void client.configSet('timeout');
// @ts-expect-error a boolean is no value: yes and no are
void client.configSet('appendonly', true);
// @ts-expect-error no pattern
void client.configGet();
// @ts-expect-error no rest arguments
void client.configGet('a', 'b');
