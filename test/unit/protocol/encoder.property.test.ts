import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { Encoder, Header, sizeOf, type Argument } from '../../../src/protocol/index.ts';
import { BUFFER, deliveriesOf } from './recorder.ts';
import { asciiOf, chunking } from './reply-tree.ts';
import { bytesOf, HoldingSink, reference, WritingSink, type Command } from './wire-sink.ts';

/** The time limit is for the search for a smaller counterexample. */
const RUNS = { numRuns: 300, interruptAfterTimeLimit: 20_000 };

const length = fc.oneof(
  fc.nat({ max: 60 }),
  fc.constantFrom(2730, 2731, 8190, 8191, 8192, 8193, 10_922, 10_923, 32_700, 32_768, 70_000),
);

/** Any UTF-16, lone surrogates included, and long runs of one width. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 60 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc.array(fc.nat({ max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(length, fc.constantFrom('', 'é', '€', '😀', '\ud83d'), fc.boolean())
      .map(([size, special, everywhere]) =>
        everywhere && special !== '' ? special.repeat(size) : asciiOf(size) + special,
      ),
  },
);

const bytes = fc.oneof(
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 5, maxLength: 60 }).map((array) => array.subarray(2, -1)) },
  { weight: 1, arbitrary: length.map((size) => Buffer.from(asciiOf(size))) },
);

const argument: fc.Arbitrary<Argument> = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 2, arbitrary: bytes },
  { weight: 1, arbitrary: fc.double({ noNaN: true }) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.bigInt() },
);

const header = fc
  .array(fc.string({ unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), minLength: 1, maxLength: 20 }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((words) => new Header(words));

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.record({
    header,
    args: fc.oneof(
      { weight: 5, arbitrary: fc.array(argument, { maxLength: 6 }) },
      fc.array(argument, { maxLength: 40 }),
    ),
  }),
  { minLength: 1, maxLength: 12 },
);

/** After which commands to flush, and which writes the sink holds: repeated as often as needed. */
const pattern = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });

function at(given: readonly boolean[], index: number): boolean {
  return given[index % given.length]!;
}

function expectedOf(all: readonly Command[]): Buffer {
  return Buffer.concat(all.map(reference));
}

describe('Encoder, for any commands', () => {
  it('writes what the plainest encoding writes, from memory that is overwritten after each write', () => {
    fc.assert(
      fc.property(commands, pattern, (all, flushes) => {
        const sink = new WritingSink();
        const encoder = new Encoder(sink);
        all.forEach((command, index) => {
          encoder.encode(command.header, command.args);
          if (at(flushes, index)) encoder.flush();
        });
        encoder.flush();
        assert.equal(encoder.pending, 0);
        assert.ok(sink.all.equals(expectedOf(all)));
      }),
      RUNS,
    );
  });

  it('writes the same when the sink holds memory and gives it back late', () => {
    fc.assert(
      fc.property(commands, pattern, pattern, pattern, (all, flushes, holds, releases) => {
        const sink = new HoldingSink((write) => at(holds, write));
        const encoder = new Encoder(sink);
        sink.encoder = encoder;
        all.forEach((command, index) => {
          encoder.encode(command.header, command.args);
          if (at(flushes, index)) encoder.flush();
          if (at(releases, index)) sink.release();
        });
        encoder.flush();
        assert.ok(sink.all.equals(expectedOf(all)));
      }),
      RUNS,
    );
  });

  it('takes every argument that can be sent, and accounts for no less than most of its bytes', () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 10 }), (args) => {
        const size = sizeOf(args);
        assert.ok(size >= args.reduce<number>((sum, arg) => sum + (typeof arg === 'string' ? arg.length : 0), 0));
        assert.ok(size > 0);
      }),
      RUNS,
    );
  });

  it('is understood by the decoder', () => {
    fc.assert(
      fc.property(commands, chunking, (all, sizes) => {
        const sink = new WritingSink();
        const encoder = new Encoder(sink);
        for (const command of all) encoder.encode(command.header, command.args);
        encoder.flush();
        const expected = all.map((command) => ['reply', [...command.header.words, ...command.args].map(bytesOf)]);
        assert.deepStrictEqual(deliveriesOf(sink.all, { modes: [BUFFER], sizes, headroom: 4096 }), expected);
      }),
      RUNS,
    );
  });
});
