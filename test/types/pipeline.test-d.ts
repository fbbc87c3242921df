/** What pipelines, batches and transactions evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { Key, Namespace, Result, ScoredMember, Surface } from '../../src/commands/index.ts';
import type { Batch, Filled, Pipeline, Transaction } from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

declare class Counters<in out S extends Surface> extends Namespace<S> {
  next(key: Key): Result<S, number>;
}

const client = new Valkey();

// Pipelines and transactions: a tuple of the replies, in order.

const three = reply(client.pipeline().set('a', 1).get('a').incr('n').execute());
eq<typeof three, ['OK', string | null, number]>(true);
const multi = reply(client.multi().hgetall('h').zrange('z', 0, -1, { withscores: true }).execute());
eq<typeof multi, [Record<string, string>, ScoredMember<string>[]]>(true);
const asOne = reply(client.pipeline({ transaction: true }).exists('a').execute());
eq<typeof asOne, [number]>(true);
const settled = reply(client.pipeline().set('a', 1).get('a').executeSettled());
eq<typeof settled, [PromiseSettledResult<'OK'>, PromiseSettledResult<string | null>]>(true);
const overloaded = reply(client.multi().set('a', 1, { get: true }).set('a', 1, { condition: 'nx' }).execute());
eq<typeof overloaded, [string | null, 'OK' | null]>(true);
const any = reply(client.pipeline().executeCommand('PING').executeCommand<number>('INCR', 'n').execute());
eq<typeof any, [unknown, number]>(true);

// Filled without chaining, only the server knows.
const filled = client.pipeline();
for (const key of ['a', 'b']) filled.get(key);
const unknowns = reply(filled.execute());
eq<typeof unknowns, unknown[]>(true);
const unsettled = reply(filled.executeSettled());
eq<typeof unsettled, PromiseSettledResult<unknown>[]>(true);
const flushed = reply(filled.flush());
eq<typeof flushed, void>(true);

// Views.

const binary = client.withOptions({ encoding: 'buffer', integers: 'bigint' });
const bytes = reply(binary.pipeline().get('a').incr('n').hgetall('h').strlen('a').execute());
eq<typeof bytes, [Buffer | null, bigint, [Buffer, Buffer][], bigint]>(true);
const slots = reply(binary.batch((b) => [b.get('a'), b.incr('n')]));
eq<typeof slots, [Buffer | null, bigint]>(true);
const inTransaction = reply(binary.transaction(async (tx) => await tx.multi().get('a').incr('n').execute()));
eq<typeof inTransaction, [Buffer | null, bigint]>(true);

// Modules and namespaces give the pipeline they were called on.

const modules = reply(
  client.pipeline().set('a', 1).json.get('doc').use(Counters).next('n').bf.exists('f', 'i').execute(),
);
eq<(typeof modules)[0], 'OK'>(true);
eq<(typeof modules)[2], number>(true);
eq<(typeof modules)[3], boolean>(true);
eq<(typeof modules)['length'], 4>(true);
const script = client.registerScript<number>('return 1');
const ran = reply(client.multi().run(script).get('a').execute());
eq<typeof ran, [number, string | null]>(true);
const module = reply(client.batch((b) => ({ n: b.use(Counters).next('n'), doc: b.json.type('doc') })));
eq<(typeof module)['n'], number>(true);

// Batches: what was built, filled.

const batch = reply(
  client.batch((b) => ({
    user: b.hgetall('u'),
    counts: [b.incr('a'), b.exists('a'), 7],
    deep: { er: { name: b.get('n'), fixed: 'text', when: new Date() } },
    nothing: null,
  })),
);
eq<(typeof batch)['user'], Record<string, string>>(true);
eq<(typeof batch)['counts'], [number, number, 7]>(true);
eq<(typeof batch)['deep'], { er: { name: string | null; fixed: 'text'; when: Date } }>(true);
eq<(typeof batch)['nothing'], null>(true);
const one = reply(client.batch((b) => b.get('a')));
eq<typeof one, string | null>(true);
const list = reply(client.batch((b) => ['a', 'b'].map((key) => b.get(key)), { transaction: true }));
eq<typeof list, (string | null)[]>(true);
const pairs = reply(client.batch((b) => ['a', 'b'].map((key) => [key, b.get(key)] as const)));
eq<typeof pairs, [string, string | null][]>(true);
const perhaps = reply(client.batch((b) => ({ a: Math.random() > 1 ? b.get('a') : null })));
eq<typeof perhaps, { a: string | null }>(true);
eq<Filled<{ readonly m: Map<string, number>; readonly f: () => number }>, { m: Map<string, number>; f: () => number }>(
  true,
);

// Transactions: what the function gives.

const left = reply(
  client.transaction(
    async (tx) => {
      const balance = reply(tx.get('balance'));
      eq<typeof balance, string | null>(true);
      const [ok] = await tx.multi().set('balance', 1).execute();
      eq<typeof ok, 'OK'>(true);
      return 1n;
    },
    { watch: ['balance', Buffer.of(1)], maxAttempts: 3, delay: 10, signal: AbortSignal.timeout(1) },
  ),
);
eq<typeof left, bigint>(true);
const atOnce = reply(client.transaction(() => 'text'));
eq<typeof atOnce, string>(true);

// They can be named, and taken by functions.

export function add(pipeline: Pipeline): Pipeline<'utf8', 'number', ['OK']> {
  return pipeline.set('a', 1);
}
export function collect(commands: Batch): unknown {
  return commands.get('a');
}
export async function read(tx: Transaction<'buffer'>): Promise<Buffer | null> {
  return await tx.get('a');
}

// @ts-expect-error a wrong index
void three[3];
// @ts-expect-error a wrong type
const wrong: number = three[1];
void wrong;
// @ts-expect-error as wrong in a pipeline as anywhere
void client.pipeline().set('a', null);
// @ts-expect-error a slot is no value
void client.batch((b) => b.set('a', b.get('a')));
// @ts-expect-error no promises: the pipeline has to be executed
void client.pipeline().get('a').then;
// @ts-expect-error WATCH is for transactions
void client.watch('a');
// @ts-expect-error neither is it for pipelines
void client.pipeline().watch('a');
// @ts-expect-error multi() does it
void client.transaction((tx) => tx.exec());
// @ts-expect-error an option nobody knows
void client.transaction(() => 1, { wacth: 'a' });
// @ts-expect-error an option nobody knows
void client.pipeline({ atomic: true });

// A hundred commands.

const hundred = reply(
  client
    .pipeline()
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .set('k', 1)
    .get('k')
    .incr('n')
    .hgetall('h')
    .zrange('z', 0, -1, { withscores: true })
    .exists(['a', 'b'])
    .hget('h', 'f')
    .lrange('l', 0, -1)
    .expire('k', 1)
    .zscore('z', 'm')
    .execute(),
);
eq<(typeof hundred)['length'], 100>(true);
eq<(typeof hundred)[0], 'OK'>(true);
eq<(typeof hundred)[91], string | null>(true);
eq<(typeof hundred)[94], ScoredMember<string>[]>(true);
eq<(typeof hundred)[99], number | null>(true);
// @ts-expect-error there are no more
void hundred[100];
