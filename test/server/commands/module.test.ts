import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { ResponseError } from '../../../src/errors.ts';
import { TemporaryFolder } from '../../../src/testing/temporary-folder.ts';
import { refuses } from './harness.ts';
import { everyWayOnOwnServer } from './own-server.ts';

/** A module without commands, with one parameter of the configuration, that refuses to be loaded with the argument `fail`. */
const COUNTER = `
typedef int (*Function)();
static long long start;
static long long get(const char *name, void *data) { return start; }
static int set(const char *name, long long value, void *data, void **error) { start = value; return 0; }

int RedisModule_OnLoad(void *context, void **arguments, int count) {
  int (*find)(const char *, Function *) = *(void **)context;
  void (*setAttributes)(void *, const char *, int, int);
  int (*registerNumber)(void *, const char *, long long, unsigned, long long, long long, void *, void *, void *, void *);
  int (*loadConfigs)(void *);
  const char *(*textOf)(void *, unsigned long *);
  find("RedisModule_SetModuleAttribs", (Function *)&setAttributes);
  find("RedisModule_RegisterNumericConfig", (Function *)&registerNumber);
  find("RedisModule_LoadConfigs", (Function *)&loadConfigs);
  find("RedisModule_StringPtrLen", (Function *)&textOf);
  setAttributes(context, "counter", 3, 1);
  registerNumber(context, "start", 7, 0, 0, 100, get, set, 0, 0);
  if (count > 0 && textOf(arguments[0], 0)[0] == 'f') return 1;
  return loadConfigs(context);
}
`;

/** The path of the module; `undefined` where there is no C compiler to make it. */
async function compiled(): Promise<string | undefined> {
  const folder = await TemporaryFolder.create('module');
  after(() => folder.remove());
  await writeFile(folder.file('counter.c'), COUNTER);
  const args = ['-shared', '-fPIC', '-nostdlib', '-w', '-o', folder.file('counter.so'), folder.file('counter.c')];
  return promisify(execFile)('cc', args).then(
    () => folder.file('counter.so'),
    () => undefined,
  );
}

const path = await compiled();
const without = path === undefined ? ['moduleLoad', 'moduleLoadex', 'moduleUnload'] : [];

await everyWayOnOwnServer(
  'module',
  {
    'module list and help': async ({ client, atLeast, int }) => {
      const lua = atLeast('9.1') ? [{ name: 'lua', ver: int(1), path: 'lua', args: [] }] : [];
      assert.deepEqual(await client.moduleList(), lua);
      assert.match((await client.moduleHelp())[0]!, /^MODULE /);
    },

    'modules that cannot be loaded': async ({ client }) => {
      await assert.rejects(client.moduleLoad('/nowhere.so'), ResponseError);
      await assert.rejects(client.moduleLoad('/nowhere.so', ['a', 1]), ResponseError);
      await assert.rejects(client.moduleLoadex('/nowhere.so'), ResponseError);
      await assert.rejects(client.moduleLoadex('/nowhere.so', { config: { 'a.b': 1 }, args: ['a', 1] }), ResponseError);
      await assert.rejects(client.moduleUnload('nonsense'), ResponseError);
      refuses(() => client.moduleLoadex('/nowhere.so', { config: {} }), /at least one parameter/);
      refuses(() => client.moduleLoadex('/nowhere.so', ['a'] as object), /its options as an object/);
    },

    'module load, loadex and unload': async ({ client, int }) => {
      if (path === undefined) return;
      const loaded = async (): Promise<unknown> => (await client.moduleList()).find(({ name }) => name === 'counter');
      assert.equal(await client.moduleLoad(path), 'OK');
      assert.deepEqual(await loaded(), { name: 'counter', ver: int(3), path, args: [] });
      assert.deepEqual(await client.configGet('counter.*'), { 'counter.start': '7' });
      assert.equal(await client.moduleUnload('counter'), 'OK');
      assert.equal(await loaded(), undefined);

      assert.equal(await client.moduleLoad(path, ['a', 1, Buffer.from('b c')]), 'OK');
      assert.deepEqual(await loaded(), { name: 'counter', ver: int(3), path, args: ['a', '1', 'b c'] });
      await client.moduleUnload('counter');
      assert.equal(await client.moduleLoad(path, []), 'OK');
      await client.moduleUnload('counter');
      await assert.rejects(client.moduleLoad(path, 'fail'), ResponseError);

      assert.equal(await client.moduleLoadex(path), 'OK');
      await client.moduleUnload('counter');
      assert.equal(await client.moduleLoadex(path, { config: { 'counter.start': 42 }, args: ['CONFIG', 'x'] }), 'OK');
      assert.deepEqual(await loaded(), { name: 'counter', ver: int(3), path, args: ['CONFIG', 'x'] });
      assert.deepEqual(await client.configGet('counter.*'), { 'counter.start': '42' });
      await client.moduleUnload('counter');
      assert.equal(await client.moduleLoadex(path, { config: [['counter.start', 5n]], args: [] }), 'OK');
      assert.deepEqual(await client.configGet('counter.*'), { 'counter.start': '5' });
      await client.moduleUnload('counter');
      await assert.rejects(client.moduleLoadex(path, { config: { 'counter.nonsense': 1 } }), ResponseError);
      await assert.rejects(client.moduleLoadex(path, { args: 'fail' }), ResponseError);
      assert.equal(await loaded(), undefined);
    },
  },
  without,
);
