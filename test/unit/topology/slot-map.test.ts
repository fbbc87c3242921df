import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRedirection } from '../../../src/topology/redirection.ts';
import { Shard, SlotMap } from '../../../src/topology/slot-map.ts';

function threeShards(): SlotMap<string> {
  const map = new SlotMap<string>();
  map.assign(0, 5460, new Shard('a', ['a2', 'a3']));
  map.assign(5461, 10_922, new Shard('b', ['b2']));
  map.assign(10_923, 16_383, new Shard('c', []));
  return map;
}

describe('SlotMap', () => {
  it('finds the shard of each slot, to the first and the last of a range', () => {
    const map = threeShards();
    assert.deepEqual(
      [0, 5460, 5461, 10_922, 10_923, 16_383].map((slot) => map.find(slot)?.primary),
      ['a', 'a', 'b', 'b', 'c', 'c'],
    );
    assert.equal(map.uncovered, 0);
    assert.equal([...map.shards].length, 3);
  });

  it('has nobody for what was not assigned', () => {
    const map = new SlotMap<string>();
    map.assign(1, 2, new Shard('a', []));
    assert.equal(map.find(0), undefined);
    assert.equal(map.uncovered, 16_382);
  });

  it('gives a slot that moved to its new primary, and no other', () => {
    const map = threeShards();
    map.move(100, 'b');
    assert.deepEqual(
      [99, 100, 101].map((slot) => map.find(slot)?.primary),
      ['a', 'b', 'a'],
    );
    assert.equal(map.find(100), map.find(6000));
  });

  it('takes a replica that has a slot of its shard for the primary of all of them', () => {
    const map = threeShards();
    map.move(100, 'a2');
    assert.equal(map.find(5460)?.primary, 'a2');
    assert.deepEqual(map.find(0)?.replicas, ['a3']);
  });

  it('takes in a node that nobody has told of', () => {
    const map = threeShards();
    map.move(7, 'new');
    map.move(8, 'new');
    assert.equal(map.find(7), map.find(8));
    assert.equal(map.find(7)?.primary, 'new');
    assert.equal(map.find(9)?.primary, 'a');
  });
});

describe('readRedirection', () => {
  it('reads hosts of all kinds', () => {
    assert.deepEqual(readRedirection('MOVED 3999 127.0.0.1:6381'), {
      isAsk: false,
      slot: 3999,
      host: '127.0.0.1',
      port: 6381,
    });
    assert.equal(readRedirection('ASK 1 ::1:7000')?.host, '::1');
    assert.equal(readRedirection('ASK 1 ::1:7000')?.isAsk, true);
    assert.equal(readRedirection('MOVED 1 :7000')?.host, '');
    assert.equal(readRedirection('MOVED 1 ?:7000')?.host, '?');
    assert.equal(readRedirection('MOVED 1 node-1.example:7000')?.host, 'node-1.example');
  });

  it('reads nothing else', () => {
    for (const message of ['TRYAGAIN x', 'MOVED', 'MOVED x y:1', 'ERR MOVED 1 a:1', 'ASK 1 host']) {
      assert.equal(readRedirection(message), undefined, message);
    }
  });
});
