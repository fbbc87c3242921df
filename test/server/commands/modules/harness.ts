/**
 * Tests of modules' commands without their modules, which no package carries: a scripted server is told what words to expect, and gives
 * the replies that the modules are known to give.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Valkey } from '../../../../src/client/valkey.ts';
import { GREETING, ScriptedServer } from '../../scripted-server.ts';
import type { CallsOfWay } from '../harness.ts';
import { type Call, recorded } from '../recorder.ts';
import { wrongReplies } from '../reply-types.ts';
import { encoded, type Reply } from './resp.ts';

type Client = Valkey<'utf8' | 'buffer', 'number' | 'bigint'>;
type Expected = string | Buffer;

/** One way of asking, and what is expected in its terms. */
export interface ModuleWay {
  readonly client: Client;
  readonly protocol: 2 | 3;
  readonly encoding: 'utf8' | 'buffer';
  /** Lets the server expect a command, in one text or in words, and answer it. */
  readonly expect: (words: string | readonly (string | Uint8Array)[], reply: Reply) => void;
  readonly text: (value: string) => Expected;
  readonly texts: (...values: string[]) => Expected[];
  readonly int: (value: number) => number | bigint;
  readonly ints: (...values: number[]) => (number | bigint)[];
}

const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'buffer', integers: 'bigint' },
] as const;

/** What a server is to be asked next, and what it says. */
interface Exchange {
  readonly words: readonly string[];
  readonly reply: Reply;
}

/** A server that expects commands in the order of `exchanges`, and takes them from the list. */
export async function scripted(exchanges: Exchange[], protocol: 2 | 3): Promise<ScriptedServer> {
  return await ScriptedServer.start((words) => {
    if (words[0] === 'HELLO') return GREETING;
    if (words[0] === 'CLIENT') return words[1] === 'ID' ? ':7\r\n' : '+OK\r\n';
    // A dial asks for it under RESP2.
    if (words[0] === 'ROLE') return '-ERR unknown command\r\n';
    // A connection for a command that blocks asks who the server is.
    if (words[0] === 'INFO') return '$0\r\n\r\n';
    const next = exchanges.shift();
    if (next === undefined) return `-ERR unexpected: ${words.join(' ')}\r\n`;
    const same = words.length === next.words.length && words.every((word, i) => word === next.words[i]);
    return same ? encoded(next.reply, protocol) : `-ERR expected ${next.words.join(' ')}, not ${words.join(' ')}\r\n`;
  });
}

/** The words as the server reads them: bytes, one character each. */
export function wordsOf(words: string | readonly (string | Uint8Array)[]): string[] {
  const list = typeof words === 'string' ? words.split(' ') : words;
  return list.map((word) => Buffer.from(word as string).toString('latin1'));
}

/**
 * Runs tests every way. Then tests that every method of the namespace was called with success in every way, and that every reply is what
 * the method's type says.
 */
export function everyModuleWay(
  namespace: 'json' | 'bf' | 'cf' | 'cms' | 'topk' | 'tdigest' | 'ts',
  tests: Readonly<Record<string, (way: ModuleWay) => Promise<void>>>,
): void {
  const called: CallsOfWay[] = [];
  for (const { protocol, encoding, integers } of WAYS) {
    const calls: Call[] = [];
    called.push({ protocol, encoding, integers, calls });
    describe(`${namespace} commands, RESP${protocol}, ${encoding}, ${integers}`, () => {
      const exchanges: Exchange[] = [];
      let server: ScriptedServer;
      let client: Client;
      before(async () => {
        server = await scripted(exchanges, protocol);
      });
      after(() => server[Symbol.asyncDispose]());
      beforeEach(() => {
        exchanges.length = 0;
        client = recorded(new Valkey({ port: server.port, protocol, encoding, integers }), calls);
      });
      afterEach(async () => {
        await client.close();
        assert.deepEqual(exchanges, [], 'what was expected and never came');
      });
      for (const [name, run] of Object.entries(tests)) {
        test(name, () => run({ protocol, ...wayOf(client, encoding, integers, exchanges) }));
      }
    });
  }
  checkModuleCalls(namespace, called);
}

function checkModuleCalls(namespace: keyof Client & string, called: readonly CallsOfWay[]): void {
  const filtered = process.execArgv.some((flag) => flag.startsWith('--test-name-pattern'));
  describe(`${namespace} commands`, () => {
    if (!filtered) {
      test('every method was called in every way', () => {
        const commands: object = new Valkey()[namespace] as object;
        const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(commands)).filter(
          (name) => name !== 'constructor',
        );
        for (const { protocol, encoding, calls } of called) {
          const names = new Set(calls.map(({ method }) => method));
          const missing = methods.filter((name) => !names.has(`${namespace}.${name}`));
          assert.deepEqual(missing, [], `RESP${protocol}, ${encoding}`);
        }
      });
    }

    test('every reply is what its type says', async () => {
      const typed = called.map(({ encoding, integers, calls }) => ({
        type: `'${encoding}', '${integers}'`,
        // An error in a list is of a class that cannot be written down.
        calls: calls.filter(({ reply }) => !Array.isArray(reply) || !reply.some((item) => item instanceof Error)),
      }));
      assert.equal(await wrongReplies(typed), '');
    });
  });
}

function wayOf(
  client: Client,
  encoding: 'utf8' | 'buffer',
  integers: 'number' | 'bigint',
  exchanges: Exchange[],
): Omit<ModuleWay, 'protocol'> {
  const text = (value: string): Expected => (encoding === 'utf8' ? value : Buffer.from(value));
  const int = (value: number): number | bigint => (integers === 'number' ? value : BigInt(value));
  return {
    client,
    encoding,
    expect: (words, reply) => void exchanges.push({ words: wordsOf(words), reply }),
    text,
    texts: (...values) => values.map(text),
    int,
    ints: (...values) => values.map(int),
  };
}
