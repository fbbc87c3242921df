import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Decoder, ReplyMode } from '../../../src/protocol/index.ts';
import { BUFFER, decoderTo, LATIN1, Recorder, UTF8, wire, type Delivery } from './recorder.ts';

/** As a socket reads: into one memory, with room in front of it. */
const HEADROOM = 64 * 1024;
const CHUNK = 64 * 1024;
const MIB = 1024 * 1024;

/** Four times the bytes may take four times as long, and this much more for what caches and the collector add. */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const RUNS = 3;

/** Writes the chunk of that number into the memory and says how long it is; 0 at the end. */
type Source = (memory: Buffer, at: number, chunk: number) => number;

function feedFrom(decoder: Decoder, source: Source): void {
  const memory = Buffer.alloc(HEADROOM + CHUNK);
  for (let chunk = 0; ; chunk++) {
    const length = source(memory, HEADROOM, chunk);
    if (length === 0) return;
    decoder.read(memory, HEADROOM, HEADROOM + length);
  }
}

function deliveriesFrom(source: Source, mode: ReplyMode): Delivery[] {
  const recorder = new Recorder([mode]);
  feedFrom(decoderTo(recorder), source);
  return recorder.deliveries;
}

/** A bulk string of whole chunks, each of which begins with its number, and what follows it. */
function bulkOf(length: number, after: string): Source {
  const chunks = length / CHUNK;
  return (memory, at, chunk) => {
    if (chunk === 0) return memory.write(`$${length}\r\n`, at, 'latin1');
    if (chunk <= chunks) {
      if (chunk <= 2) memory.fill('.', at, at + CHUNK);
      memory.write(String(chunk - 1).padStart(8, '0'), at, 'latin1');
      return CHUNK;
    }
    return chunk === chunks + 1 ? memory.write(`\r\n${after}`, at, 'latin1') : 0;
  };
}

/** An array of the bulk strings 0, 1, 2, ... as one run of bytes, made once so that making it is not measured. */
function arrayOf(length: number): Source {
  const parts = [`*${length}\r\n`];
  for (let i = 0; i < length; i++) parts.push(`$${String(i).length}\r\n${i}\r\n`);
  const bytes = wire(parts.join(''));
  return (memory, at, chunk) => bytes.subarray(chunk * CHUNK, (chunk + 1) * CHUNK).copy(memory, at);
}

/** The best of a few runs: what disturbs a run only makes it longer. */
function bestTime(run: () => void): number {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Well above what linear time takes, the collector's share included, and well below what quadratic time would. */
function bound(times: number): number {
  return Math.max(times * 2.5, times ** 1.5);
}

/** Other work on the machine only ever adds to a time: the least of all runs counts, and more are made while the ratio is too large. */
function assertRatio(times: number, small: () => void, large: () => void): void {
  let ofSmall = Infinity;
  let ofLarge = Infinity;
  let ratio = Infinity;
  for (let attempt = 0; attempt < 8 && ratio >= bound(times); attempt++) {
    // What the tests before have left would be collected in the middle of this.
    collect();
    ofLarge = Math.min(ofLarge, bestTime(large));
    ofSmall = Math.min(ofSmall, bestTime(small));
    ratio = ofLarge / ofSmall;
  }
  assert.ok(ratio < bound(times), `${times} times as much took ${ratio.toFixed(1)} times as long`);
}

function assertLinear(times: number, small: Source, large: Source, mode: ReplyMode): void {
  assertRatio(
    times,
    () => void deliveriesFrom(small, mode),
    () => void deliveriesFrom(large, mode),
  );
}

describe('Decoder: linear time', () => {
  for (const mode of [UTF8, LATIN1, BUFFER]) {
    // Not smaller: below 32 MiB the C library's allocator gives the same warm memory again, at a twentieth of the cost per byte.
    it(`decodes a string of 256 MiB in four times the time of 64 MiB, in ${mode.encoding} mode`, () => {
      assertLinear(4, bulkOf(64 * MIB, ''), bulkOf(256 * MIB, ''), mode);
    });
  }

  for (const mode of [UTF8, BUFFER]) {
    it(`decodes an array of 200,000 strings in sixteen times the time of 12,500, in ${mode.encoding} mode`, () => {
      // Not larger: what outgrows the young generation is copied by the collector, in other proportions than these.
      assertLinear(16, arrayOf(12_500), arrayOf(200_000), mode);
    });
  }

  it('decodes an array that comes in tiny pieces in linear time', () => {
    const inPieces = (length: number): (() => void) => {
      const whole = wire(`*${length}\r\n${'$7\r\nelement\r\n'.repeat(length)}`);
      return () => {
        const recorder = new Recorder();
        const decoder = decoderTo(recorder);
        for (let at = 0; at < whole.length; at += 10) decoder.read(whole, at, Math.min(at + 10, whole.length));
        assert.equal(recorder.deliveries.length, 1);
      };
    };
    assertRatio(16, inPieces(12_500), inPieces(200_000));
  });
});

describe('Decoder: huge replies', () => {
  const LENGTH = 512 * MIB;

  it('gives 512 MiB as a Buffer', () => {
    const [reply, after] = deliveriesFrom(bulkOf(LENGTH, ':7\r\n'), BUFFER);
    assert.equal(reply?.[0], 'reply');
    const value = reply[1];
    assert.ok(Buffer.isBuffer(value));
    assert.equal(value.length, LENGTH);
    assert.equal(value.buffer.byteLength, LENGTH);
    for (let chunk = 0; chunk < LENGTH / CHUNK; chunk++) {
      assert.equal(value.toString('latin1', chunk * CHUNK, chunk * CHUNK + 10), `${String(chunk).padStart(8, '0')}..`);
    }
    assert.deepEqual(after, ['reply', 7]);
  });

  it('gives what is not a power of two in memory of just that size', () => {
    const [reply] = deliveriesFrom(bulkOf(33 * MIB, ''), BUFFER);
    const value = reply?.[1];
    assert.ok(Buffer.isBuffer(value));
    assert.deepEqual([value.length, value.byteOffset, value.buffer.byteLength], [33 * MIB, 0, 33 * MIB]);
  });

  it('says that 512 MiB are too much for a string, and goes on', () => {
    const [unfit, after] = deliveriesFrom(bulkOf(LENGTH, '$5\r\nafter\r\n'), UTF8);
    assert.equal(unfit?.[0], 'unfit');
    assert.match(unfit[1], new RegExp(`${LENGTH} bytes`));
    assert.match(unfit[1], /withOptions\(\{ encoding: 'buffer' \}\)/);
    assert.deepEqual(after, ['reply', 'after']);
  });

  it('gives an array of 5,000,000 elements', () => {
    const length = 5_000_000;
    const deliveries = deliveriesFrom(arrayOf(length), UTF8);
    assert.equal(deliveries.length, 1);
    const items = deliveries[0]![1] as readonly unknown[];
    assert.equal(items.length, length);
    for (let i = 0; i < length; i += 99_991) assert.equal(items[i], String(i));
    assert.equal(items.at(-1), String(length - 1));
  });
});
