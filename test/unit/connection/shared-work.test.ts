import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedWork } from '../../../src/connection/shared-work.ts';

/** Work that ends when it is told to. */
function task(): { begin(signal: AbortSignal): Promise<string>; end(value: string): void; signals: AbortSignal[] } {
  let end!: (value: string) => void;
  const signals: AbortSignal[] = [];
  const begin = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      end = resolve;
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  };
  return { begin, end: (value) => end(value), signals };
}

describe('SharedWork', () => {
  it('is done once for all who want it, and again for who comes later', async () => {
    const shared = new SharedWork<string>();
    const { begin, end, signals } = task();
    const waiting = [1, 2, 3].map(() => shared.join('a', new AbortController().signal, begin));
    assert.equal(signals.length, 1);
    end('done');
    assert.deepEqual(await Promise.all(waiting), ['done', 'done', 'done']);
    const later = shared.join('a', new AbortController().signal, begin);
    assert.equal(signals.length, 2);
    end('again');
    assert.equal(await later, 'again');
  });

  it('tells all of them when it fails', async () => {
    const shared = new SharedWork<string>();
    const begin = (): Promise<string> => Promise.reject(new Error('no'));
    const waiting = [1, 2].map(() => shared.join('a', new AbortController().signal, begin));
    for (const each of waiting) await assert.rejects(each, /no/);
  });

  it('is different work for another key', async () => {
    const shared = new SharedWork<string>();
    const begin = (): Promise<string> => Promise.resolve('done');
    const { signal } = new AbortController();
    assert.deepEqual(await Promise.all([shared.join('a', signal, begin), shared.join('b', signal, begin)]), [
      'done',
      'done',
    ]);
  });

  it('is given up when nobody waits any more, not before', async () => {
    const shared = new SharedWork<string>();
    const { begin, end, signals } = task();
    const callers = [new AbortController(), new AbortController()];
    const waiting = callers.map(({ signal }) => shared.join('a', signal, begin));
    const settled = Promise.allSettled(waiting);
    callers[0]!.abort();
    assert.equal(signals[0]!.aborted, false);
    callers[1]!.abort(new Error('gone'));
    assert.equal(signals[0]!.aborted, true);
    const fresh = shared.join('a', new AbortController().signal, begin);
    assert.equal(signals.length, 2);
    end('done');
    assert.equal(await fresh, 'done');
    assert.deepEqual(
      (await settled).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });

  it('is not begun for who has gone already', async () => {
    const shared = new SharedWork<string>();
    const { begin, signals } = task();
    await assert.rejects(shared.join('a', AbortSignal.abort(), begin), { name: 'AbortError' });
    assert.equal(signals.length, 0);
  });
});
