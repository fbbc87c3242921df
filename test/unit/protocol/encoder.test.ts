import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Encoder, Header, sizeOf, type Argument } from '../../../src/protocol/index.ts';
import { asciiOf } from './reply-tree.ts';
import { HoldingSink, reference, WritingSink, type Command } from './wire-sink.ts';

const SLAB = 32 * 1024;
const LARGE = 8 * 1024;
const MIB = 1024 * 1024;

const GET = new Header(['GET']);
const NOTHING = new Header(['PING']);

function encode(commands: readonly Command[]): WritingSink {
  const sink = new WritingSink();
  const encoder = new Encoder(sink);
  for (const { header, args } of commands) encoder.encode(header, args);
  encoder.flush();
  return sink;
}

function assertSame(actual: Buffer, expected: Buffer, what: string): void {
  // Not `deepEqual`: it takes long to say how a megabyte differs.
  assert.ok(actual.equals(expected), `${what}: ${preview(actual)} instead of ${preview(expected)}`);
}

function preview(bytes: Buffer): string {
  return `${JSON.stringify(bytes.toString('latin1', 0, 60))} (${bytes.length} bytes)`;
}

function assertEncodes(args: readonly Argument[], what: string, header: Header = GET): void {
  const command = { header, args };
  assertSame(encode([command]).all, reference(command), what);
  // Again, from memory that was used before.
  assertSame(encode([command, command]).all, Buffer.concat([reference(command), reference(command)]), `${what}, twice`);
}

/** Texts of exactly that many UTF-16 units, in every width of UTF-8. */
function textsOf(length: number): [string, string][] {
  const filled = (unit: string): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  const ascii = asciiOf(length);
  const texts: [string, string][] = [
    ['ASCII', ascii],
    ['2-byte', filled('é')],
    ['3-byte', filled('€')],
    ['4-byte', filled('😀')],
    ['lone high surrogates', filled('\ud83d')],
    ['lone low surrogates', filled('\ude00')],
    ['all widths', filled('aé€😀\ud83d')],
    // Held as two bytes per unit in V8 although it is ASCII.
    ['ASCII cut from a wide string', `€€${ascii}`.slice(2)],
    ['ASCII that was joined', ascii.slice(0, length >> 1) + ascii.slice(length >> 1)],
  ];
  if (length === 0) return texts;
  for (const last of ['é', '€', '\ud83d']) texts.push([`ASCII and ${last} at the end`, ascii.slice(1) + last]);
  texts.push(['é and ASCII', `é${ascii.slice(1)}`]);
  if (length > 1)
    texts.push(['ASCII and 😀 at the end', `${ascii.slice(2)}😀`], ['ASCII and half a 😀', `${ascii.slice(1)}\ud83d`]);
  return texts;
}

/** Encodes a command so that just as many bytes are pending, and gives it. */
function fill(encoder: Encoder, pending: number): Command {
  const blocks = Math.floor((pending - 100) / 1000);
  // *N CR LF $1 CR LF P CR LF, blocks of 1000 with their frames, two texts of 20 with theirs, and what remains between.
  const rest = pending - `*${blocks + 4}\r\n$1\r\nP\r\n`.length - 1000 * blocks - 2 * 20;
  const digits = rest - 5 - 2 < 10 ? 1 : rest - 5 - 3 < 100 ? 2 : rest - 5 - 4 < 1000 ? 3 : 4;
  const args = [
    ...Array.from({ length: blocks }, () => new Uint8Array(1000 - '$992\r\n\r\n'.length)),
    new Uint8Array(rest - 5 - digits),
    asciiOf(13),
    asciiOf(13),
  ];
  const filler = { header: new Header(['P']), args };
  encoder.encode(filler.header, filler.args);
  return filler;
}

const around = (middle: number, distance = 2): number[] =>
  Array.from({ length: 2 * distance + 1 }, (_, i) => middle - distance + i);

describe('Encoder: what it writes', () => {
  for (const [name, words, args] of [
    ['a command without arguments', ['PING'], []],
    ['a command with one', ['GET'], ['key']],
    ['a command of two words', ['CONFIG', 'GET'], ['maxmemory']],
    ['a command of many words', ['A', 'VERY', 'LONG', 'COMMAND', 'NAME', 'OF', 'MANY', 'WORDS'], ['x']],
    ['a command whose name is not ASCII', ['FCÄLL'], ['x']],
    ['empty strings', ['SET'], ['', '']],
    ['empty bytes', ['SET'], [Buffer.alloc(0), new Uint8Array(0)]],
    ['line ends', ['SET'], ['a\r\nb', '\r\n', '$3\r\n']],
    ['integers', ['X'], [0, 1, -1, 9, 10, 123_456_789, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
    ['negative zero', ['X'], [-0]],
    ['doubles', ['X'], [0.1, -1.5, 5e-324, Number.MAX_VALUE, 1e20, 1e21, -1e21, 1e-7]],
    ['infinities', ['X'], [Infinity, -Infinity]],
    ['bigints', ['X'], [0n, -1n, 2n ** 63n, -(2n ** 200n)]],
    ['Buffers', ['X'], [Buffer.from('é'), Buffer.of(0, 255, 13, 10)]],
    [
      'views of larger memory',
      ['X'],
      [new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3), Buffer.from('abcdef').subarray(2, 4)],
    ],
    ['everything in turn', ['X'], ['a', 1, Buffer.from('b'), 2n, '', 'é', -0, new Uint8Array([7])]],
  ] as const) {
    it(`writes ${name}`, () => {
      assertEncodes(args, name, new Header(words));
    });
  }

  it('writes -0 as -0, and the rest as JavaScript writes numbers', () => {
    const text = encode([{ header: GET, args: [-0, Infinity, 1e21, 12n] }]).all.toString();
    assert.equal(text, '*5\r\n$3\r\nGET\r\n$2\r\n-0\r\n$8\r\nInfinity\r\n$5\r\n1e+21\r\n$2\r\n12\r\n');
  });

  for (const count of [0, 1, 2, 30, 31, 32, 33, 34, 100, 1000]) {
    it(`writes ${count} arguments`, () => {
      const header = new Header(['DEL']);
      const args = Array.from({ length: count }, (_, i) => `key:${i}`);
      // Downwards and upwards: headers are prepared as they are asked for.
      for (const length of [count, Math.max(0, count - 1), count + 1, count]) {
        assertEncodes([...args, 'one more'].slice(0, length), `${length} arguments`, header);
      }
    });
  }

  for (const [name, lengths] of [
    ['0 to 40', Array.from({ length: 41 }, (_, i) => i)],
    ['about 100 and 1000', [...around(100), ...around(1000)]],
    ['about a third of 8 KiB', around(Math.floor(LARGE / 3))],
    ['about 8 KiB', around(LARGE, 3)],
    ['about a third of 32 KiB', around(Math.floor(SLAB / 3), 8)],
    ['about 32 KiB', around(SLAB, 10)],
    ['about 64 KiB', around(2 * SLAB, 4)],
  ] as const) {
    it(`writes text of ${name} characters`, () => {
      for (const length of lengths) {
        for (const [kind, text] of textsOf(length)) {
          assert.equal(text.length, length);
          assertEncodes([text], `${length} of ${kind}`);
          assertEncodes(['a', text, 'b', text], `${length} of ${kind} between others`);
        }
      }
    });
  }

  for (const length of around(MIB, 1)) {
    it(`writes text of ${length} characters`, () => {
      for (const [kind, text] of textsOf(length)) assertEncodes([text, 'after'], `${length} of ${kind}`);
    });
  }

  it('writes bytes of every length, views with an offset among them', () => {
    const memory = Buffer.from(asciiOf(2 * MIB));
    const lengths = [
      ...Array.from({ length: 40 }, (_, i) => i),
      ...around(LARGE),
      ...around(SLAB, 8),
      ...around(MIB, 1),
    ];
    for (const length of lengths) {
      for (const offset of [0, 1, 7, 1000]) {
        const view = new Uint8Array(memory.buffer, memory.byteOffset + offset, length);
        assertEncodes([view, 'x', Buffer.from(view)], `${length} bytes from ${offset}`);
      }
    }
  });

  it('writes commands that begin at every distance from the end of its memory', () => {
    const args: Argument[] = [
      ...[
        '',
        'a',
        asciiOf(9),
        asciiOf(10),
        asciiOf(23),
        asciiOf(24),
        asciiOf(25),
        asciiOf(60),
        asciiOf(300),
        asciiOf(9000),
      ],
      ...[
        'é',
        'é'.repeat(12),
        'é'.repeat(24),
        '€'.repeat(8),
        '€'.repeat(25),
        '€'.repeat(30),
        `${asciiOf(40)}€`,
        '😀'.repeat(13),
      ],
      ...[-0, 12, 2n ** 64n, Buffer.alloc(0), Buffer.from('abc'), Buffer.from(asciiOf(30)), Buffer.from(asciiOf(9000))],
    ];
    for (const arg of args) {
      const command = { header: GET, args: [arg, 'end'] };
      for (let left = 1; left <= 150; left++) {
        const sink = new WritingSink();
        const encoder = new Encoder(sink);
        const filler = fill(encoder, SLAB - left);
        assert.equal(encoder.pending, SLAB - left);
        encoder.encode(command.header, command.args);
        encoder.flush();
        const expected = Buffer.concat([reference(filler), reference(command)]);
        assertSame(sink.all, expected, `${typeof arg} with ${left} bytes left`);
      }
    }
  });

  it('writes text in every state of its memory', () => {
    for (const length of [24, 25, 100, 2700, 8191, 8192, 8193, 10_920, 10_925]) {
      for (const [kind, text] of textsOf(length)) {
        for (const before of [
          0,
          1,
          100,
          8000,
          SLAB - 3 * length - 40,
          SLAB - length - 40,
          SLAB - length - 20,
          SLAB - 60,
        ]) {
          if (before < 0) continue;
          // Filled in pieces that go through its memory.
          const filler = Array.from({ length: Math.floor(before / 1000) }, () => new Uint8Array(980));
          const command = { header: GET, args: [...filler, new Uint8Array(before % 1000), text, 'end'] };
          assertSame(encode([command]).all, reference(command), `${length} of ${kind} after ${before} bytes`);
        }
      }
    }
  });

  it('writes a name of any length', () => {
    for (const length of [24, 25, 31, 32, 33, 1000, SLAB - 40, SLAB, SLAB + 1, 100_000]) {
      const header = new Header(['N'.repeat(length), 'WORD']);
      const commands = [
        { header: GET, args: ['a'] },
        { header, args: ['b', 'c'] },
      ];
      assertSame(encode(commands).all, Buffer.concat(commands.map(reference)), `a name of ${length} characters`);
    }
  });
});

describe('Encoder: when it writes', () => {
  it('writes nothing before it is told to, and nothing twice', () => {
    const sink = new WritingSink();
    const encoder = new Encoder(sink);
    encoder.flush();
    assert.equal(encoder.pending, 0);
    encoder.encode(GET, ['a']);
    assert.equal(sink.written.length, 0);
    assert.equal(encoder.pending, '*2\r\n$3\r\nGET\r\n$1\r\na\r\n'.length);
    encoder.flush();
    assert.equal(encoder.pending, 0);
    assert.equal(sink.written.length, 1);
    encoder.flush();
    assert.equal(sink.written.length, 1);
    assert.equal(sink.all.toString(), '*2\r\n$3\r\nGET\r\n$1\r\na\r\n');
  });

  it('gathers the commands of a tick into writes of at most 32 KiB, and hardly less', () => {
    const commands = Array.from({ length: 5000 }, (_, i) => ({ header: GET, args: [`key:${i}`, i, asciiOf(i % 100)] }));
    const sink = encode(commands);
    assertSame(sink.all, Buffer.concat(commands.map(reference)), 'commands');
    const sizes = sink.written.map((each) => each.bytes.length);
    assert.ok(sizes.every((size) => size <= SLAB));
    assert.ok(sizes.slice(0, -1).every((size) => size > SLAB - 400));
  });

  it('writes short text that is not ASCII in no smaller pieces', () => {
    const commands = Array.from({ length: 2000 }, (_, i) => ({ header: GET, args: [`ключ:${i}`, '€'.repeat(100)] }));
    const sizes = encode(commands).written.map((each) => each.bytes.length);
    assert.ok(sizes.slice(0, -1).every((size) => size > SLAB - 1000));
  });

  it('sends large bytes from the memory of the caller', () => {
    for (const length of [LARGE, LARGE + 1, MIB]) {
      const bytes = new Uint8Array(length + 10).fill(7).subarray(5, 5 + length);
      const writes: Uint8Array[] = [];
      const encoder = new Encoder({
        write(each, memory): boolean {
          if (memory === undefined) writes.push(each);
          return true;
        },
      });
      encoder.encode(GET, [bytes]);
      encoder.flush();
      assert.deepEqual(
        writes.map((each) => [each.buffer === bytes.buffer, each.byteOffset, each.length]),
        length > LARGE ? [[true, 5, length]] : [],
      );
    }
  });

  it('copies bytes that are not large, so that the caller may change them at once', () => {
    const sink = new WritingSink();
    const encoder = new Encoder(sink);
    const bytes = Buffer.from(asciiOf(LARGE));
    encoder.encode(GET, [bytes]);
    const expected = reference({ header: GET, args: [Buffer.from(bytes)] });
    bytes.fill(0);
    encoder.flush();
    assertSame(sink.all, expected, 'bytes');
  });

  it('uses the same memory again after a write that is done', () => {
    const sink = new WritingSink();
    const encoder = new Encoder(sink);
    for (let i = 0; i < 100; i++) {
      encoder.encode(GET, [asciiOf(1000)]);
      encoder.flush();
      encoder.encode(GET, [asciiOf(100_000)]);
      encoder.flush();
    }
    assert.equal(new Set(sink.written.map((each) => each.memory)).size, 2);
  });

  it('uses memory again that it was given back', () => {
    const memories = new Set<unknown>();
    const encoder = new Encoder({
      write(_bytes, memory): boolean {
        memories.add(memory);
        queueMicrotask(() => encoder.recycle(memory!));
        return false;
      },
    });
    return (async () => {
      for (let i = 0; i < 50; i++) {
        encoder.encode(GET, ['a']);
        encoder.flush();
        await Promise.resolve();
        encoder.encode(GET, [asciiOf(100_000)]);
        await Promise.resolve();
        encoder.flush();
        await Promise.resolve();
      }
      assert.ok(memories.size <= 4, `${memories.size} pieces of memory`);
    })();
  });

  it('does not touch memory that the sink holds', () => {
    for (const keeps of [() => true, (write: number) => write % 2 === 0, (write: number) => write % 3 !== 0]) {
      const sink = new HoldingSink(keeps);
      const encoder = new Encoder(sink);
      sink.encoder = encoder;
      const commands: Command[] = [];
      for (let i = 0; i < 400; i++) {
        const lengths = [3, 24, 30, 5000, 9000, 40_000];
        const text = asciiOf(lengths[i % lengths.length]!) + (i % 4 === 0 ? 'é' : '');
        commands.push({ header: GET, args: [text, i, i % 5 === 0 ? Buffer.from(text) : 'x'] });
        encoder.encode(GET, commands.at(-1)!.args);
        if (i % 7 === 0) encoder.flush();
        if (i % 11 === 0) sink.release();
      }
      encoder.flush();
      assertSame(sink.all, Buffer.concat(commands.map(reference)), 'commands');
    }
  });
});

describe('Header', () => {
  it('gives the same bytes for the same count, whatever the order of asking', () => {
    const header = new Header(['CONFIG', 'GET']);
    for (const count of [5, 0, 31, 32, 3, 5, 1000, 31]) {
      assert.equal(Buffer.from(header.bytes(count)).toString(), `*${count + 2}\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n`);
    }
    assert.equal(header.bytes(31), header.bytes(31));
    assert.deepEqual(header.words, ['CONFIG', 'GET']);
  });
});

describe('sizeOf', () => {
  it('is about the bytes of the command', () => {
    for (const args of [[], ['a'], ['', ''], [1, 2n, Buffer.alloc(100)], [asciiOf(10_000)], [new Uint8Array(MIB)]]) {
      const size = sizeOf(args);
      const exact = reference({ header: NOTHING, args }).length;
      assert.ok(size >= exact - 20, `${size} for ${exact}`);
      assert.ok(size <= exact + 30 + 40 * args.length, `${size} for ${exact}`);
    }
  });

  it('takes everything that can be sent', () => {
    for (const arg of [
      '',
      'a',
      '\ud83d',
      0,
      -0,
      1.5,
      Infinity,
      -Infinity,
      0n,
      -(2n ** 70n),
      Buffer.alloc(0),
      new Uint8Array(3),
    ]) {
      assert.ok(sizeOf([arg]) > 0);
    }
  });

  for (const [name, value] of [
    ['undefined', undefined],
    ['null', null],
    ['NaN', NaN],
    ['true', true],
    ['false', false],
    ['an object', {}],
    ['an object with toString', { toString: () => 'x' }],
    ['an array', ['a']],
    ['a Date', new Date(0)],
    ['a function', () => 'x'],
    ['a symbol', Symbol('x')],
    ['a boxed string', new String('x')],
    ['an ArrayBuffer', new ArrayBuffer(1)],
    ['a DataView', new DataView(new ArrayBuffer(1))],
    ['a Uint16Array', new Uint16Array(1)],
    ['a promise', Promise.resolve('x')],
  ] as const) {
    it(`says where ${name} is`, () => {
      const bad = value as unknown as Argument;
      assert.equal(sizeOf([bad]), -1);
      assert.equal(sizeOf(['a', 1, bad]), -3);
      assert.equal(sizeOf(['a', bad, bad]), -2);
    });
  }

  it('takes a hole for undefined', () => {
    const holed: Argument[] = ['a'];
    holed[2] = 'b';
    assert.equal(sizeOf(holed), -2);
  });
});
