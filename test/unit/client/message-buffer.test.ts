import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { MessageBuffer, type Overflow } from '../../../src/client/message-buffer.ts';

const join = (earlier: string, later: string): string => `${earlier}+${later}`;

function bufferOf(maxBuffered: number, maxBufferedBytes: number, overflow: Overflow) {
  const dropped: string[] = [];
  let overflows = 0;
  const owner = { dropped: (message: string) => void dropped.push(message), overflowed: () => void overflows++ };
  const buffer = new MessageBuffer<string>({ maxBuffered, maxBufferedBytes, overflow }, owner);
  return { buffer, dropped, overflows: () => overflows };
}

async function allOf(buffer: MessageBuffer<string>): Promise<string[]> {
  const all: string[] = [];
  for (let next = await buffer.take(0); next !== null; next = await buffer.take(0)) all.push(next);
  return all;
}

describe('MessageBuffer', () => {
  type Step = { readonly what: 'push'; readonly size: number } | { readonly what: 'mark' } | { readonly what: 'take' };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ what: fc.constant('push' as const), size: fc.nat(12) }) },
    { weight: 2, arbitrary: fc.constant({ what: 'mark' as const }) },
    { weight: 2, arbitrary: fc.constant({ what: 'take' as const }) },
  );

  for (const overflow of ['drop-oldest', 'drop-newest'] as const) {
    it(`${overflow}: holds its bounds, keeps the order, drops what it says, and never loses a mark`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), async (steps, most) => {
          const { buffer, dropped } = bufferOf(most, 20, overflow);
          const sent: string[] = [];
          const taken: string[] = [];
          for (const [i, each] of steps.entries()) {
            if (each.what === 'push') {
              sent.push(`${i}`);
              buffer.push(`${i}`, each.size);
            } else if (each.what === 'mark') {
              sent.push(`m${i}`);
              buffer.mark(`m${i}`, join);
            } else {
              const next = await buffer.take(0);
              if (next !== null) taken.push(next);
            }
            assert.ok(buffer.length <= most && buffer.bytes <= 20);
          }
          taken.push(...(await allOf(buffer)));
          const gone = new Set(dropped);
          // Marks come out once and in place: behind what was before them, before what came after.
          assert.deepEqual(
            taken.flatMap((each) => each.split('+')),
            sent.filter((each) => !gone.has(each)),
          );
          assert.equal(buffer.length + buffer.bytes, 0);
          // No two marks follow each other, unless they were taken in between.
          if (!steps.some(({ what }) => what === 'take')) {
            assert.ok(taken.every((each, i) => !each.startsWith('m') || taken[i + 1]?.startsWith('m') !== true));
          }
        }),
        { numRuns: 500 },
      );
    });
  }

  it('drop-oldest keeps the newest, drop-newest the oldest; by count and by bytes', async () => {
    for (const [overflow, kept] of [
      ['drop-oldest', ['2', '3']],
      ['drop-newest', ['0', '1']],
    ] as const) {
      for (const [count, bytes] of [
        [2, 1000],
        [1000, 20],
      ] as const) {
        const { buffer, dropped } = bufferOf(count, bytes, overflow);
        for (let i = 0; i < 4; i++) buffer.push(String(i), 10);
        assert.equal(dropped.length, 2);
        assert.deepEqual(await allOf(buffer), kept);
      }
    }
  });

  it('what is larger than all the room goes, and nothing else', async () => {
    const { buffer, dropped } = bufferOf(10, 20, 'drop-oldest');
    buffer.push('small', 5);
    buffer.push('large', 21);
    assert.deepEqual(dropped, ['large']);
    assert.deepEqual(await allOf(buffer), ['small']);
  });

  it('disconnect tells its owner', () => {
    const { buffer, dropped, overflows } = bufferOf(1, 100, 'disconnect');
    buffer.push('a', 1);
    assert.equal(overflows(), 0);
    buffer.push('b', 1);
    assert.equal(overflows(), 1);
    assert.deepEqual(dropped, ['b']);
  });

  it('who waits is served first come, first served, and past any bound', async () => {
    const { buffer, dropped } = bufferOf(1, 1, 'drop-newest');
    const one = buffer.take(Infinity);
    const two = buffer.take(Infinity);
    buffer.push('a', 100);
    buffer.mark('m', join);
    assert.deepEqual(await Promise.all([one, two]), ['a', 'm']);
    assert.deepEqual(dropped, []);
  });

  it('who has waited in vain takes nothing any more', async () => {
    const { buffer } = bufferOf(10, 100, 'drop-newest');
    assert.equal(await buffer.take(1), null);
    const iterator = buffer.iterate();
    const waiting = iterator.next();
    await iterator.return?.();
    assert.deepEqual(await waiting, { value: undefined, done: true });
    buffer.push('a', 1);
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
    assert.equal(await buffer.take(0), 'a');
  });

  it('an end throws away what waits; a failure comes behind it', async () => {
    const ended = bufferOf(10, 100, 'drop-newest').buffer;
    ended.push('a', 1);
    ended.end();
    assert.equal(await ended.take(Infinity), null);
    assert.equal(ended.bytes, 0);

    const failed = bufferOf(10, 100, 'drop-newest').buffer;
    const iterator = failed.iterate();
    failed.push('a', 1);
    failed.fail(() => new Error('over'));
    failed.push('b', 1);
    assert.deepEqual(await iterator.next(), { value: 'a', done: false });
    await assert.rejects(iterator.next(), /over/);
    await assert.rejects(failed.take(0), /over/);
  });
});
