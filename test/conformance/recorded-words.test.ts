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
import { ValkeyServer } from '../../src/testing/index.ts';
import { typedCall } from './calls/index.ts';
import { described } from './described.ts';
import { callOf, Recording } from './recording.ts';
import type { Word } from './words.ts';

/** Commands that have no typed call, and why. */
const WITHOUT: Readonly<Record<string, string>> = {};

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
  const wrong: string[] = [];
  const counts = { same: 0, 'other case of tokens': 0, 'other order of options': 0, 'no typed call': 0 };
  for (const recorded of ours) {
    const words = recorded.map((word): Word => (typeof word === 'string' ? word : Buffer.from(word.bytes, 'hex')));
    const line = words.join(' ');
    const outcome = compared(words);
    if (outcome in counts) counts[outcome as keyof typeof counts]++;
    else wrong.push(`${line}: ${outcome}`);
    if (outcome === 'no typed call' && !(line in WITHOUT)) wrong.push(`${line}: ${outcome}`);
  }
  t.diagnostic(JSON.stringify(counts));
  assert.deepEqual(wrong, []);
});

function compared(words: readonly Word[]): string {
  const call = typedCall(words);
  if (call === undefined) return 'no typed call';
  const [method, ...args] = call;
  const sent = callOf(new Recording(), method, args).words;
  const asked = words.map((word) => (typeof word === 'string' ? Buffer.from(word) : word).toString('latin1'));
  if (asked.join('\n') === sent.join('\n')) return 'same';
  const tokens = new Set(docs.get(nameOf(asked))?.tokens);
  const upper = (list: readonly string[]): string[] =>
    list.map((word) => (tokens.has(word.toUpperCase()) ? word.toUpperCase() : word));
  if (upper(asked).join('\n') === upper(sent).join('\n')) return 'other case of tokens';
  if (upper(asked).sort().join('\n') === upper(sent).sort().join('\n')) return 'other order of options';
  return `sent as ${sent.join(' ')}`;
}

function nameOf(words: readonly unknown[]): string {
  const name = words.slice(0, 2).join(' ').toUpperCase();
  return Object.hasOwn(FACTS, name) ? name : String(words[0]).toUpperCase();
}
