import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ProtocolError } from '../../../src/errors.ts';
import {
  Decoder,
  DEFAULT_LIMITS,
  ReplyError,
  Scratch,
  type DecoderLimits,
  type ReplyMode,
} from '../../../src/protocol/index.ts';
import {
  BIGINT,
  BUFFER,
  decoderTo,
  deliveriesOf,
  feed,
  LATIN1,
  MODES,
  Recorder,
  UTF8,
  wire,
  type Delivery,
} from './recorder.ts';
import { asciiOf, buffersIn } from './reply-tree.ts';

/** Decodes the bytes at once and byte by byte, which must make no difference. */
function decode(bytes: string | Buffer, mode: ReplyMode = UTF8, limits: Partial<DecoderLimits> = {}): Delivery[] {
  const given = typeof bytes === 'string' ? wire(bytes) : bytes;
  const whole = deliveriesOf(given, { modes: [mode], limits });
  assert.deepStrictEqual(deliveriesOf(given, { modes: [mode], limits, sizes: [1], headroom: 64 }), whole);
  return whole;
}

/** The one reply in the bytes. */
function replyOf(bytes: string | Buffer, mode: ReplyMode = UTF8): unknown {
  const deliveries = decode(bytes, mode);
  assert.equal(deliveries.length, 1);
  const [kind, value] = deliveries[0]!;
  assert.equal(kind, 'reply');
  return value;
}

/** Requires that the bytes are refused, at once and byte by byte, after these deliveries. */
function assertRefused(
  bytes: string,
  message: RegExp,
  limits: Partial<DecoderLimits> = {},
  before: readonly Delivery[] = [],
): void {
  for (const sizes of [[bytes.length], [1]]) {
    const recorder = new Recorder();
    assert.throws(
      () => feed(decoderTo(recorder, limits), wire(bytes), sizes, 0),
      (error: unknown) => {
        assert.ok(error instanceof ProtocolError, `${JSON.stringify(bytes)} gave ${String(error)}`);
        assert.match(error.message, message);
        assert.equal(error.code, 'PROTOCOL_ERROR');
        return true;
      },
      `${JSON.stringify(bytes)} in chunks of ${sizes[0]} was accepted`,
    );
    assert.deepStrictEqual(recorder.deliveries, before);
  }
}

function bulk(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
}

describe('Decoder: simple types', () => {
  for (const [bytes, value] of [
    ['+OK\r\n', 'OK'],
    ['+\r\n', ''],
    ['+QUEUED\r\n', 'QUEUED'],
    ['+O\r\n', 'O'],
    ['+OKAY\r\n', 'OKAY'],
    ['+a\nb\r\n', 'a\nb'],
    ['$5\r\nhello\r\n', 'hello'],
    ['$0\r\n\r\n', ''],
    ['$2\r\n\r\n\r\n', '\r\n'],
    ['$4\r\n$-1\r\r\n', '$-1\r'],
    ['$05\r\nhello\r\n', 'hello'],
    ['$-1\r\n', null],
    ['*-1\r\n', null],
    ['_\r\n', null],
    ['%-1\r\n', null],
    ['~-1\r\n', null],
    ['=-1\r\n', null],
    ['#t\r\n', true],
    ['#f\r\n', false],
    ['=15\r\ntxt:Some string\r\n', 'Some string'],
    ['=4\r\nmkd:\r\n', ''],
    ['=9\r\ntxt:a\r\nb\r\r\n', 'a\r\nb\r'],
    [':0\r\n', 0],
    [':-0\r\n', 0],
    [':+7\r\n', 7],
    [':007\r\n', 7],
    [':-0000000000000000\r\n', 0],
    [':1000\r\n', 1000],
    [':-1\r\n', -1],
    [':99999999999999\r\n', 99_999_999_999_999],
    [':999999999999999\r\n', 999_999_999_999_999],
    [':-999999999999999\r\n', -999_999_999_999_999],
    [':1000000000000000\r\n', 1_000_000_000_000_000],
    ['(3492890328409238509324850943850943825024385\r\n', 3492890328409238509324850943850943825024385n],
    ['(-12\r\n', -12n],
    ['(+12\r\n', 12n],
    ['(0\r\n', 0n],
  ] as const) {
    it(`reads ${JSON.stringify(bytes)}`, () => {
      assert.deepStrictEqual(replyOf(bytes), value);
    });
  }

  for (const [text, value] of [
    ['0', 0],
    ['-0', -0],
    ['-0.0', -0],
    ['1', 1],
    ['-1', -1],
    ['+1.5', 1.5],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['5.', 5],
    ['0.1', 0.1],
    ['3.14159265358979', 3.141_592_653_589_79],
    ['0.30000000000000004', 0.1 + 0.2],
    ['123456789012345', 123_456_789_012_345],
    ['0.000000000000001', 1e-15],
    ['9007199254740993', 9_007_199_254_740_992],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['-2.5e-7', -2.5e-7],
    ['5e-324', 5e-324],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['1e400', Infinity],
    ['inf', Infinity],
    ['+inf', Infinity],
    ['-inf', -Infinity],
    ['nan', NaN],
    ['-nan', NaN],
  ] as const) {
    it(`reads the double ${text}`, () => {
      assert.deepStrictEqual(replyOf(`,${text}\r\n`), value);
    });
  }

  it('divides by exact powers of ten', () => {
    for (let digits = 1; digits <= 14; digits++) {
      for (const lead of ['1', '-9', '123456789', '4']) {
        const text = `${lead.slice(0, 16 - digits)}.${'1234567891234567'.slice(0, Math.min(digits, 15 - lead.length))}`;
        assert.equal(replyOf(`,${text}\r\n`), Number(text), text);
      }
    }
  });

  it('gives errors as errors, and as values inside other replies', () => {
    assert.deepStrictEqual(decode('-ERR no such thing\r\n'), [['error', 'ERR no such thing']]);
    assert.deepStrictEqual(decode('-\r\n'), [['error', '']]);
    assert.deepStrictEqual(decode('!21\r\nSYNTAX invalid syntax\r\n'), [['error', 'SYNTAX invalid syntax']]);
    assert.deepStrictEqual(decode('!8\r\nERR a\r\nb\r\n'), [['error', 'ERR a\r\nb']]);
    assert.deepStrictEqual(replyOf('*3\r\n-WRONGTYPE x\r\n!5\r\nERR y\r\n:1\r\n'), [
      new ReplyError('WRONGTYPE x'),
      new ReplyError('ERR y'),
      1,
    ]);
  });

  it('gives errors and status lines as UTF-8 text in every mode', () => {
    for (const mode of MODES) {
      assert.deepStrictEqual(decode(Buffer.from('-ERR é\r\n+é€\r\n!6\r\nERR é\r\n'), mode), [
        ['error', 'ERR é'],
        ['reply', 'é€'],
        ['error', 'ERR é'],
      ]);
    }
  });

  it('reads nothing from no bytes', () => {
    const recorder = new Recorder();
    decoderTo(recorder).read(Buffer.from(':1\r\n'), 2, 2);
    assert.deepEqual(recorder.deliveries, []);
  });

  it('reads only between start and end', () => {
    const recorder = new Recorder();
    decoderTo(recorder).read(wire(':1\r\n:2\r\n:3\r\n'), 4, 8);
    assert.deepEqual(recorder.deliveries, [['reply', 2]]);
  });

  it('does not skip a part of a string because a longer line before it was cut off', () => {
    const recorder = new Recorder([BUFFER]);
    const decoder = decoderTo(recorder);
    for (const chunk of ['*2\r\n:1234', '5\r\n$5\r\nhe', 'llo\r\n', '+a longer line', '\r\n=9\r\ntxt:he', 'llo\r\n']) {
      decoder.read(wire(chunk), 0, chunk.length);
    }
    const hello = Buffer.from('hello');
    assert.deepEqual(recorder.deliveries, [
      ['reply', [12_345, hello]],
      ['reply', 'a longer line'],
      ['reply', hello],
    ]);
  });

  it('keeps replies in order', () => {
    const count = 1000;
    let bytes = '';
    for (let i = 0; i < count; i++)
      bytes += [`:${i}\r\n`, `$${String(i).length}\r\n${i}\r\n`, `*1\r\n+${i}\r\n`, '+OK\r\n', '$-1\r\n'][i % 5];
    const expected = Array.from({ length: count }, (_, i) => ['reply', [i, String(i), [String(i)], 'OK', null][i % 5]]);
    assert.deepStrictEqual(decode(bytes), expected);
  });
});

describe('Decoder: aggregates', () => {
  for (const [bytes, value] of [
    ['*0\r\n', []],
    ['*2\r\n$3\r\nfoo\r\n:7\r\n', ['foo', 7]],
    ['*3\r\n$-1\r\n*-1\r\n_\r\n', [null, null, null]],
    ['*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n*0\r\n', [[1, 2], [[]]]],
    ['~3\r\n+a\r\n#t\r\n,1.5\r\n', ['a', true, 1.5]],
    ['~0\r\n', []],
    ['%2\r\n+a\r\n:1\r\n$1\r\nb\r\n*1\r\n:2\r\n', ['a', 1, 'b', [2]]],
    ['%0\r\n', []],
    ['%1\r\n*1\r\n:1\r\n%1\r\n+k\r\n+v\r\n', [[1], ['k', 'v']]],
    ['*2\r\n(18446744073709551616\r\n=5\r\ntxt:x\r\n', [18446744073709551616n, 'x']],
    ['*?\r\n:1\r\n*?\r\n:2\r\n.\r\n$1\r\na\r\n.\r\n', [1, [2], 'a']],
    ['*?\r\n.\r\n', []],
    ['~?\r\n:1\r\n.\r\n', [1]],
    ['%?\r\n+a\r\n:1\r\n+b\r\n:2\r\n.\r\n', ['a', 1, 'b', 2]],
    ['%?\r\n.\r\n', []],
    [
      '*2\r\n*?\r\n$1\r\na\r\n$1\r\nb\r\n.\r\n%?\r\n+k\r\n:1\r\n.\r\n',
      [
        ['a', 'b'],
        ['k', 1],
      ],
    ],
  ] as const) {
    it(`reads ${JSON.stringify(bytes)}`, () => {
      assert.deepStrictEqual(replyOf(bytes), value);
    });
  }

  it('reads arrays longer than the room that is reserved', () => {
    for (const length of [16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 40_000]) {
      const expected = Array.from({ length }, (_, i) => i);
      const bytes = wire(`*${length}\r\n${expected.map((i) => `:${i}\r\n`).join('')}`);
      assert.deepStrictEqual(deliveriesOf(bytes), [['reply', expected]]);
      assert.deepStrictEqual(deliveriesOf(bytes, { sizes: [1000], headroom: 64 }), [['reply', expected]]);
    }
  });
});

describe('Decoder: streamed strings', () => {
  for (const [bytes, value] of [
    ['$?\r\n;4\r\nHell\r\n;5\r\no wor\r\n;2\r\nld\r\n;0\r\n', 'Hello world'],
    ['$?\r\n;0\r\n', ''],
    ['*2\r\n$?\r\n;1\r\na\r\n;0\r\n$1\r\nb\r\n', ['a', 'b']],
    ['*?\r\n$?\r\n;1\r\na\r\n;0\r\n.\r\n', ['a']],
  ] as const) {
    it(`reads ${JSON.stringify(bytes)}`, () => {
      assert.deepStrictEqual(replyOf(bytes), value);
    });
  }

  it('joins characters that are spread over chunks', () => {
    const bytes = Buffer.concat([wire('$?\r\n;2\r\na\xe2\r\n;1\r\n\x82\r\n;2\r\n\xacb\r\n;0\r\n')]);
    assert.equal(replyOf(bytes), 'a€b');
    assert.equal(replyOf(bytes, LATIN1), 'a\xe2\x82\xacb');
    assert.deepStrictEqual(replyOf(bytes, BUFFER), Buffer.from('a€b'));
  });

  it('joins long chunks, of which each read holds a part', () => {
    const text = asciiOf(30_000);
    const bytes = wire(
      `*2\r\n$?\r\n;9000\r\n${text.slice(0, 9000)}\r\n;21000\r\n${text.slice(9000)}\r\n;0\r\n:1\r\n:2\r\n`,
    );
    for (const mode of [UTF8, BUFFER]) {
      const value = mode === UTF8 ? text : Buffer.from(text);
      for (const size of [bytes.length, 10_000, 9013, 1000, 1]) {
        assert.deepStrictEqual(deliveriesOf(bytes, { modes: [mode], sizes: [size] }), [
          ['reply', [value, 1]],
          ['reply', 2],
        ]);
      }
    }
  });
});

describe('Decoder: attributes', () => {
  for (const [name, bytes, value] of [
    ['in front of a reply', '|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n', 'a'],
    ['without a content', '|0\r\n:1\r\n', 1],
    ['of unknown length', '|?\r\n+ttl\r\n:3600\r\n.\r\n:1\r\n', 1],
    ['twice', '|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n:3\r\n', 3],
    ['in an attribute', '|1\r\n|1\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n:3\r\n', 3],
    ['between elements', '*3\r\n:1\r\n|1\r\n+ttl\r\n:3600\r\n:2\r\n:3\r\n', [1, 2, 3]],
    ['in front of keys and values', '%1\r\n|1\r\n+x\r\n:1\r\n+k\r\n|1\r\n+y\r\n:1\r\n+v\r\n', ['k', 'v']],
    ['in front of an aggregate', '*1\r\n|1\r\n+x\r\n*2\r\n:1\r\n:2\r\n*1\r\n:1\r\n', [[1]]],
    ['in a streamed array', '*?\r\n|1\r\n+x\r\n:1\r\n:2\r\n.\r\n', [2]],
    [
      'with strings, lists and errors',
      '|2\r\n$1\r\na\r\n*2\r\n$1\r\nb\r\n-ERR c\r\n+d\r\n$?\r\n;1\r\ne\r\n;0\r\n+OK\r\n',
      'OK',
    ],
    ['with integers of any size', '|1\r\n+a\r\n:9223372036854775807\r\n:3\r\n', 3],
  ] as const) {
    it(`drops them ${name}`, () => {
      for (const mode of [UTF8, LATIN1]) assert.deepStrictEqual(replyOf(bytes, mode), value);
    });
  }

  it('leaves what was unfit before them unfit', () => {
    const deliveries = decode('*2\r\n:9223372036854775807\r\n|1\r\n+a\r\n:9223372036854775806\r\n:1\r\n:2\r\n');
    assert.deepEqual(
      deliveries.map(([kind]) => kind),
      ['unfit', 'reply'],
    );
    assert.match(String(deliveries[0]![1]), /an integer of 19 characters/);
  });

  it('drops them in front of errors and pushes', () => {
    assert.deepStrictEqual(decode('|1\r\n+a\r\n:1\r\n-ERR b\r\n|1\r\n+a\r\n:1\r\n>1\r\n+c\r\n'), [
      ['error', 'ERR b'],
      ['push', ['c']],
    ]);
  });
});

describe('Decoder: pushes', () => {
  it('hands them over between replies, always as Buffers', () => {
    const bytes = '$1\r\na\r\n>2\r\n$7\r\nmessage\r\n*1\r\n$1\r\nx\r\n:1\r\n>1\r\n:5\r\n$1\r\nb\r\n>0\r\n';
    for (const mode of [UTF8, LATIN1, BIGINT]) {
      assert.deepStrictEqual(decode(bytes, mode), [
        ['reply', 'a'],
        ['push', [Buffer.from('message'), [Buffer.from('x')]]],
        ['reply', mode === BIGINT ? 1n : 1],
        ['push', [5]],
        ['reply', 'b'],
        ['push', []],
      ]);
    }
  });

  it('takes them of unknown length', () => {
    assert.deepStrictEqual(decode('>?\r\n+a\r\n:1\r\n.\r\n:2\r\n'), [
      ['push', ['a', 1]],
      ['reply', 2],
    ]);
  });

  it('does not ask for the mode of a reply', () => {
    class NothingAsked extends Recorder {
      override mode(): ReplyMode {
        throw new ProtocolError('a reply to no request');
      }
    }
    const recorder = new NothingAsked();
    feed(decoderTo(recorder), wire('>2\r\n$1\r\na\r\n$1\r\nb\r\n|1\r\n+a\r\n:1\r\n>1\r\n$1\r\nc\r\n'), [3], 0);
    assert.deepEqual(recorder.deliveries, [
      ['push', [Buffer.from('a'), Buffer.from('b')]],
      ['push', [Buffer.from('c')]],
    ]);
  });

  it('never makes the next reply unfit', () => {
    assert.deepStrictEqual(decode('>2\r\n+a\r\n:9223372036854775807\r\n:1\r\n').at(-1), ['reply', 1]);
  });
});

describe('Decoder: modes', () => {
  const bytes = Buffer.concat([
    wire('*4\r\n'),
    bulk('é'),
    bulk(Buffer.of(0xff, 0x00)),
    wire(':12\r\n=6\r\ntxt:\xc3\xa9\r\n'),
  ]);

  for (const [encoding, text] of [
    ['utf8', ['é', '\ufffd\u0000', 'é']],
    ['latin1', ['\xc3\xa9', '\xff\u0000', '\xc3\xa9']],
    ['buffer', [Buffer.from('é'), Buffer.of(0xff, 0), Buffer.from('é')]],
  ] as const) {
    for (const [integers, twelve] of [
      ['number', 12],
      ['bigint', 12n],
    ] as const) {
      it(`decodes as ${encoding} and ${integers}`, () => {
        assert.deepStrictEqual(replyOf(bytes, { encoding, integers }), [text[0], text[1], twelve, text[2]]);
        assert.deepStrictEqual(replyOf(bulk('é'), { encoding, integers }), text[0]);
        assert.deepStrictEqual(replyOf(wire(':12\r\n'), { encoding, integers }), twelve);
      });
    }
  }

  it('can change with every reply', () => {
    const one = Buffer.concat([wire('*2\r\n'), bulk('é'), wire(':1\r\n')]);
    const modes: readonly ReplyMode[] = [UTF8, BUFFER, LATIN1, BIGINT, UTF8];
    const values = [
      ['é', 1],
      [Buffer.from('é'), 1],
      ['\xc3\xa9', 1],
      ['é', 1n],
      ['é', 1],
    ];
    for (const sizes of [[one.length * modes.length], [1], [7]]) {
      const deliveries = deliveriesOf(Buffer.concat(modes.map(() => one)), { modes, sizes });
      assert.deepStrictEqual(
        deliveries,
        values.map((value) => ['reply', value]),
      );
    }
  });

  it('changes for plain strings and integers, too', () => {
    const modes: readonly ReplyMode[] = [UTF8, BUFFER, LATIN1, BIGINT, UTF8, BIGINT];
    const deliveries = deliveriesOf(Buffer.concat([bulk('é'), bulk('é'), bulk('é'), wire(':1\r\n:1\r\n:-1\r\n')]), {
      modes,
    });
    const values = ['é', Buffer.from('é'), '\xc3\xa9', 1n, 1, -1n];
    assert.deepStrictEqual(
      deliveries,
      values.map((value) => ['reply', value]),
    );
  });

  it('keeps a byte order mark, and replaces what is no UTF-8', () => {
    assert.equal(replyOf(bulk('\ufeffa')), '\ufeffa');
    for (const broken of [
      Buffer.of(0xc3),
      Buffer.of(0xed, 0xa0, 0x80),
      Buffer.of(0xf8, 0x61),
      Buffer.of(0x61, 0xe2, 0x82),
    ]) {
      assert.equal(replyOf(bulk(broken)), broken.toString('utf8'));
    }
  });
});

describe('Decoder: integers beyond 2^53', () => {
  for (const digits of ['9007199254740991', '-9007199254740991', '+9007199254740991', '09007199254740991']) {
    it(`gives ${digits} as a number`, () => {
      assert.deepStrictEqual(decode(`:${digits}\r\n*1\r\n:${digits}\r\n`), [
        ['reply', Number(digits)],
        ['reply', [Number(digits)]],
      ]);
    });
  }

  for (const digits of [
    '9007199254740992',
    '-9007199254740992',
    '9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
    '18446744073709551615',
  ]) {
    it(`calls ${digits} unfit, and gives it as a bigint when asked to`, () => {
      for (const bytes of [`:${digits}\r\n`, `*3\r\n:1\r\n*1\r\n:${digits}\r\n:9007199254740999\r\n`]) {
        const deliveries = decode(`${bytes}:5\r\n`);
        assert.equal(deliveries.length, 2);
        const message = String(deliveries[0]![1]);
        assert.equal(deliveries[0]![0], 'unfit');
        assert.ok(message.includes(`an integer of ${digits.length} characters`) && !message.includes(digits));
        assert.match(message, /withOptions\(\{ integers: 'bigint' \}\)/);
        assert.deepStrictEqual(deliveries[1], ['reply', 5]);
      }
      assert.deepStrictEqual(replyOf(`:${digits}\r\n`, BIGINT), BigInt(digits));
    });
  }

  it('gives bigints of every length', () => {
    for (let length = 1; length <= 19; length++) {
      const digits = '9'.repeat(length);
      assert.equal(replyOf(`:${digits}\r\n`, BIGINT), BigInt(digits));
      assert.equal(replyOf(`:-${digits}\r\n`, BIGINT), -BigInt(digits));
    }
    assert.equal(replyOf(':+5\r\n', BIGINT), 5n);
  });
});

describe('Decoder: memory of Buffers', () => {
  it('gives each Buffer a memory of its own', () => {
    const lengths = [0, 1, 5, 100, 4096, 8191, 8192, 8193, 100_000];
    const strings = lengths.map((length) => wire(asciiOf(length)));
    const plain = strings.map((each) => bulk(each));
    const other = strings.flatMap((each) => [
      Buffer.concat([wire(`=${each.length + 4}\r\ntxt:`), each, wire('\r\n')]),
      Buffer.concat([
        wire('$?\r\n'),
        each.length === 0 ? each : Buffer.concat([wire(`;${each.length}\r\n`), each, wire('\r\n')]),
        wire(';0\r\n'),
      ]),
    ]);
    const bytes = Buffer.concat([
      ...plain,
      wire(`*${plain.length}\r\n`),
      ...plain,
      wire(`>${other.length}\r\n`),
      ...other,
    ]);
    for (const sizes of [[bytes.length], [65_536], [1000], [1]]) {
      const deliveries = deliveriesOf(bytes, { modes: [BUFFER], sizes, headroom: 65_536 });
      const buffers = deliveries.flatMap((each) => buffersIn(each[1]));
      assert.equal(buffers.length, 4 * strings.length);
      for (const buffer of buffers) {
        assert.equal(buffer.byteOffset, 0);
        assert.equal(buffer.buffer.byteLength, buffer.length);
        assert.equal(Object.getPrototypeOf(buffer), Buffer.prototype);
      }
      assert.equal(new Set(buffers.map((buffer) => buffer.buffer)).size, buffers.length);
      assert.deepStrictEqual(
        buffers.map((buffer) => buffer.length).toSorted(),
        lengths.flatMap((each) => [each, each, each, each]).toSorted(),
      );
    }
  });

  it('does not change what it gave when the read buffer is written again', () => {
    const decoder = decoderTo(new Recorder([BUFFER]));
    const recorder = new Recorder([BUFFER]);
    const bytes = Buffer.concat([bulk('first'), wire('*1\r\n'), bulk('second')]);
    feed(decoderTo(recorder), bytes, [bytes.length], 0);
    bytes.fill(0);
    decoder.stop();
    assert.deepStrictEqual(recorder.deliveries, [
      ['reply', Buffer.from('first')],
      ['reply', [Buffer.from('second')]],
    ]);
  });

  it('does not mix up long strings of connections that take turns', () => {
    const scratch = new Scratch();
    const recorders = [UTF8, UTF8, BUFFER, LATIN1].map((mode) => new Recorder([mode]));
    const decoders = recorders.map((recorder) => new Decoder(recorder, DEFAULT_LIMITS, scratch));
    for (let round = 0; round < 3; round++) {
      const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(300_000) + letter.toUpperCase());
      const streams = texts.map((text) => bulk(text));
      for (let at = 0; at < streams[0]!.length; at += 5000) {
        decoders.forEach((decoder, i) => decoder.read(streams[i]!, at, Math.min(at + 5000, streams[i]!.length)));
      }
      assert.deepEqual(
        recorders.map((recorder) => String(recorder.deliveries[round]![1])),
        texts,
      );
      // A connection that was lost in the middle of a string gives its memory back, once.
      const lost = new Decoder(new Recorder(), DEFAULT_LIMITS, scratch);
      lost.read(wire('$300000\r\nabc'), 0, 12);
      lost.stop();
      lost.stop();
    }
  });
});

describe('Decoder: text of every length', () => {
  const lengths = [
    ...Array.from({ length: 40 }, (_, i) => i),
    ...[500, 511, 512, 513, 514, 1000, 1022, 1023, 1024, 1025, 1026, 2047, 2048, 2049, 5000, 8191, 8192, 8193, 65_536],
  ];

  for (const mode of [UTF8, LATIN1]) {
    it(`gives every string of an array as it is, in ${mode.encoding} mode`, () => {
      for (const ending of ['', 'é', '€', '😀']) {
        const strings = lengths.map((length) => asciiOf(length) + ending);
        const expected = strings.map((each) => (mode === LATIN1 ? Buffer.from(each).toString('latin1') : each));
        const array = Buffer.concat([wire(`*${strings.length}\r\n`), ...strings.map((each) => bulk(each))]);
        const bytes = Buffer.concat([array, ...strings.map((each) => bulk(each)), array]);
        for (const sizes of [[bytes.length], [65_536], [4096], [1021], [100, 1]]) {
          const deliveries = deliveriesOf(bytes, { modes: [mode], sizes, headroom: 16_384 });
          assert.deepStrictEqual(deliveries[0], ['reply', expected]);
          assert.deepStrictEqual(
            deliveries.slice(1, -1),
            expected.map((each) => ['reply', each]),
          );
          assert.deepStrictEqual(deliveries.at(-1), ['reply', expected]);
        }
      }
    });
  }

  it('gives every string of windows that begin and end anywhere', () => {
    for (let shift = 0; shift < 1100; shift += 7) {
      const strings = [
        asciiOf(shift % 520),
        asciiOf(13),
        asciiOf(shift % 97),
        asciiOf(512),
        '',
        asciiOf(12),
        asciiOf(511),
        asciiOf(24),
      ];
      const bytes = Buffer.concat([
        wire('*2\r\n*3\r\n'),
        ...strings.slice(0, 3).map(bulk),
        wire('%3\r\n:1\r\n'),
        ...strings.slice(3).map(bulk),
      ]);
      assert.deepStrictEqual(deliveriesOf(bytes), [['reply', [strings.slice(0, 3), [1, ...strings.slice(3)]]]]);
    }
  });
});

describe('Decoder: what is no RESP', () => {
  for (const [bytes, message] of [
    ['x\r\n', /no known type: byte 120/],
    ['\r\n', /no known type: byte 13/],
    ['\0', /no known type: byte 0/],
    ['\xff\r\n', /no known type: byte 255/],
    ['HTTP/1.1 400 Bad Request\r\n', /no known type: byte 72/],
    ['@1\r\n', /no known type/],
    ['+a\rb\r\n', /bare carriage return/],
    ['-ERR\r\r\n', /bare carriage return/],
    [':\r\n', /integer/],
    [':x\r\n', /integer/],
    [':1x\r\n', /integer/],
    [':1.5\r\n', /integer/],
    [':-\r\n', /integer/],
    [':--1\r\n', /integer/],
    [':1 \r\n', /integer/],
    [': 1\r\n', /integer/],
    [':0x1\r\n', /integer/],
    [':1e3\r\n', /integer/],
    [':123456789012345678901\r\n', /integer/],
    ['_x\r\n', /null/],
    ['#\r\n', /boolean/],
    ['#x\r\n', /boolean/],
    ['#tt\r\n', /boolean/],
    [',\r\n', /double/],
    [',x\r\n', /double/],
    [',1.2.3\r\n', /double/],
    [',-\r\n', /double/],
    [',.\r\n', /double/],
    [',-.\r\n', /double/],
    [',e5\r\n', /double/],
    [',1e\r\n', /double/],
    [',1 \r\n', /double/],
    [',0x10\r\n', /double/],
    [',Infinity\r\n', /double/],
    [',--1\r\n', /double/],
    ['(\r\n', /big number/],
    ['(-\r\n', /big number/],
    ['(1.5\r\n', /big number/],
    ['(0x1\r\n', /big number/],
    ['(1n\r\n', /big number/],
    ['$\r\n', /length/],
    ['$x\r\n', /length/],
    ['$-2\r\n', /length/],
    ['$-\r\n', /length/],
    ['$-11\r\n', /length/],
    ['$+5\r\nhello\r\n', /length/],
    ['$1x\r\n', /length/],
    ['$ 1\r\na\r\n', /length/],
    ['$1 \r\na\r\n', /length/],
    ['$1.0\r\na\r\n', /length/],
    ['$99999999999999999999\r\n', /length/],
    [`$${'1'.repeat(40)}`, /length/],
    [`*${'1'.repeat(40)}`, /length/],
    ['$3\r\nabcXY', /without its end/],
    ['$3\r\nabcd\r\n', /without its end/],
    ['$3\r\nabc\rX', /without its end/],
    ['$3\r\nabc\n\r', /without its end/],
    ['*1\r\n$3\r\nabcXY', /without its end/],
    ['*2\r\n:1\r\n$1\r\nab\r\n', /without its end/],
    ['!3\r\nabcXY', /without its end/],
    ['=5\r\ntxt:aXY', /without its end/],
    ['!?\r\n', /streamed value that is no string/],
    ['=?\r\n', /streamed value that is no string/],
    ['=3\r\ntxt\r\n', /without its format/],
    ['=5\r\ntxt-a\r\n', /without its format/],
    ['=0\r\n\r\n', /without its format/],
    ['*\r\n', /length/],
    ['*-2\r\n', /length/],
    ['*x\r\n', /length/],
    ['*1.5\r\n', /length/],
    ['%-2\r\n', /length/],
    ['~x\r\n', /length/],
    ['>-1\r\n', /push or attribute/],
    ['|-1\r\n', /push or attribute/],
    ['*1\r\n>1\r\n:1\r\n', /push inside a reply/],
    ['*?\r\n>1\r\n:1\r\n', /push inside a reply/],
    ['|1\r\n+a\r\n>1\r\n:1\r\n', /push inside a reply/],
    ['>1\r\n>1\r\n:1\r\n', /push inside a reply/],
    [';1\r\na\r\n', /chunk outside/],
    ['*1\r\n;1\r\na\r\n', /chunk outside/],
    ['$?\r\n:1\r\n', /something else than chunks/],
    ['$?\r\n$1\r\na\r\n', /something else than chunks/],
    ['$?\r\n.\r\n', /something else than chunks/],
    ['$?\r\n|1\r\n+a\r\n:1\r\n', /something else than chunks/],
    ['$?\r\n;x\r\n', /length/],
    ['$?\r\n;-1\r\n', /chunk without a length/],
    ['$?\r\n;?\r\n', /chunk without a length/],
    ['$?\r\n;1\r\nabc', /without its end/],
    ['.\r\n', /ended that never began/],
    ['*1\r\n.\r\n', /before its announced length/],
    ['*2\r\n:1\r\n.\r\n', /before its announced length/],
    ['*?\r\n.x\r\n', /end mark/],
    ['%?\r\n+a\r\n.\r\n', /pair|value|odd/],
    ['%?\r\n+a\r\n:1\r\n+b\r\n.\r\n', /pair|value|odd/],
    ['|?\r\n+a\r\n.\r\n:1\r\n', /pair|value|odd/],
  ] as const) {
    it(`refuses ${JSON.stringify(bytes)}`, () => {
      assertRefused(bytes, message);
    });
  }

  it('refuses a long string without its end', () => {
    for (const mark of ['$', '!', '=']) {
      const text = `txt:${asciiOf(20_000)}`;
      assertRefused(`${mark}${text.length}\r\n${text}\rx`, /without its end/);
      assertRefused(`${mark}${text.length}\r\n${text}xx`, /without its end/);
    }
    assertRefused(`$?\r\n;9000\r\n${asciiOf(9000)}x\n`, /without its end/);
  });

  it('delivers the replies in front of it', () => {
    assertRefused(':1\r\n$1\r\na\r\n*1\r\n:2\r\nx', /no known type/, {}, [
      ['reply', 1],
      ['reply', 'a'],
      ['reply', [2]],
    ]);
  });
});

describe('Decoder: limits', () => {
  function nested(depth: number): unknown {
    let value: unknown = 7;
    for (let i = 0; i < depth; i++) value = [value];
    return value;
  }

  it('takes 512 levels and no more', () => {
    assert.equal(DEFAULT_LIMITS.maxDepth, 512);
    assert.deepStrictEqual(decode(`${'*1\r\n'.repeat(512)}:7\r\n`), [['reply', nested(512)]]);
    assertRefused(`${'*1\r\n'.repeat(513)}:7\r\n`, /nesting deeper than 512/);
    assertRefused(`${'*1\r\n'.repeat(512)}$?\r\n;0\r\n`, /nesting deeper than 512/);
  });

  it('takes the limit as it is given', () => {
    assert.deepStrictEqual(decode('*1\r\n*1\r\n:7\r\n', UTF8, { maxDepth: 2 }), [['reply', [[7]]]]);
    assertRefused('*1\r\n*1\r\n*1\r\n:7\r\n', /nesting deeper than 2/, { maxDepth: 2 });
  });

  for (const [name, opening] of [
    ['arrays', '*1\r\n'],
    ['maps', '%1\r\n'],
    ['sets', '~1\r\n'],
    ['attributes', '|1\r\n'],
    ['streamed arrays', '*?\r\n'],
  ] as const) {
    it(`refuses 100,000 ${name} in each other without running out of stack`, () => {
      assertRefused(opening.repeat(100_000), /nesting deeper than 512/);
    });
  }

  it('does not add up what was closed', () => {
    const count = 2000;
    assert.deepStrictEqual(decode(`*${count}\r\n${'*1\r\n*0\r\n'.repeat(count)}`), [
      ['reply', Array.from({ length: count }, () => [[]])],
    ]);
  });

  it('refuses strings longer than maxBulkLength, however they are cut', () => {
    const limits = { maxBulkLength: 10 };
    for (const mark of ['$', '!', '=']) {
      const ten = 'txt:567890';
      assert.equal(decode(`${mark}10\r\n${ten}\r\n`, UTF8, limits).length, 1);
      assertRefused(`${mark}11\r\n${ten}1\r\n`, /a length of 11, over the limit of 10/, limits);
      assertRefused(`${mark}11\r\n`, /a length of 11, over the limit of 10/, limits);
      assertRefused(`*1\r\n${mark}11\r\n${ten}1\r\n`, /a length of 11, over the limit of 10/, limits);
    }
    assertRefused('$536870913\r\n', /over the limit of 536870912/);
  });

  it('counts the chunks of a streamed string together', () => {
    const limits = { maxBulkLength: 10 };
    assert.deepStrictEqual(decode('$?\r\n;5\r\n12345\r\n;5\r\n67890\r\n;0\r\n', UTF8, limits), [
      ['reply', '1234567890'],
    ]);
    assertRefused('$?\r\n;5\r\n12345\r\n;6\r\n678901\r\n;0\r\n', /a length of 6, over the limit of 5/, limits);
    const long = asciiOf(9000);
    assertRefused(`$?\r\n;9000\r\n${long}\r\n;1001\r\n`, /over the limit of 1000/, { maxBulkLength: 10_000 });
  });

  it('refuses more elements than maxElements', () => {
    const limits = { maxElements: 4 };
    assert.deepStrictEqual(decode('*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n', UTF8, limits), [['reply', [1, 2, 3, 4]]]);
    assert.deepStrictEqual(decode('%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n', UTF8, limits), [['reply', [1, 2, 3, 4]]]);
    assertRefused('*5\r\n', /a length of 5, over the limit of 4/, limits);
    assertRefused('~5\r\n', /a length of 5, over the limit of 4/, limits);
    assertRefused('>5\r\n', /a length of 5, over the limit of 4/, limits);
    assertRefused('%3\r\n', /a length of 3, over the limit of 2/, limits);
    assertRefused('|3\r\n', /a length of 3, over the limit of 2/, limits);
    assertRefused(`*${DEFAULT_LIMITS.maxElements + 1}\r\n`, /over the limit/);
  });

  it('does not take more elements by default than an array can have while it grows', () => {
    // V8 ends the process, beyond any `catch`, when it makes room for half as many again and that is 2^27 or more.
    assert.ok(DEFAULT_LIMITS.maxElements * 1.5 + 16 < 2 ** 27);
  });

  it('counts the elements of aggregates of unknown length', () => {
    const limits = { maxElements: 4 };
    assert.deepStrictEqual(decode('*?\r\n:1\r\n:2\r\n:3\r\n$1\r\n4\r\n.\r\n', UTF8, limits), [
      ['reply', [1, 2, 3, '4']],
    ]);
    assertRefused('*?\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n.\r\n', /more than 4 elements/, limits);
    assertRefused('*?\r\n*0\r\n*0\r\n*0\r\n*0\r\n*0\r\n.\r\n', /more than 4 elements/, limits);
  });

  it('refuses lines longer than maxLineLength, however they are cut', () => {
    const limits = { maxLineLength: 100 };
    for (const mark of ['+', '-', '(']) {
      assert.equal(decode(`${mark}${'1'.repeat(100)}\r\n`, UTF8, limits).length, 1);
      assertRefused(`${mark}${'1'.repeat(102)}`, /line longer/, limits);
      assertRefused(`${mark}${'1'.repeat(102)}\r\n`, /line longer/, limits);
      assertRefused(`*1\r\n${mark}${'1'.repeat(102)}\r\n`, /line longer/, limits);
    }
  });
});

describe('Decoder: stop', () => {
  /** Stops the decoder with its n-th delivery. */
  class Stopping extends Recorder {
    stop: () => void = () => undefined;
    readonly #last: number;

    constructor(last: number, mode: ReplyMode) {
      super([mode]);
      this.#last = last;
    }

    #count(): void {
      if (this.deliveries.length === this.#last) this.stop();
    }

    override reply(value: unknown): void {
      super.reply(value);
      this.#count();
    }

    override error(error: ReplyError): void {
      super.error(error);
      this.#count();
    }

    override unfit(message: string): void {
      super.unfit(message);
      this.#count();
    }

    override push(items: unknown[]): void {
      super.push(items);
      this.#count();
    }
  }

  const replies = [
    '$-1\r\n',
    '$1\r\na\r\n',
    '+OK\r\n',
    ':1\r\n',
    '+status\r\n',
    '-ERR error\r\n',
    ':9223372036854775807\r\n',
    '>1\r\n:1\r\n',
    '*2\r\n$1\r\na\r\n$1\r\nb\r\n',
    '*?\r\n:1\r\n.\r\n',
    '|1\r\n+a\r\n:1\r\n:5\r\n',
    `$9000\r\n${asciiOf(9000)}\r\n`,
    '$?\r\n;1\r\na\r\n;0\r\n',
    '_\r\n',
  ];

  for (const mode of [UTF8, BUFFER]) {
    it(`delivers nothing more, whichever reply it comes with, in ${mode.encoding} mode`, () => {
      const bytes = wire(replies.join(''));
      const all = deliveriesOf(bytes, { modes: [mode] });
      assert.equal(all.length, replies.length);
      for (let last = 1; last <= all.length; last++) {
        for (const sizes of [[bytes.length], [1], [100]]) {
          const recorder = new Stopping(last, mode);
          const decoder = decoderTo(recorder);
          recorder.stop = () => decoder.stop();
          feed(decoder, bytes, sizes, 0);
          feed(decoder, wire('not RESP at all'), [4], 0);
          assert.deepStrictEqual(recorder.deliveries, all.slice(0, last));
        }
      }
    });
  }

  it('delivers nothing more when it comes between two reads', () => {
    const bytes = wire(replies.join(''));
    for (let cut = 1; cut < bytes.length; cut += cut > 200 && cut < 9000 ? 500 : 1) {
      const recorder = new Recorder();
      const decoder = decoderTo(recorder);
      decoder.read(bytes, 0, cut);
      const before = recorder.deliveries.length;
      decoder.stop();
      decoder.stop();
      decoder.read(bytes, cut, bytes.length);
      assert.equal(recorder.deliveries.length, before);
    }
  });
});
