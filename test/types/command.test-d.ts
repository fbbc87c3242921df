/** What the commands on commands evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { CommandDocs, CommandInfo, CommandKey } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const all = reply(exact.command());
eq<typeof all, CommandInfo[]>(true);
const arities = all.map(({ arity }) => arity);
eq<typeof arities, number[]>(true);
const count = reply(exact.commandCount());
eq<typeof count, bigint>(true);
const docs = reply(bytes.commandDocs());
eq<typeof docs, Record<string, CommandDocs>>(true);
const infos = reply(client.commandInfo());
eq<typeof infos, CommandInfo[]>(true);
const some = reply(client.commandInfo(['get', 'set']));
eq<typeof some, (CommandInfo | null)[]>(true);
const keys = reply(bytes.commandGetkeys(['GET', 'a']));
eq<typeof keys, Buffer[]>(true);
const flags = reply(client.commandGetkeysandflags(['GET', Buffer.of(1), 1n]));
eq<typeof flags, CommandKey<string>[]>(true);
const names = reply(bytes.commandList({ filterby: { pattern: 'x*' } }));
eq<typeof names, string[]>(true);

const [specification] = all[0]!.keySpecifications;
if (specification?.beginSearch.type === 'keyword') {
  eq<typeof specification.beginSearch.keyword, string>(true);
}
if (specification?.findKeys.type === 'range') {
  eq<typeof specification.findKeys.lastkey, number>(true);
}

void client.commandList();
// @ts-expect-error two filters
void client.commandList({ filterby: { module: 'a', aclcat: 'b' } });
// @ts-expect-error no such filter
void client.commandList({ filterby: { name: 'a' } });
// @ts-expect-error the words of a command are a list
void client.commandGetkeys('GET');
// @ts-expect-error no rest arguments
void client.commandGetkeys('GET', 'a');
