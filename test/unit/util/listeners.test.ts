import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Listeners } from '../../../src/util/listeners.ts';

interface Events {
  said: readonly [word: string, count: number];
  ended: readonly [];
}

/** Runs something, and gives the errors that nobody caught meanwhile. */
async function uncaughtOf(run: () => void): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error));
  try {
    run();
    await new Promise(setImmediate);
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
  return uncaught;
}

describe('Listeners', () => {
  it('calls those who listen, in their order, with what was said', () => {
    const listeners = new Listeners<Events>();
    const calls: unknown[] = [];
    listeners.on('said', (word, count) => calls.push(['first', word, count]));
    listeners.on('said', (word) => calls.push(['second', word]));
    listeners.on('ended', () => calls.push(['ended']));
    listeners.emit('said', 'a', 1);
    listeners.emit('ended');
    listeners.emit('said', 'b', 2);
    assert.deepEqual(calls, [['first', 'a', 1], ['second', 'a'], ['ended'], ['first', 'b', 2], ['second', 'b']]);
  });

  it('calls nobody when nobody listens', () => {
    new Listeners<Events>().emit('ended');
  });

  it('takes names of Object.prototype for what they are', () => {
    const listeners = new Listeners<{ constructor: readonly []; __proto__: readonly [] }>();
    let calls = 0;
    listeners.emit('constructor');
    listeners.on('__proto__', () => calls++);
    listeners.emit('__proto__');
    assert.equal(calls, 1);
  });

  it('stops calling when it is told to', () => {
    const listeners = new Listeners<Events>();
    let calls = 0;
    const off = listeners.on('ended', () => calls++);
    listeners.emit('ended');
    off();
    off();
    listeners.emit('ended');
    assert.equal(calls, 1);
  });

  it('lets one function listen twice and leave once', () => {
    const listeners = new Listeners<Events>();
    let calls = 0;
    const listener = (): void => void calls++;
    const off = listeners.on('ended', listener);
    listeners.on('ended', listener);
    listeners.emit('ended');
    assert.equal(calls, 2);
    off();
    listeners.emit('ended');
    assert.equal(calls, 3);
  });

  it('calls once who asked for once', () => {
    const listeners = new Listeners<Events>();
    const words: string[] = [];
    listeners.once('said', (word) => words.push(word));
    listeners.emit('said', 'a', 1);
    listeners.emit('said', 'b', 1);
    assert.deepEqual(words, ['a']);
  });

  it('does not call who asked for once and left', () => {
    const listeners = new Listeners<Events>();
    let calls = 0;
    listeners.once('ended', () => calls++)();
    listeners.emit('ended');
    assert.equal(calls, 0);
  });

  it('calls once who asked for once, even if a listener emits again', () => {
    const listeners = new Listeners<Events>();
    const words: string[] = [];
    listeners.on('said', (word) => {
      if (word === 'outer') listeners.emit('said', 'inner', 1);
    });
    listeners.once('said', (word) => words.push(word));
    listeners.emit('said', 'outer', 1);
    assert.equal(words.length, 1);
  });

  it('does not call who was told to stop by an earlier listener of the same event', () => {
    const listeners = new Listeners<Events>();
    let calls = 0;
    listeners.on('ended', () => off());
    const off = listeners.on('ended', () => calls++);
    listeners.emit('ended');
    assert.equal(calls, 0);
  });

  it('does not call who came during the event', () => {
    const listeners = new Listeners<Events>();
    let calls = 0;
    listeners.once('ended', () => void listeners.on('ended', () => calls++));
    listeners.emit('ended');
    assert.equal(calls, 0);
    listeners.emit('ended');
    assert.equal(calls, 1);
  });

  it('surfaces what a listener throws as an uncaught exception, and calls the others', async () => {
    const listeners = new Listeners<Events>();
    const calls: string[] = [];
    const first = new Error('first');
    const second = new Error('second');
    listeners.on('ended', () => calls.push('a'));
    listeners.on('ended', () => {
      throw first;
    });
    listeners.on('ended', () => calls.push('b'));
    listeners.once('ended', () => {
      throw second;
    });
    listeners.on('ended', () => calls.push('c'));
    const uncaught = await uncaughtOf(() => {
      listeners.emit('ended');
      calls.push('after');
    });
    assert.deepEqual(calls, ['a', 'b', 'c', 'after']);
    assert.deepEqual(uncaught, [first, second]);
    assert.deepEqual(await uncaughtOf(() => listeners.emit('ended')), [first]);
  });
});
