import assert from 'node:assert/strict';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses } from './harness.ts';

await everyWay('hyperloglog', {
  pfadd: async ({ client, int }) => {
    assert.equal(await client.pfadd('k', ['a', 1, 2n, Buffer.of(0xff), '']), true);
    assert.equal(await client.pfadd('k', 'a'), false);
    assert.equal(await client.pfadd('k', ['a', '1']), false);
    assert.deepEqual(await client.pfcount('k'), int(5));
    assert.equal(await client.pfadd('empty'), true);
    assert.equal(await client.pfadd('empty'), false);
    assert.equal(await client.pfadd('empty', []), false);
    assert.deepEqual(await client.exists('empty'), int(1));
    refuses(() => client.pfadd('k', null as never), /argument 2 is null/);
    await client.set('text', 'a');
    await assert.rejects(client.pfadd('text', 'a'), { code: 'WRONGTYPE' });
  },

  pfcount: async ({ client, int }) => {
    await client.pfadd('a', ['1', '2']);
    await client.pfadd('b', ['2', '3']);
    assert.deepEqual(await client.pfcount('a'), int(2));
    assert.deepEqual(await client.pfcount(['a', 'b', 'nothing']), int(3));
    assert.deepEqual(await client.pfcount('nothing'), int(0));
    refuses(() => client.pfcount([]), /PFCOUNT needs at least one key/);
  },

  pfmerge: async ({ client, int }) => {
    await client.pfadd('a', ['1', '2']);
    await client.pfadd('b', ['2', '3']);
    assert.equal(await client.pfmerge('d', ['a', 'b', 'nothing']), 'OK');
    assert.deepEqual(await client.pfcount('d'), int(3));
    await client.pfadd('c', '4');
    assert.equal(await client.pfmerge('d', 'c'), 'OK');
    assert.deepEqual(await client.pfcount('d'), int(4));
    assert.equal(await client.pfmerge('empty'), 'OK');
    assert.deepEqual([await client.exists('empty'), await client.pfcount('empty')], [int(1), int(0)]);
  },

  'pfdebug and pfselftest': async ({ client, int, since }) => {
    await client.pfadd('k', 'a');
    assert.equal(await client.pfdebug('encoding', 'k'), 'sparse');
    assert.equal(await client.pfdebug('decode', 'k'), 'Z:12711 v:2,1 Z:3672');
    assert.equal(await client.pfdebug('todense', 'k'), true);
    assert.equal(await client.pfdebug('todense', 'k'), false);
    assert.equal(await client.pfdebug('encoding', 'k'), 'dense');
    const registers = await client.pfdebug('getreg', 'k');
    assert.equal(registers.length, 16384);
    assert.deepEqual(registers[12711], int(2));
    await assert.rejects(client.pfdebug('decode', 'k'), ResponseError);
    await assert.rejects(client.pfdebug('encoding', 'nothing'), ResponseError);
    await since('8.1', async () => {
      assert.equal(await client.pfdebug('simd', 'off'), 'disabled');
      assert.equal(await client.pfdebug('simd', 'on'), 'enabled');
    });
    assert.equal(await client.pfselftest(), 'OK');
  },
});
