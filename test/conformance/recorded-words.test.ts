/**
 * Commands as another client sends them in its own tests, recorded as words: our typed methods must be able to send the same bytes.
 *
 * Two things may differ, since a server does not mind: the case of its own tokens, and the order of options.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { Valkey } from '../../src/client/valkey.ts';
import { FACTS } from '../../src/commands/specs.gen.ts';
import { ResponseError } from '../../src/errors.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { typedCall } from './calls/index.ts';
import { described } from './described.ts';
import { callOf, Recording } from './recording.ts';
import type { Word } from './words.ts';

/** What may come of comparing. */
const SAME = 'same';
const OTHER_CASE = 'other case of tokens';
const OTHER_ORDER = 'other order of options';

/** Commands that no typed call sends, by reason. Servers refuse them too. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'idletime and freq exclude each other': ['RESTORE key 0 value REPLACE ABSTTL IDLETIME 1 FREQ 2'],
  'only Redis has IFDEQ': ['SET key value IFDEQ some-value'],
  'only Redis has ACKED, DELREF and KEEPREF': [
    'XADD key KEEPREF * field value',
    'XADD key MAXLEN ~ 1000 LIMIT 100 ACKED * field value',
    'XADD key NOMKSTREAM MAXLEN ~ 1000 LIMIT 100 ACKED * field value',
    'XTRIM key MAXLEN 1 DELREF',
    'XTRIM key MAXLEN ~ 1 LIMIT 100 ACKED',
  ],
  'only Redis has IDMP and IDMPAUTO': [
    'XADD key ACKED IDMP producer1 msg123 MAXLEN 1000 * field value',
    'XADD key DELREF IDMPAUTO producer1 * field value',
    'XADD key IDMP producer1 42 * field value',
    'XADD key IDMPAUTO producer1 * field value',
  ],
  'only Redis has MAXCOUNT, MAXSIZE and CLAIM': [
    'XREAD COUNT 2 MAXCOUNT 3 MAXSIZE 65536 BLOCK 0 STREAMS key 0-0',
    'XREAD MAXCOUNT 3 STREAMS key 0-0',
    'XREAD MAXSIZE 65536 STREAMS key 0-0',
    'XREADGROUP GROUP group consumer CLAIM 100 STREAMS key 0-0',
    'XREADGROUP GROUP group consumer COUNT 1 BLOCK 0 CLAIM 100 NOACK STREAMS key 0-0',
    'XREADGROUP GROUP group consumer COUNT 2 MAXCOUNT 3 MAXSIZE 65536 BLOCK 0 CLAIM 100 NOACK STREAMS key 0-0',
    'XREADGROUP GROUP group consumer MAXCOUNT 3 STREAMS key 0-0',
    'XREADGROUP GROUP group consumer MAXSIZE 65536 STREAMS key 0-0',
  ],
  'only Redis has AGGREGATE COUNT': [
    'ZINTER 1 key AGGREGATE COUNT WITHSCORES',
    'ZINTER 1 key AGGREGATE COUNT',
    'ZINTERSTORE destination 1 source AGGREGATE COUNT',
    'ZUNION 1 key AGGREGATE COUNT WITHSCORES',
    'ZUNION 1 key AGGREGATE COUNT',
    'ZUNIONSTORE destination 1 source AGGREGATE COUNT',
  ],
  'SKIPME needs yes or no': ['CLIENT KILL TYPE master SKIPME'],
  'IMPORTING needs the id of a node': ['CLUSTER SETSLOT 0 IMPORTING'],
  'FAILOVER takes ABORT alone': ['FAILOVER TO host 6379 ABORT TIMEOUT 1'],
  'FAILOVER takes FORCE only with a TIMEOUT': ['FAILOVER TO host 6379 FORCE'],
  'RESTORE-ASKING, which servers say to each other, needs a key and more': ['RESTORE-ASKING'],
  'XADD needs MAXLEN or MINID before what it trims to': [
    'XADD key 1000 * field value',
    'XADD key 1000 LIMIT 0 * field value',
    'XADD key 1000 LIMIT 1 * field value',
    'XADD key = 1000 * field value',
    'XADD key NOMKSTREAM 1000 * field value',
    'XADD key NOMKSTREAM 1000 LIMIT 1 * field value',
    'XADD key NOMKSTREAM = 1000 * field value',
  ],
  'XTRIM takes LIMIT only with ~': ['XTRIM key MAXLEN 1 LIMIT 1', 'XTRIM key MAXLEN = 1 LIMIT 1'],
  'ZADD takes one member with INCR': ['ZADD key INCR 1 1 2 2'],
  'ZRANGE takes LIMIT only with BYSCORE or BYLEX': [
    'ZRANGE src 0 1 LIMIT 0 1 WITHSCORES',
    'ZRANGE src 0 1 LIMIT 0 1',
    'ZRANGESTORE destination source 0 1 LIMIT 0 1',
  ],
};

/** Commands of which a typed call sends other words that mean the same, by reason. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  'OVERFLOW WRAP at the beginning is what holds anyway': [
    'BITFIELD key OVERFLOW WRAP GET i8 0 OVERFLOW SAT SET i16 1 0 OVERFLOW FAIL INCRBY i32 2 1',
  ],
  'IDLE and TIME set the same time, and the last of them holds': [
    'XCLAIM key group consumer 1 0-0 IDLE 1 TIME 1 RETRYCOUNT 1 FORCE LASTID 0-0',
  ],
};

type Recorded = readonly (string | { readonly bytes: string })[];

const file = new URL('data/commands.json', import.meta.url);
const commands = JSON.parse(await readFile(file, 'utf8')) as readonly Recorded[];

const server = await ValkeyServer.start({ version: '9.1' });
const client = new Valkey({ port: server.port });
const docs = new Map(described(await client.executeCommand('COMMAND', 'DOCS')).map((each) => [each.name, each]));
after(async () => {
  await client.close();
  await server.stop();
});

const ours = commands.filter((words) => Object.hasOwn(FACTS, nameOf(words)));

test('most of the recorded commands are commands of Valkey', (t) => {
  const foreign = new Set(commands.filter((words) => !ours.includes(words)).map(nameOf));
  t.diagnostic(`${ours.length} of ${commands.length}; not in Valkey: ${[...foreign].join(', ')}`);
  assert.ok(ours.length > 700);
});

test('each of them can be sent by a typed method, in the same bytes', (t) => {
  const counts: Record<string, number> = { [SAME]: 0, [OTHER_CASE]: 0, [OTHER_ORDER]: 0 };
  const unsent = new Map<string, string>();
  for (const recorded of ours) {
    const words = recorded.map((word): Word => (typeof word === 'string' ? word : Buffer.from(word.bytes, 'hex')));
    const outcome = outcomeOf(words);
    if (outcome in counts) counts[outcome]!++;
    else unsent.set(words.join(' '), outcome);
  }
  const reasoned = [...Object.values(REFUSED), ...Object.values(OTHERWISE)].flat();
  t.diagnostic(`${JSON.stringify(counts)}; ${reasoned.length} cannot, with reasons`);
  assert.deepEqual(
    [...unsent].filter(([line]) => !reasoned.includes(line)).map(([line, outcome]) => `${line}: ${outcome}`),
    [],
  );
  assert.deepEqual(
    reasoned.filter((line) => !unsent.has(line)),
    [],
    'these can be sent, or are not recorded',
  );
});

test('what cannot be sent is refused by the server too', async () => {
  for (const [reason, lines] of Object.entries(REFUSED)) {
    for (const line of lines) {
      const [name, ...args] = line.split(' ');
      await assert.rejects(client.executeCommand(name!, ...args), ResponseError, `${line}: ${reason}`);
    }
  }
});

/** How the words of a command compare with those that our typed call for them sends, or why there is none. */
function outcomeOf(words: readonly Word[]): string {
  try {
    return compared(words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compared(words: readonly Word[]): string {
  const call = typedCall(words);
  if (call === undefined) return 'no typed call';
  const [method, ...args] = call;
  const sent = callOf(new Recording(), method, args).words;
  const asked = words.map((word) => (typeof word === 'string' ? Buffer.from(word) : word).toString('latin1'));
  if (asked.join('\n') === sent.join('\n')) return SAME;
  const tokens = new Set(docs.get(nameOf(asked))?.tokens);
  const upper = (list: readonly string[]): string[] =>
    list.map((word) => (tokens.has(word.toUpperCase()) ? word.toUpperCase() : word));
  if (upper(asked).join('\n') === upper(sent).join('\n')) return OTHER_CASE;
  if (upper(asked).sort().join('\n') === upper(sent).sort().join('\n')) return OTHER_ORDER;
  return `sent as ${sent.join(' ')}`;
}

function nameOf(words: readonly unknown[]): string {
  const name = words.slice(0, 2).join(' ').toUpperCase();
  return Object.hasOwn(FACTS, name) ? name : String(words[0]).toUpperCase();
}
