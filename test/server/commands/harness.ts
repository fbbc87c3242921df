import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { command } from '../../../src/commands/index.ts';
import { FACTS } from '../../../src/commands/specs.gen.ts';
import { Valkey } from '../../../src/client/valkey.ts';
import { ResponseError } from '../../../src/errors.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { type Call, recorded } from './recorder.ts';
import { wrongReplies } from './reply-types.ts';

type Client = Valkey<'utf8' | 'buffer', 'number' | 'bigint'>;
type Expected = string | Buffer;

/** One way of asking: a protocol, an encoding, a type of integers. Tests run on every way and say what they expect in its terms. */
export interface Way {
  readonly server: ValkeyServer;
  readonly client: Client;
  readonly encoding: 'utf8' | 'buffer';
  /** Text as this way gives it. */
  readonly text: (value: string) => Expected;
  readonly texts: (...values: string[]) => Expected[];
  readonly pairs: (fields: Readonly<Record<string, string>>) => [Expected, Expected][];
  /** A field map as this way gives it. */
  readonly fields: (fields: Readonly<Record<string, string>>) => Record<string, string> | [Expected, Expected][];
  /** An integer as this way gives it. */
  readonly int: (value: number) => number | bigint;
  readonly ints: (...values: number[]) => (number | bigint)[];
  /** Runs what needs this version of the server; on an older one the server must refuse it. */
  readonly since: (version: string, run: () => Promise<void>) => Promise<void>;
  readonly atLeast: (version: string) => boolean;
}

const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'buffer', integers: 'bigint' },
] as const;

/** Runs tests on a server of their own, every way, each on an empty server; then looks at what was called, see `checkCalls`. */
export async function everyWay(
  family: string,
  tests: Readonly<Record<string, (way: Way) => Promise<void>>>,
): Promise<void> {
  const server = await ValkeyServer.start();
  after(() => server.stop());
  const called: CallsOfWay[] = [];
  for (const { protocol, encoding, integers } of WAYS) {
    const calls: Call[] = [];
    called.push({ protocol, encoding, integers, calls });
    describe(`${family} commands, RESP${protocol}, ${encoding}, ${integers}`, () => {
      let client: Client;
      beforeEach(async () => {
        client = recorded(new Valkey({ port: server.port, protocol, encoding, integers }), calls);
        await client.executeCommand('FLUSHALL');
      });
      afterEach(() => client.close());
      for (const [name, run] of Object.entries(tests)) test(name, () => run(wayOf(server, client, encoding, integers)));
    });
  }
  await checkCalls(family, server.version, called);
}

/** What was called in one way. */
export interface CallsOfWay {
  readonly protocol: 2 | 3;
  readonly encoding: 'utf8' | 'buffer';
  readonly integers: 'number' | 'bigint';
  readonly calls: Call[];
}

/**
 * Two tests over the calls of the tests before: that every method of the family was called with success in every way, but for those
 * in `without`, and that every reply is what the method's type says.
 */
export async function checkCalls(
  family: string,
  version: string,
  called: readonly CallsOfWay[],
  without: readonly string[] = [],
): Promise<void> {
  const methods = await methodsOf(family);
  const filtered = process.execArgv.some((flag) => flag.startsWith('--test-name-pattern'));
  describe(`${family} commands`, () => {
    if (!filtered) {
      test('every method was called in every way', () => {
        for (const { protocol, encoding, calls } of called) {
          const names = new Set(calls.map(({ method }) => method));
          const missing = methods.filter((name) => !names.has(name) && !without.includes(name));
          const due = missing.filter((name) => isAtLeast(version, sinceOf(name)));
          assert.deepEqual(due, [], `RESP${protocol}, ${encoding}`);
        }
      });
    }

    test('every reply is what its type says', async () => {
      const typed = called.map(({ encoding, integers, calls }) => ({
        type: `'${encoding}', '${integers}'`,
        calls,
      }));
      assert.equal(await wrongReplies(typed), '');
    });
  });
}

/** The methods of the family's class, which is the one in the file of that name. */
async function methodsOf(family: string): Promise<string[]> {
  const file = new URL(`../../../src/commands/${family.replaceAll(' ', '-')}.ts`, import.meta.url);
  const exports = (await import(file.href)) as Record<string, unknown>;
  const found = Object.entries(exports).find(([name]) => name.endsWith('Commands'));
  if (found === undefined) throw new Error(`no class of commands in ${file.pathname}`);
  const { prototype } = found[1] as { prototype: object };
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
}

/** The version since which the server has the command of a method: that of `clientNoEvict` is CLIENT NO-EVICT. */
function sinceOf(method: string): string {
  const plain = (name: string): string => name.replace(/[ _-]/g, '').toLowerCase();
  const name = Object.keys(FACTS).find((name) => plain(name) === plain(method));
  return name === undefined ? '0' : command(name).since;
}

function wayOf(server: ValkeyServer, client: Client, encoding: 'utf8' | 'buffer', integers: 'number' | 'bigint'): Way {
  const text = (value: string): Expected => (encoding === 'utf8' ? value : Buffer.from(value));
  const int = (value: number): number | bigint => (integers === 'number' ? value : BigInt(value));
  const pairs = (fields: Readonly<Record<string, string>>): [Expected, Expected][] =>
    Object.entries(fields).map(([field, value]) => [text(field), text(value)]);
  const atLeast = (version: string): boolean => isAtLeast(server.version, version);
  return {
    server,
    client,
    encoding,
    text,
    texts: (...values) => values.map(text),
    pairs,
    fields: (fields) => (encoding === 'utf8' ? { ...fields } : pairs(fields)),
    int,
    ints: (...values) => values.map(int),
    since: (version, run) => (atLeast(version) ? run() : assert.rejects(run, ResponseError)),
    atLeast,
  };
}

function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** What has no order, in an order. */
export function sorted<T>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

/** That a call throws a `DataError` at once, sending nothing. */
export function refuses(call: () => unknown, message: RegExp): void {
  assert.throws(call, { name: 'DataError', message });
}
