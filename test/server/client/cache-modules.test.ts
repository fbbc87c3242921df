/** Commands of modules, which no server here has: a scripted one says what they would, and tells of changes. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { CACHEABLE_COMMANDS } from '../../../src/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import { open, until } from './tools.ts';

/** What follows the name of a command whose last argument, or only one, is not a key; and what is replied to it. */
const calls: Readonly<Record<string, readonly [args: readonly string[], reply: string]>> = {
  'JSON.ARRINDEX': [['k', '$.a', '1'], '*1\r\n:0\r\n'],
  'JSON.ARRLEN': [['k', '$.a'], '*2\r\n_\r\n:2\r\n'],
  'JSON.GET': [['k', '$'], '$9\r\n[{"a":1}]\r\n'],
  'JSON.MGET': [['k', 'other', '$'], '*2\r\n$3\r\n[1]\r\n_\r\n'],
  'JSON.OBJKEYS': [['k'], '*1\r\n$1\r\na\r\n'],
  'JSON.OBJLEN': [['k'], ':1\r\n'],
  'JSON.RESP': [['k'], '*2\r\n+{\r\n$1\r\na\r\n'],
  'JSON.STRLEN': [['k', '.a'], ':3\r\n'],
  'JSON.TYPE': [['k'], '$6\r\nobject\r\n'],
  'TS.GET': [['k'], '*2\r\n:1000\r\n,21.5\r\n'],
  'TS.INFO': [['k'], '%1\r\n$12\r\ntotalSamples\r\n:1\r\n'],
  'TS.RANGE': [['k', '-', '+'], '*1\r\n*2\r\n:1000\r\n,21.5\r\n'],
  'TS.REVRANGE': [['k', '-', '+'], '*1\r\n*2\r\n:1000\r\n,21.5\r\n'],
};
const CHANGED = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n';

describe('the commands of modules that are cached', { timeout: 30_000 }, () => {
  test('are these', () => {
    assert.deepEqual(
      CACHEABLE_COMMANDS.filter((name) => name.includes('.')),
      Object.keys(calls),
    );
  });

  for (const [name, [args, reply]] of Object.entries(calls)) {
    test(`${name} is kept as it came, until a key of it changes`, async (t) => {
      let asked = 0;
      let connection: Socket | undefined;
      await using server = await ScriptedServer.start(([word = ''], { socket }) => {
        if (word === 'HELLO') return GREETING;
        if (word !== name) return '+OK\r\n';
        asked++;
        connection = socket;
        return reply;
      });
      const client = open(t, { port: server.port, cache: { maxStaleness: 10_000 } });
      const fresh = await client.executeCommand(name, ...args);
      assert.deepEqual(await client.executeCommand(name, ...args), fresh);
      assert.deepEqual([asked, client.cache.stats().entries], [1, 1]);
      connection!.write(CHANGED);
      await until('it is given up', () => client.cache.stats().entries === 0);
      assert.deepEqual(await client.executeCommand(name, ...args), fresh);
      assert.equal(asked, 2);
    });
  }
});
