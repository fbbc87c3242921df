import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { LineReader } from '../../../src/protocol/line-reader.ts';
import { decoderTo, feed, Recorder, wire } from './recorder.ts';

function read(bytes: Buffer, sizes: readonly number[], headroom: number, longest: number) {
  const lines: string[] = [];
  let skipped = 0;
  const recorder = new Recorder();
  const decoder = decoderTo(recorder);
  const sink = { line: (text: string) => void lines.push(text), skipped: () => void skipped++ };
  decoder.divert(new LineReader(sink, longest), false);
  feed(decoder, bytes, sizes, headroom);
  return { lines, skipped, left: recorder.deliveries };
}

describe('LineReader', () => {
  it('reads lines, however they are cut, and counts those that are too long', () => {
    const line = fc.string({
      unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
      maxLength: 300,
    });
    fc.assert(
      fc.property(
        fc.array(line.filter((text) => text !== 'OK')),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(0, 64, 4096),
        (lines, sizes, headroom) => {
          const longest = 200;
          const stream = wire(lines.map((text) => `+${text}\r\n`).join(''));
          const fit = lines.filter((text) => text.length + 3 <= longest);
          const outcome = read(stream, sizes, headroom, longest);
          assert.deepEqual(outcome, { lines: fit, skipped: lines.length - fit.length, left: [] });
        },
      ),
    );
  });

  it('leaves everything else to the decoder', () => {
    const { lines, left } = read(wire('+1.5 [0 lua] "a"\r\n-ERR no\r\n+2.5 [0 lua] "b"\r\n:7\r\n'), [1000], 0, 100);
    assert.deepEqual(lines, ['1.5 [0 lua] "a"', '2.5 [0 lua] "b"']);
    assert.deepEqual(left, [
      ['error', 'ERR no'],
      ['reply', 7],
    ]);
  });
});
