import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockingTimeout } from '../../../src/commands/blocking.ts';
import { type Value, command } from '../../../src/commands/index.ts';

const timeout = (name: string, ...args: Value[]): number | undefined => blockingTimeout(command(name), args);

test('pops and moves: seconds, in their place', () => {
  assert.equal(timeout('BLPOP', 'a', 'b', 1.5), 1500);
  assert.equal(timeout('BRPOP', 'a', '2'), 2000);
  assert.equal(timeout('BZPOPMIN', 'a', Buffer.from('0.25')), 250);
  assert.equal(timeout('BZPOPMAX', 'a', 0n), 0);
  assert.equal(timeout('BRPOPLPUSH', 'a', 'b', 3), 3000);
  assert.equal(timeout('BLMOVE', 'a', 'b', 'left', 'right', 4), 4000);
  assert.equal(timeout('BLMPOP', 5, 1, 'a', 'left'), 5000);
  assert.equal(timeout('BZMPOP', '0', 1, 'a', 'MIN'), 0);
});

test('wait: milliseconds', () => {
  assert.equal(timeout('WAIT', 1, 100), 100);
  assert.equal(timeout('WAITAOF', 1, 0, '0'), 0);
});

test('xread and xreadgroup: BLOCK among the options, never among names', () => {
  assert.equal(timeout('XREAD', 'STREAMS', 's', '$'), undefined);
  assert.equal(timeout('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$'), 0);
  assert.equal(timeout('XREAD', 'count', 2, Buffer.from('block'), '70', 'streams', 's', '$'), 70);
  assert.equal(timeout('XREAD', 'STREAMS', 'BLOCK', '5'), undefined);
  assert.equal(timeout('XREADGROUP', 'GROUP', 'BLOCK', 'STREAMS', 'NOACK', 'BLOCK', 7, 'STREAMS', 's', '>'), 7);
  assert.equal(timeout('XREADGROUP', 'GROUP', 'BLOCK', '9', 'STREAMS', 's', '>'), undefined);
});

test('what does not block, or will be refused', () => {
  assert.equal(timeout('GET', '1'), undefined);
  assert.equal(timeout('BLPOP', 'a', 'soon'), undefined);
  assert.equal(timeout('BLPOP', 'a', ''), undefined);
  assert.equal(timeout('BLPOP', 'a', -1), undefined);
  assert.equal(timeout('BLPOP', 'a', Infinity), undefined);
  assert.equal(timeout('BLPOP'), undefined);
  assert.equal(timeout('XREAD', 'BLOCK'), undefined);
});
