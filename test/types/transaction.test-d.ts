/** What commands of transactions evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const session = await client.session();

const begun = reply(session.multi());
eq<typeof begun, 'OK'>(true);
const replies = reply(session.exec());
eq<typeof replies, unknown[] | null>(true);
const known = reply(session.exec<['OK', string | null]>());
eq<typeof known, ['OK', string | null] | null>(true);
const discarded = reply(session.discard());
eq<typeof discarded, 'OK'>(true);
const watched = reply(session.watch(['a', Buffer.of(1)] as const));
eq<typeof watched, 'OK'>(true);
const unwatched = reply(session.unwatch());
eq<typeof unwatched, 'OK'>(true);

// @ts-expect-error keys are needed
void session.watch();
// @ts-expect-error no rest arguments
void session.watch('a', 'b');
// @ts-expect-error replies are a list
void session.exec<string>();
// @ts-expect-error nothing to be given
void session.multi({});
