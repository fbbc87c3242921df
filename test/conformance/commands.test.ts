/** Holds the methods to what a 9.1 server and a Sentinel say of their commands: that each can be called, with every word of its options. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Valkey } from '../../src/client/valkey.ts';
import { SessionCommands, command } from '../../src/commands/index.ts';
import { FACTS } from '../../src/commands/specs.gen.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { ValkeySentinel } from '../../src/testing/valkey-sentinel.ts';
import { type Described, described } from './described.ts';
import { callOf, Recording } from './recording.ts';
import { samples } from './samples/index.ts';

const STREAM =
  'is answered by a stream of messages, not by a reply: `client.pubsub()` and `client.monitor()` are its surfaces';
const INTERNAL = 'servers say it to each other; it makes no sense from a client';

/** Commands without a method, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  SUBSCRIBE: STREAM,
  UNSUBSCRIBE: STREAM,
  PSUBSCRIBE: STREAM,
  PUNSUBSCRIBE: STREAM,
  SSUBSCRIBE: STREAM,
  SUNSUBSCRIBE: STREAM,
  MONITOR: STREAM,
  SYNC: INTERNAL,
  PSYNC: INTERNAL,
  REPLCONF: INTERNAL,
  'RESTORE-ASKING': INTERNAL,
  'CLUSTER SYNCSLOTS': INTERNAL,
};

/** Words of options that no sample sends, and why. */
const UNSENT: Readonly<Record<string, string>> = {};

const server = await ValkeyServer.start({ version: '9.1' });
const sentinel = await ValkeySentinel.start({ version: '9.1' });
const docs = [...(await docsOf(server.port)), ...(await docsOf(sentinel.port))];
after(async () => {
  await sentinel.stop();
  await server.stop();
});

async function docsOf(port: number): Promise<Described[]> {
  await using client = new Valkey({ port });
  return described(await client.executeCommand('COMMAND', 'DOCS'));
}

/** What the samples send: by command, its words in upper case. */
const sent = new Map<string, Set<string>>();
for (const [method, calls] of Object.entries(samples)) {
  for (const args of calls) {
    const { spec, words } = callOf(new Recording(), method, args);
    const known = sent.get(spec.name) ?? new Set();
    for (const word of words) known.add(word.toUpperCase());
    sent.set(spec.name, known);
  }
}

test('every command has a method, but for a few with reasons', () => {
  const wanted = docs.filter(({ name, container }) => !container && !(name in WITHOUT));
  assert.ok(wanted.length > 350);
  assert.ok(Object.keys(WITHOUT).length <= 15);
  assert.deepEqual(
    wanted.filter(({ name }) => !sent.has(name)).map(({ name }) => name),
    [],
  );
});

test('every word of their options can be sent', () => {
  const unsent = docs.flatMap(({ name, tokens }) =>
    tokens.filter((token) => sent.has(name) && !sent.get(name)!.has(token)).map((token) => `${name}: ${token}`),
  );
  assert.deepEqual(
    unsent.filter((line) => !(line in UNSENT)),
    [],
  );
  assert.deepEqual(
    Object.keys(UNSENT).filter((line) => !unsent.includes(line)),
    [],
  );
});

test('every method has samples', () => {
  const prototypes = [SessionCommands.prototype, Object.getPrototypeOf(SessionCommands.prototype) as object];
  const methods = prototypes
    .flatMap((prototype) => Object.entries(Object.getOwnPropertyDescriptors(prototype)))
    // `run` runs a script or function, not a command of its own.
    .filter(([name, { value }]) => !['constructor', 'run'].includes(name) && typeof value === 'function')
    .map(([name]) => name);
  assert.deepEqual(
    methods.filter((name) => !(name in samples)),
    [],
  );
});

test('the table of facts is the one of these servers', () => {
  const known = new Set(Object.keys(FACTS));
  for (const { name, since } of docs) {
    assert.ok(known.has(name), name);
    assert.equal(command(name).since, since, name);
  }
});
