/**
 * What valkey-py gives to its own tests, from our client: sessions that were recorded are run on a server, over both protocols, with
 * strings and with Buffers. Every reply must be the same, as far as JavaScript can tell, or the difference must be listed as decided.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { Valkey } from '../../src/client/valkey.ts';
import { FORMS } from './canon.ts';
import { DECIDED, SKIPPED, UNSENT, UNTYPED, type Decision } from './decided.ts';
import { described } from './described.ts';
import { nameOf } from './replayed-call.ts';
import { Replay, type Outcome, type RecordedSession, type Step, type Way } from './replayed.ts';
import { ScratchServer } from './scratch-server.ts';

const WAYS: readonly Way[] = [
  { protocol: 3, encoding: 'utf8' },
  { protocol: 2, encoding: 'utf8' },
  { protocol: 3, encoding: 'buffer' },
  { protocol: 2, encoding: 'buffer' },
];

const file = new URL('data/valkey-py.jsonl', import.meta.url);
const sessions = (await readFile(file, 'utf8'))
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as RecordedSession);

const servers = await Promise.all(WAYS.map(() => ScratchServer.start()));
after(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
});

const counts = { same: 0, 'same shape': 0, 'same in success': 0, decided: 0 };
const untyped = new Set<string>();
/** How many differences each decision is about, by command. */
const used = new Map<Decision, Map<string, number>>();
const seen = new Set<string>();

describe('sessions of valkey-py', { concurrency: WAYS.length }, () => {
  for (const [index, way] of WAYS.entries()) {
    const server = servers[index]!;
    describe(`RESP${way.protocol}, ${way.encoding}`, { concurrency: 1 }, async () => {
      for (const [family, own] of await families()) {
        test(`${family}: ${own.length}`, async () => {
          const wrong: string[] = [];
          for (const session of own) {
            await server.reset();
            for (const outcome of await new Replay(server.port, way, session).run())
              wrong.push(...judged(outcome, way));
          }
          assert.deepEqual(wrong, []);
        });
      }
    });
  }
});

const filtered = process.execArgv.some((flag) => flag.startsWith('--test-name-pattern'));
if (!filtered) {
  test('every decision and every form is needed', (t) => {
    t.diagnostic(JSON.stringify(counts));
    for (const decision of DECIDED) {
      const times = [...(used.get(decision) ?? [])].map(([name, count]) => `${name} ${count}`);
      t.diagnostic(`decided, ${times.join(', ')}: ${oneLine(decision.reason)}`);
    }
    t.diagnostic(`by executeCommand: ${[...untyped].join('; ')}`);
    assert.deepEqual([...untyped].sort(), UNTYPED);
    const unneeded = DECIDED.flatMap((decision) =>
      decision.of
        .filter((name) => !used.get(decision)?.has(name))
        .map((name) => `${name}: ${oneLine(decision.reason)}`),
    );
    assert.deepEqual(unneeded, []);
    assert.deepEqual(
      Object.keys(FORMS).filter((name) => !seen.has(name)),
      [],
    );
  });
}

test('what was not recorded has a reason', (t) => {
  const steps = sessions.flatMap((session) => session.steps);
  const skipped = steps.filter((step) => step.skip === true).map((step) => nameOf(step.w.map(String)));
  const unsent = steps.flatMap((step) => step.unsent ?? []);
  t.diagnostic(`${sessions.length} sessions, ${steps.filter(isCall).length} calls`);
  t.diagnostic(`not sent: ${tally(unsent)}; not recorded: ${tally(skipped)}`);
  assert.deepEqual([...new Set(unsent)].sort(), Object.keys(UNSENT).sort());
  assert.deepEqual([...new Set(skipped)].sort(), Object.keys(SKIPPED).sort());
});

/** The differences of an outcome that nobody has decided. */
function judged(outcome: Outcome, way: Way): string[] {
  const { session, step, name, line, compared, differences } = outcome;
  seen.add(name);
  if (!outcome.typed) untyped.add(line);
  if (differences.length === 0) counts[compared]++;
  const undecided = differences.filter((difference) => {
    const decision = DECIDED.find((each) => decides(each, name, difference, way));
    if (decision !== undefined) {
      const times = used.get(decision) ?? new Map<string, number>();
      used.set(decision, times.set(name, (times.get(name) ?? 0) + 1));
    }
    return decision === undefined;
  });
  if (differences.length > 0 && undecided.length === 0) counts.decided++;
  return undecided.map((difference) => `${session}, step ${step}, ${line}: ${difference}`);
}

function decides(decision: Decision, name: string, difference: string, way: Way): boolean {
  const { of, protocol = way.protocol, encoding = way.encoding } = decision;
  return (
    of.includes(name) && protocol === way.protocol && encoding === way.encoding && decision.difference.test(difference)
  );
}

/** The sessions by the family of most of their commands. */
async function families(): Promise<Map<string, RecordedSession[]>> {
  await using client = new Valkey({ port: servers[0]!.port });
  const groups = new Map(
    described(await client.executeCommand('COMMAND', 'DOCS')).map((each) => [each.name, each.group]),
  );
  const found = new Map<string, RecordedSession[]>();
  for (const session of sessions) {
    const times = new Map<string, number>();
    for (const step of session.steps.filter(isCall)) {
      const group = groups.get(nameOf(step.w.map(String))) ?? 'other';
      times.set(group, (times.get(group) ?? 0) + 1);
    }
    const [family] = [...times].sort(([, a], [, b]) => b - a)[0] ?? ['other'];
    found.set(family, [...(found.get(family) ?? []), session]);
  }
  return found;
}

function isCall(step: Step): boolean {
  return step.sleep === undefined && step.unsent === undefined;
}

function tally(items: readonly string[]): string {
  const times = new Map<string, number>();
  for (const item of items) times.set(item, (times.get(item) ?? 0) + 1);
  return [...times].map(([item, count]) => `${item} ${count}`).join(', ');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
