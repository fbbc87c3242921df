import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { command } from '../../../src/commands/spec.ts';
import { mergeOf } from '../../../src/topology/fan-out.ts';
import { isSplittable } from '../../../src/topology/split.ts';

describe('mergeOf', () => {
  it('merges as the tips of the server say', () => {
    const merged = (name: string, replies: readonly unknown[]): unknown => mergeOf(command(name))(replies);
    assert.equal(merged('DBSIZE', [1, 2, 3]), 6);
    assert.equal(merged('DBSIZE', [1n, 2n]), 3n);
    assert.equal(merged('WAIT', [3, 1, 2]), 1);
    assert.deepEqual(
      merged('WAITAOF', [
        [1, 5],
        [2, 4],
      ]),
      [1, 4],
    );
    assert.deepEqual(
      merged('SCRIPT EXISTS', [
        [1, 1],
        [1, 0],
      ]),
      [1, 0],
    );
    assert.equal(merged('FLUSHALL', ['OK', 'OK']), 'OK');
    assert.equal(merged('SCRIPT KILL', [undefined, 'OK', undefined]), 'OK');
    assert.deepEqual(merged('KEYS', [['a'], [], ['b', 'c']]), ['a', 'b', 'c']);
    assert.equal(merged('RANDOMKEY', [null, 'a', null]), 'a');
    assert.equal(merged('RANDOMKEY', [null, null]), null);
  });
});

describe('isSplittable', () => {
  it('is true of the commands whose arguments are keys, or keys and values, and of no other', () => {
    for (const name of ['MGET', 'MSET', 'DEL', 'UNLINK', 'EXISTS', 'TOUCH'])
      assert.ok(isSplittable(command(name)), name);
    for (const name of ['MSETEX', 'MSETNX', 'SINTER', 'RENAME', 'GET']) assert.ok(!isSplittable(command(name)), name);
  });
});
