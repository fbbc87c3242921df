/** What commands on sorted sets evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  BzpopReply,
  MemberScores,
  ScoredMember,
  WithscoresOptions,
  ZaddOptions,
  ZinterOptions,
  ZmpopReply,
  ZrangebyscoreOptions,
  ZrangeOptions,
  ZrangestoreOptions,
  ZrankOptions,
  ZrankReply,
  ZscanMembersPage,
  ZscanOptions,
  ZscanPage,
} from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

// ---- zadd: what it takes
declare const memberScores: MemberScores;
declare const scores: Record<string, number>;
void client.zadd('k', memberScores);
void client.zadd('k', scores);
void client.zadd('k', { a: 1, b: 2n, c: '+inf' });
void client.zadd('k', [
  [1, 'a'],
  ['2', Buffer.of(1)],
  [3n, 4],
] as const);
void client.zadd('k', new Map([['a', 1]]));
void client.zadd('k', new Map([[Buffer.of(1), '1.5']]));
void client.zadd(Buffer.of(1), { a: 1 }, { condition: 'xx', comparison: 'gt', ch: true });
void client.zadd('k', { a: 1 }, { condition: 'nx', ch: true });
void client.zadd('k', { a: 1 }, { comparison: 'lt' });
// @ts-expect-error no positional member
void client.zadd('k', 1, 'a');
// @ts-expect-error no positional score
void client.zadd('k', 'a', 1);
// @ts-expect-error null is no score
void client.zadd('k', { a: null });
// @ts-expect-error bytes are no score
void client.zadd('k', [[Buffer.of(1), 1]]);
// @ts-expect-error pairs have two
void client.zadd('k', [[1, 'a', 2]]);
// @ts-expect-error not with nx
void client.zadd('k', { a: 1 }, { condition: 'nx', comparison: 'gt' });
// @ts-expect-error no such condition
void client.zadd('k', { a: 1 }, { condition: 'gt' });
// @ts-expect-error tokens are options by their kind
void client.zadd('k', { a: 1 }, { nx: true });

// ---- zadd: the reply follows from the options
const added = client.zadd('k', scores);
eq<typeof added, Promise<number>>(true);
const addedExact = reply(exact.zadd('k', scores, { ch: true, condition: 'nx' }));
eq<typeof addedExact, bigint>(true);
const increased = reply(exact.zadd('k', { a: 1 }, { incr: true }));
eq<typeof increased, number>(true);
const increasedIf = reply(bytes.zadd('k', { a: 1 }, { incr: true, condition: 'xx' }));
eq<typeof increasedIf, number | null>(true);
const increasedIfGreater = reply(exact.zadd('k', { a: 1 }, { incr: true, comparison: 'gt' }));
eq<typeof increasedIfGreater, number | null>(true);
declare const zaddOptions: ZaddOptions | undefined;
const addedSomehow = reply(exact.zadd('k', { a: 1 }, zaddOptions));
eq<typeof addedSomehow, bigint | number | null>(true);

// ---- integers and scores
const size = reply(exact.zcard('k'));
eq<typeof size, bigint>(true);
const counted = reply(client.zcount('k', '(1', Infinity));
eq<typeof counted, number>(true);
const between = reply(exact.zlexcount('k', '-', Buffer.from('[b')));
eq<typeof between, bigint>(true);
const common = reply(exact.zintercard(['a', 'b'], { limit: 10n }));
eq<typeof common, bigint>(true);
const removed = reply(exact.zrem('k', ['a', 1, Buffer.of(1)]));
eq<typeof removed, bigint>(true);
const removedByRank = reply(exact.zremrangebyrank('k', 0, -1n));
eq<typeof removedByRank, bigint>(true);
const removedByScore = reply(client.zremrangebyscore('k', '-inf', 5));
eq<typeof removedByScore, number>(true);
const removedByLex = reply(client.zremrangebylex('k', '-', '+'));
eq<typeof removedByLex, number>(true);
const score = reply(exact.zscore('k', 'a'));
eq<typeof score, number | null>(true);
const several = reply(bytes.zmscore('k', ['a', 'b']));
eq<typeof several, (number | null)[]>(true);
const sum = reply(exact.zincrby('k', '1.5', 'a'));
eq<typeof sum, number>(true);
const stored = [
  reply(exact.zdiffstore('d', ['a', 'b'])),
  reply(exact.zinterstore('d', ['a', 'b'], { weights: [1, '2'], aggregate: 'min' })),
  reply(exact.zunionstore('d', 'a', { weights: 2 })),
  reply(exact.zrangestore('d', 'k', 0, -1, { rev: true })),
] as const;
eq<typeof stored, readonly [bigint, bigint, bigint, bigint]>(true);
// @ts-expect-error members are no bounds of scores
void client.zcount('k', Buffer.of(1), 1);
// @ts-expect-error scores are no bounds of members
void client.zlexcount('k', 1, 2);
// @ts-expect-error a store gives no scores
void client.zunionstore('d', ['a'], { withscores: true });
// @ts-expect-error no such way to put scores together
void client.zunion(['a'], { aggregate: 'avg' });
// @ts-expect-error no rest arguments
void client.zrem('k', 'a', 'b');

// ---- with and without scores
declare const withscores: WithscoresOptions;
declare const zinterOptions: ZinterOptions | undefined;
declare const byScoreOptions: ZrangebyscoreOptions | undefined;
const diff = reply(client.zdiff(['a', 'b']));
eq<typeof diff, string[]>(true);
const diffScored = reply(bytes.zdiff(['a', 'b'], { withscores: true }));
eq<typeof diffScored, ScoredMember<Buffer>[]>(true);
const diffSomehow = reply(client.zdiff(['a', 'b'], withscores));
eq<typeof diffSomehow, string[] | ScoredMember<string>[]>(true);
const inter = reply(bytes.zinter(['a', 'b'], { weights: [1, 2] }));
eq<typeof inter, Buffer[]>(true);
const interScored = reply(exact.zinter('a', { aggregate: 'max', withscores: true }));
eq<typeof interScored, ScoredMember<string>[]>(true);
const union = reply(client.zunion(['a', 'b'], { withscores: false }));
eq<typeof union, string[]>(true);
const unionScored = reply(client.zunion(['a', 'b'], { withscores: true }));
eq<typeof unionScored, ScoredMember<string>[]>(true);
const unionSomehow = reply(client.zunion(['a', 'b'], zinterOptions));
eq<typeof unionSomehow, string[] | ScoredMember<string>[]>(true);
const random = reply(client.zrandmember('k'));
eq<typeof random, string | null>(true);
const randoms = reply(bytes.zrandmember('k', -2));
eq<typeof randoms, Buffer[]>(true);
const randomsScored = reply(client.zrandmember('k', 2, { withscores: true }));
eq<typeof randomsScored, ScoredMember<string>[]>(true);
const reversed = reply(client.zrevrange('k', 0, -1));
eq<typeof reversed, string[]>(true);
const reversedScored = reply(bytes.zrevrange('k', 0, -1, { withscores: true }));
eq<typeof reversedScored, ScoredMember<Buffer>[]>(true);
const byScore = reply(client.zrangebyscore('k', 0, '+inf', { limit: { offset: 0, count: 1n } }));
eq<typeof byScore, string[]>(true);
const byScoreScored = reply(bytes.zrangebyscore('k', 0, '+inf', { withscores: true }));
eq<typeof byScoreScored, ScoredMember<Buffer>[]>(true);
const downScored = reply(client.zrevrangebyscore('k', '+inf', 0, { withscores: true }));
eq<typeof downScored, ScoredMember<string>[]>(true);
const downSomehow = reply(client.zrevrangebyscore('k', '+inf', 0, byScoreOptions));
eq<typeof downSomehow, string[] | ScoredMember<string>[]>(true);
const byLex = reply(bytes.zrangebylex('k', '-', '+', { limit: { offset: 0, count: 1 } }));
eq<typeof byLex, Buffer[]>(true);
const downByLex = reply(client.zrevrangebylex('k', '+', '-'));
eq<typeof downByLex, string[]>(true);
// @ts-expect-error scores need a count
void client.zrandmember('k', { withscores: true });
// @ts-expect-error positional booleans are never taken
void client.zrevrange('k', 0, -1, true);
// @ts-expect-error members come without scores here
void client.zrangebylex('k', '-', '+', { withscores: true });
// @ts-expect-error a limit is an object
void client.zrangebyscore('k', 0, 1, { limit: [0, 1] });

// ---- zrange
const range = reply(client.zrange('k', 0, -1));
eq<typeof range, string[]>(true);
const rangeScored = reply(bytes.zrange('k', 0, -1, { rev: true, withscores: true }));
eq<typeof rangeScored, ScoredMember<Buffer>[]>(true);
const rangeByScore = reply(
  client.zrange('k', '(1', Infinity, { by: 'score', limit: { offset: 0, count: 2 }, withscores: true }),
);
eq<typeof rangeByScore, ScoredMember<string>[]>(true);
const rangeByLex = reply(bytes.zrange('k', '-', '+', { by: 'lex', rev: true, limit: { offset: 0, count: 2 } }));
eq<typeof rangeByLex, Buffer[]>(true);
declare const zrangeOptions: ZrangeOptions | undefined;
const rangeSomehow = reply(client.zrange('k', 0, -1, zrangeOptions));
eq<typeof rangeSomehow, string[] | ScoredMember<string>[]>(true);
declare const zrangestoreOptions: ZrangestoreOptions;
void client.zrangestore('d', 'k', 0, -1, zrangestoreOptions);
void client.zrangestore('d', 'k', '-', '+', { by: 'lex', limit: { offset: 0, count: 2 } });
// @ts-expect-error a limit needs by
void client.zrange('k', 0, -1, { limit: { offset: 0, count: 1 } });
// @ts-expect-error a limit needs by
void client.zrangestore('d', 'k', 0, -1, { limit: { offset: 0, count: 1 } });
// @ts-expect-error no scores by lex
void client.zrange('k', '-', '+', { by: 'lex', withscores: true });
// @ts-expect-error ranks are what it is without by
void client.zrange('k', 0, -1, { by: 'rank' });
// @ts-expect-error a store gives no scores
void client.zrangestore('d', 'k', 0, -1, { withscores: true });
// @ts-expect-error a limit is complete
void client.zrange('k', 0, 1, { by: 'score', limit: { count: 1 } });

// ---- ranks
const rank = reply(exact.zrank('k', 'a'));
eq<typeof rank, bigint | null>(true);
const rankScored = reply(exact.zrank('k', 'a', { withscore: true }));
eq<typeof rankScored, ZrankReply<bigint> | null>(true);
const revrank = reply(client.zrevrank('k', 'a', {}));
eq<typeof revrank, number | null>(true);
const revrankScored = reply(client.zrevrank('k', 'a', { withscore: true }));
eq<typeof revrankScored, ZrankReply<number> | null>(true);
declare const zrankOptions: ZrankOptions;
const rankSomehow = reply(client.zrank('k', 'a', zrankOptions));
eq<typeof rankSomehow, number | ZrankReply<number> | null>(true);
// @ts-expect-error the token has no s here
void client.zrank('k', 'a', { withscores: true });

// ---- taking members
const popped = reply(client.zpopmin('k'));
eq<typeof popped, ScoredMember<string> | null>(true);
const poppedSome = reply(bytes.zpopmax('k', 2n));
eq<typeof poppedSome, ScoredMember<Buffer>[]>(true);
const poppedFrom = reply(client.zmpop(['a', 'b'], 'min', { count: 2 }));
eq<typeof poppedFrom, ZmpopReply<string> | null>(true);
const awaited = reply(bytes.bzmpop(1, 'a', 'max'));
eq<typeof awaited, ZmpopReply<Buffer> | null>(true);
const awaitedLeast = reply(client.bzpopmin(['a', 'b'], 0.5));
eq<typeof awaitedLeast, BzpopReply<string> | null>(true);
const awaitedMost = reply(bytes.bzpopmax('a', 0));
eq<typeof awaitedMost, BzpopReply<Buffer> | null>(true);
// @ts-expect-error a choice is in lower case
void client.zmpop('a', 'MIN');
// @ts-expect-error the time to wait comes first
void client.bzmpop('a', 'min', 1);
// @ts-expect-error it needs to know how long to wait
void client.bzpopmin('a');

// ---- pages
const page = reply(bytes.zscan('k', 0n, { match: Buffer.from('a*'), count: 10 }));
eq<typeof page, ZscanPage<Buffer>>(true);
const membersPage = reply(client.zscan('k', '0', { noscores: true }));
eq<typeof membersPage, ZscanMembersPage<string>>(true);
declare const zscanOptions: ZscanOptions;
const pageSomehow = reply(client.zscan('k', '0', zscanOptions));
eq<typeof pageSomehow, ZscanPage<string> | ZscanMembersPage<string>>(true);
