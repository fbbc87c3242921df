import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { Valkey } from '../../../src/client/valkey.ts';
import { ResponseError } from '../../../src/errors.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';

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

/** Runs tests on a server of their own, every way, each on an empty server. */
export async function everyWay(
  family: string,
  tests: Readonly<Record<string, (way: Way) => Promise<void>>>,
): Promise<void> {
  const server = await ValkeyServer.start();
  after(() => server.stop());
  for (const { protocol, encoding, integers } of WAYS) {
    describe(`${family} commands, RESP${protocol}, ${encoding}, ${integers}`, () => {
      let client: Client;
      beforeEach(async () => {
        client = new Valkey({ port: server.port, protocol, encoding, integers });
        await client.executeCommand('FLUSHALL');
      });
      afterEach(() => client.close());
      for (const [name, run] of Object.entries(tests)) test(name, () => run(wayOf(server, client, encoding, integers)));
    });
  }
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
