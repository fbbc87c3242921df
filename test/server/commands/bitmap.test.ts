import assert from 'node:assert/strict';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses } from './harness.ts';

await everyWay('bitmap', {
  'getbit and setbit': async ({ client }) => {
    assert.equal(await client.setbit('k', 7, 1), 0);
    assert.equal(await client.setbit('k', 7n, 0), 1);
    assert.equal(await client.setbit('k', 100, 1), 0);
    assert.equal(await client.getbit('k', 100), 1);
    assert.equal(await client.getbit('k', 0), 0);
    assert.equal(await client.getbit('k', 4294967295), 0);
    assert.equal(await client.getbit('nothing', 1), 0);
    await assert.rejects(client.setbit('k', 4294967296, 1), ResponseError);
    await assert.rejects(client.setbit('k', 0, 2 as never), ResponseError);
    await client.rpush('list', 'a');
    await assert.rejects(client.getbit('list', 0), { code: 'WRONGTYPE' });
  },

  bitcount: async ({ client, int, since }) => {
    await client.set('k', 'foobar');
    assert.deepEqual(await client.bitcount('k'), int(26));
    assert.deepEqual(await client.bitcount('k', 0, 0), int(4));
    assert.deepEqual(await client.bitcount('k', -2n, -1), int(7));
    assert.deepEqual(await client.bitcount('k', 1, 1, { unit: 'byte' }), int(6));
    assert.deepEqual(await client.bitcount('k', 5, 30, { unit: 'bit' }), int(17));
    assert.deepEqual(await client.bitcount('nothing'), int(0));
    await since('8.0', async () => assert.deepEqual(await client.bitcount('k', 1), int(22)));
    refuses(() => client.bitcount('k', undefined as never, 1), /BITCOUNT takes an end only with a start/);
    const unit = { unit: 'bit' } as const;
    refuses(() => client.bitcount('k', 1, undefined as never, unit), /takes a unit only with a start and an end/);
    refuses(() => client.bitcount('k', null as never, 1), /argument 2 is null/);
  },

  bitpos: async ({ client, int }) => {
    await client.set('k', Buffer.of(0xff, 0xf0, 0x00));
    assert.deepEqual(await client.bitpos('k', 0), int(12));
    assert.deepEqual(await client.bitpos('k', 1), int(0));
    assert.deepEqual(await client.bitpos('k', 1, 2), int(-1));
    assert.deepEqual(await client.bitpos('k', 0, 2n), int(16));
    assert.deepEqual(await client.bitpos('k', 0, -3, -2), int(12));
    assert.deepEqual(await client.bitpos('k', 1, 1, 1, { unit: 'byte' }), int(8));
    assert.deepEqual(await client.bitpos('k', 1, 7, 15, { unit: 'bit' }), int(7));
    await client.set('ones', Buffer.of(0xff));
    assert.deepEqual([await client.bitpos('ones', 0), await client.bitpos('ones', 0, 0, -1)], [int(8), int(-1)]);
    assert.deepEqual([await client.bitpos('nothing', 0), await client.bitpos('nothing', 1)], [int(0), int(-1)]);
    refuses(() => client.bitpos('k', 1, 1, undefined as never, { unit: 'bit' }), /BITPOS takes a unit only with/);
    await assert.rejects(client.bitpos('k', 2 as never), ResponseError);
  },

  bitop: async ({ client, int }) => {
    const bytes = client.withOptions({ encoding: 'buffer' });
    await client.mset({ a: Buffer.of(0b1100, 0xff), b: Buffer.of(0b1010) });
    assert.deepEqual(await client.bitop('and', 'd', ['a', 'b']), int(2));
    assert.deepEqual(await bytes.get('d'), Buffer.of(0b1000, 0));
    assert.deepEqual(await client.bitop('or', 'd', ['a', 'b', 'nothing']), int(2));
    assert.deepEqual(await bytes.get('d'), Buffer.of(0b1110, 0xff));
    assert.deepEqual(await client.bitop('xor', 'd', ['a', 'b']), int(2));
    assert.deepEqual(await bytes.get('d'), Buffer.of(0b0110, 0xff));
    assert.deepEqual(await client.bitop('not', 'd', 'b'), int(1));
    assert.deepEqual(await bytes.get('d'), Buffer.of(0b11110101));
    assert.deepEqual(await client.bitop('not', 'd', ['nothing']), int(0));
    assert.equal(await client.exists('d'), int(0));
    refuses(() => client.bitop('or', 'd', []), /BITOP needs at least one key/);
    await assert.rejects(client.bitop('not', 'd', ['a', 'b'] as never), ResponseError);
  },

  bitfield: async ({ client, int, ints }) => {
    assert.deepEqual(await client.bitfield('k', { set: 'u8', offset: '#1', value: 255 }), ints(0));
    assert.deepEqual(
      await client.bitfield('k', [
        { get: 'u8', offset: 8 },
        { get: 'i8', offset: 8n },
      ]),
      ints(255, -1),
    );
    assert.deepEqual(await client.bitfield('k', { get: 'i4', offset: 10 }), ints(-1));
    assert.deepEqual(await client.bitfield('k', { incrby: 'u8', offset: '#1', increment: -5n }), ints(250));
    assert.deepEqual(await client.bitfield('k', []), []);
    assert.deepEqual(await client.bitfield('nothing', { get: 'u63', offset: 0 }), ints(0));
    const large = { set: 'i64', offset: '#0', value: -9007199254740991n } as const;
    await client.bitfield('large', large);
    assert.deepEqual(await client.bitfield('large', { get: 'i64', offset: 0 }), [int(-9007199254740991)]);
    await client.bitfield('large', { ...large, value: 2n ** 63n - 1n });
    const exact = client.withOptions({ integers: 'bigint' });
    assert.deepEqual(await exact.bitfield('large', { get: 'i64', offset: 0 }), [2n ** 63n - 1n]);
    await assert.rejects(client.bitfield('k', { get: 'u64', offset: 0 }), ResponseError);
  },

  'bitfield: each step has an overflow of its own': async ({ client, int }) => {
    const add = { incrby: 'u8', offset: 0, increment: 10 } as const;
    const fill = { set: 'u8', offset: 0, value: 250 } as const;
    assert.deepEqual(
      await client.bitfield('k', [
        fill,
        { ...add, overflow: 'sat' },
        { ...add, overflow: 'fail' },
        { ...add, overflow: 'fail' },
        { get: 'u8', offset: 0 },
        add,
        { ...fill, value: 256, overflow: 'sat' },
        { ...add, overflow: 'wrap' },
        { ...fill, value: -1, overflow: 'fail' },
        { get: 'u8', offset: 0 },
      ]),
      [0, 255, null, null, 255, 9, 9, 9, null, 9].map((reply) => (reply === null ? null : int(reply))),
    );
  },

  bitfield_ro: async ({ client, ints }) => {
    await client.set('k', 'ab');
    assert.deepEqual(await client.bitfield_ro('k', { get: 'u8', offset: '#1' }), ints(98));
    assert.deepEqual(
      await client.bitfield_ro('k', [
        { get: 'u8', offset: 0 },
        { get: 'i3', offset: 1 },
      ]),
      ints(97, -2),
    );
    assert.deepEqual(await client.bitfield_ro('k', []), []);
  },

  'bitfield refuses what is no step': async ({ client }) => {
    const run = (steps: unknown) => () => client.bitfield('k', steps as never);
    refuses(run(undefined), /BITFIELD needs steps/);
    refuses(run([null]), /BITFIELD needs steps/);
    refuses(run(['get']), /BITFIELD needs steps/);
    refuses(run({ offset: 1 }), /needs one of get, set and incrby/);
    refuses(run({ get: 'u8', set: 'u8', offset: 1, value: 1 }), /needs one of get, set and incrby/);
    refuses(run({ get: 'u8', offset: 1, overflow: 'sat' }), /takes overflow only with set and incrby/);
    refuses(run({ get: 'u8' }), /argument 4 is undefined/);
    refuses(run({ set: 'u8', offset: 0 }), /argument 5 is undefined/);
    refuses(run({ set: 'u8', offset: 0, value: 1, overflow: null }), /argument 3 is null/);
    refuses(() => client.bitfield_ro('k', { set: 'u8', offset: 0, value: 1 } as never), /BITFIELD_RO only takes steps/);
  },
});
