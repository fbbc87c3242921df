import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entries } from '../../../src/commands/index.ts';
import { ResponseError } from '../../../src/errors.ts';
import { refuses } from './harness.ts';
import { everyWayOnOwnServer } from './own-server.ts';

const TITLE = '{title} {listen-addr} {server-mode}';

await everyWayOnOwnServer('config', {
  'config get': async ({ client }) => {
    assert.deepEqual(await client.configGet('maxmemory'), { maxmemory: '0' });
    assert.deepEqual(await client.configGet(['maxmemory', 'appendonly', 'nonsense']), {
      maxmemory: '0',
      appendonly: 'no',
    });
    const found = await client.configGet('slowlog-*');
    assert.ok('slowlog-max-len' in found);
    assert.ok(Object.entries(found).every(([name, value]) => name.startsWith('slowlog-') && typeof value === 'string'));
    assert.ok(Object.keys(await client.configGet('*')).length > 100);
    assert.deepEqual(await client.configGet('nonsense'), {});
    refuses(() => client.configGet([]), /at least one parameter/);
  },

  'config set': async ({ client }) => {
    assert.equal(await client.configSet('timeout', 300), 'OK');
    assert.deepEqual(await client.configGet('timeout'), { timeout: '300' });
    assert.equal(await client.configSet({ timeout: 0n, 'proc-title-template': '{title} é' }), 'OK');
    assert.deepEqual(await client.configGet('proc-title-template'), { 'proc-title-template': '{title} é' });
    assert.equal(await client.configSet([['proc-title-template', Buffer.from(TITLE)]]), 'OK');
    assert.equal(await client.configSet(new Map([['maxmemory', '1mb']])), 'OK');
    assert.deepEqual(await client.configGet(['maxmemory', 'timeout']), { maxmemory: '1048576', timeout: '0' });
    assert.equal(await client.configSet('maxmemory', 0), 'OK');
    await assert.rejects(client.configSet('nonsense', 1), ResponseError);
    await assert.rejects(client.configSet({ timeout: 5, maxmemory: 'much' }), ResponseError);
    assert.deepEqual(await client.configGet('timeout'), { timeout: '0' });
    refuses(() => client.configSet({}), /at least one parameter/);
    refuses(() => client.configSet([['timeout']] as unknown as Entries), /pairs of a parameter and its value/);
    refuses(() => client.configSet(null as unknown as Entries), /argument 1/);
  },

  'config rewrite': async ({ client, folder }) => {
    const written = async (): Promise<string> => readFile(join(folder, 'server.conf'), 'utf8');
    await client.configSet('maxmemory', 77000000);
    assert.equal(await client.configRewrite(), 'OK');
    assert.match(await written(), /^maxmemory 77000000$/m);
    await client.configSet('maxmemory', 0);
    assert.equal(await client.configRewrite(), 'OK');
  },

  'config resetstat and help': async ({ client }) => {
    await client.get('nothing');
    assert.equal(await client.configResetstat(), 'OK');
    const stats = await client.executeCommand('INFO', 'stats').then(String);
    assert.match(stats, /^keyspace_misses:0\r$/m);
    assert.match((await client.configHelp())[0]!, /^CONFIG /);
  },
});
