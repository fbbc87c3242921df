/** What the commands on modules evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { LoadedModule } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const modules = reply(bytes.moduleList());
eq<typeof modules, LoadedModule<number>[]>(true);
const exactModules = reply(exact.moduleList());
eq<typeof exactModules, LoadedModule<bigint>[]>(true);
const loaded = reply(client.moduleLoad('/m.so', ['a', 1]));
eq<typeof loaded, 'OK'>(true);
const configured = reply(client.moduleLoadex('/m.so', { config: { 'm.a': 1 }, args: 'a' }));
eq<typeof configured, 'OK'>(true);
const unloaded = reply(client.moduleUnload('m'));
eq<typeof unloaded, 'OK'>(true);

// @ts-expect-error no such option
void client.moduleLoadex('/m.so', { configs: {} });
// @ts-expect-error arguments are an option
void client.moduleLoadex('/m.so', ['a']);
// @ts-expect-error no rest arguments
void client.moduleLoad('/m.so', 'a', 'b');
