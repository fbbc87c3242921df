import assert from 'node:assert/strict';
import type { CommandListOptions } from '../../../src/commands/index.ts';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses, sorted } from './harness.ts';

const FIRST = {
  flags: ['RO', 'access'],
  beginSearch: { type: 'index', index: 1 },
  findKeys: { type: 'range', lastkey: 0, keystep: 1, limit: 0 },
};

await everyWay('command', {
  'command and command count': async ({ client, int }) => {
    const commands = await client.command();
    assert.deepEqual(await client.commandCount(), int(commands.length));
    const names = commands.map(({ name }) => name);
    for (const name of ['get', 'config', 'xadd', 'multi']) assert.ok(names.includes(name));
    assert.equal(new Set(names).size, names.length);
  },

  'command info': async ({ client }) => {
    const [get, unknown, config, ...others] = await client.commandInfo(['get', 'nonsense', 'config']);
    assert.deepEqual(others, []);
    assert.equal(unknown, null);
    assert.ok(get !== null && get !== undefined);
    assert.deepEqual(
      { ...get, flags: sorted(get.flags), categories: sorted(get.categories) },
      {
        name: 'get',
        arity: 2,
        flags: ['fast', 'readonly'],
        firstKey: 1,
        lastKey: 1,
        step: 1,
        categories: ['@fast', '@read', '@string'],
        tips: [],
        keySpecifications: [FIRST],
        subcommands: [],
      },
    );
    assert.ok(config !== null && config !== undefined);
    const rewrite = config.subcommands.find(({ name }) => name === 'config|rewrite');
    assert.deepEqual([rewrite?.arity, rewrite?.firstKey, rewrite?.subcommands], [2, 0, []]);
    assert.ok(rewrite?.flags.includes('admin'));
    assert.equal((await client.commandInfo()).length, (await client.command()).length);
    refuses(() => client.commandInfo([]), /at least one command/);
  },

  'tips and ways to find keys': async ({ client, atLeast }) => {
    const of = async (name: string) => {
      const [info] = await client.commandInfo(name);
      assert.ok(info !== null && info !== undefined);
      return info;
    };
    assert.deepEqual(
      (await of('dbsize')).tips,
      atLeast('7.0') ? ['request_policy:all_shards', 'response_policy:agg_sum'] : [],
    );
    const [xread] = (await of('xread')).keySpecifications;
    assert.deepEqual(xread?.beginSearch, { type: 'keyword', keyword: 'STREAMS', startfrom: 1 });
    assert.deepEqual(xread.findKeys, { type: 'range', lastkey: -1, keystep: 1, limit: 2 });
    const [zmpop] = (await of('zmpop')).keySpecifications;
    assert.deepEqual(zmpop?.findKeys, { type: 'keynum', keynumidx: 0, firstkey: 1, keystep: 1 });
    const [, by] = (await of('sort')).keySpecifications;
    assert.deepEqual([by?.beginSearch, by?.findKeys], [{ type: 'unknown' }, { type: 'unknown' }]);
    assert.match(by?.notes ?? '', /BY\/GET/);
  },

  'command docs': async ({ client, atLeast }) => {
    const { get, nonsense } = await client.commandDocs(['get', 'nonsense']);
    assert.equal(nonsense, undefined);
    assert.ok(get !== undefined);
    assert.match(get.summary ?? '', /value of a key/);
    const displayText = atLeast('7.2') ? { displayText: 'key' } : {};
    assert.deepEqual(
      { ...get, summary: '' },
      {
        summary: '',
        since: '1.0.0',
        group: 'string',
        complexity: 'O(1)',
        docFlags: [],
        history: [],
        arguments: [{ name: 'key', type: 'key', ...displayText, keySpecIndex: 0, flags: [], arguments: [] }],
        subcommands: {},
      },
    );
    const { set } = await client.commandDocs('set');
    assert.deepEqual(set?.history[0]?.version, '2.6.12');
    assert.match(set.history[0].change, /EX/);
    const condition = set.arguments.find(({ name }) => name === 'condition');
    assert.deepEqual([condition?.type, condition?.flags], ['oneof', ['optional']]);
    assert.ok(condition?.arguments.some(({ token, type }) => token === 'NX' && type === 'pure-token'));
    const { slaveof } = await client.commandDocs('slaveof');
    assert.deepEqual([slaveof?.docFlags, slaveof?.deprecatedSince], [['deprecated'], '5.0.0']);
    assert.match(slaveof?.replacedBy ?? '', /REPLICAOF/);
    const { config } = await client.commandDocs('config');
    assert.equal(config?.subcommands['config|get']?.since, '2.0.0');
    const all = await client.commandDocs();
    assert.deepEqual(all['get'], get);
    assert.ok(Object.keys(all).length > 200);
    refuses(() => client.commandDocs([]), /at least one command/);
  },

  'command getkeys and getkeysandflags': async ({ client, text, texts }) => {
    assert.deepEqual(await client.commandGetkeys(['MSET', 'a', 1, Buffer.from('é'), 2n]), texts('a', 'é'));
    assert.deepEqual(await client.commandGetkeysandflags(['LMOVE', 'a', 'b', 'left', 'right']), [
      { key: text('a'), flags: ['RW', 'access', 'delete'] },
      { key: text('b'), flags: ['RW', 'insert'] },
    ]);
    await assert.rejects(client.commandGetkeys(['PING']), ResponseError);
    await assert.rejects(client.commandGetkeys(['NONSENSE', 'a']), ResponseError);
    refuses(() => client.commandGetkeys([]), /at least one word of a command/);
    refuses(() => client.commandGetkeysandflags([]), /at least one word of a command/);
  },

  'command list and help': async ({ client }) => {
    const all = await client.commandList();
    assert.ok(all.includes('get') && all.length > 200);
    assert.deepEqual(await client.commandList({}), all);
    assert.deepEqual(sorted(await client.commandList({ filterby: { pattern: 'xread*' } })), ['xread', 'xreadgroup']);
    assert.ok((await client.commandList({ filterby: { aclcat: 'bitmap' } })).includes('bitcount'));
    assert.deepEqual(await client.commandList({ filterby: { module: 'nonsense' } }), []);
    assert.deepEqual(await client.commandList({ filterby: { aclcat: 'nonsense' } }), []);
    const two = { filterby: { module: 'a', pattern: 'b' } } as unknown as CommandListOptions;
    refuses(() => client.commandList(two), /only one of module, aclcat and pattern/);
    refuses(() => client.commandList({ filterby: 'x' } as object), /filters by a module, aclcat or pattern/);
    assert.match((await client.commandHelp())[0]!, /^COMMAND /);
  },
});
