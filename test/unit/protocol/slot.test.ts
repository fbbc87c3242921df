import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { keySlot } from '../../../src/protocol/slot.ts';

const RUNS = { numRuns: 500, interruptAfterTimeLimit: 20_000 };

/** The specification, a bit at a time. */
function reference(key: string | Buffer): number {
  const bytes = [...Buffer.from(key as string)];
  const open = bytes.indexOf(0x7b);
  const close = bytes.indexOf(0x7d, open + 1);
  const isTagged = open !== -1 && close > open + 1;
  let crc = 0;
  for (const byte of isTagged ? bytes.slice(open + 1, close) : bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : ((crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc % 16_384;
}

/** Any UTF-16, lone surrogates included, and with braces in places that matter. */
const text = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.array(fc.nat({ max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('{', '}', 'a', 'é', '€', '😀', '\ud83d', '\ude00'), { maxLength: 12 })
    .map((parts) => parts.join('')),
);

describe('keySlot', () => {
  it('gives the slots of the specification', () => {
    assert.equal(keySlot('123456789'), 0x31c3);
    assert.equal(keySlot('foo'), 12_182);
    assert.equal(keySlot(''), 0);
  });

  it('takes the first tag that is not empty in place of the key', () => {
    assert.equal(keySlot('{user1000}.following'), keySlot('user1000'));
    assert.equal(keySlot('foo{{bar}}zap'), keySlot('{bar'));
    assert.equal(keySlot('foo{bar}{zap}'), keySlot('bar'));
    assert.equal(keySlot('foo{}{bar}'), reference('foo{}{bar}'));
    assert.notEqual(keySlot('foo{}{bar}'), keySlot('bar'));
    assert.notEqual(keySlot('foo{bar'), keySlot('bar'));
    assert.equal(keySlot('}{a}'), keySlot('a'));
  });

  it('is what a bit at a time gives, for any text', () => {
    fc.assert(
      fc.property(text, (key) => {
        assert.equal(keySlot(key), reference(key));
      }),
      RUNS,
    );
  });

  it('is the same for the bytes of a text', () => {
    fc.assert(
      fc.property(text, (key) => {
        assert.equal(keySlot(Buffer.from(key)), keySlot(key));
      }),
      RUNS,
    );
  });

  it('is what a bit at a time gives, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        assert.equal(keySlot(bytes), reference(Buffer.from(bytes)));
      }),
      RUNS,
    );
  });
});
