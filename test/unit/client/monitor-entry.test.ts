import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { readMonitorEntry } from '../../../src/client/monitor-entry.ts';
import { ProtocolError } from '../../../src/errors.ts';

const LETTERS: Readonly<Record<number, string>> = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 13: 'r', 34: '"', 92: '\\' };

/** As the server prints bytes. */
function quoted(bytes: Uint8Array): string {
  const printed = [...bytes].map((byte) => {
    const letter = LETTERS[byte];
    if (letter !== undefined) return `\\${letter}`;
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${printed.join('')}"`;
}

describe('readMonitorEntry', () => {
  it('gives every byte of every word back, in each encoding', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1 }), (words) => {
        const line = `1700000000.123456 [3 127.0.0.1:6379] ${words.map(quoted).join(' ')}`;
        const buffers = words.map((bytes) => Buffer.from(bytes));
        assert.deepEqual(readMonitorEntry(line, 'buffer').args, buffers);
        assert.deepEqual(
          readMonitorEntry(line, 'latin1').args,
          buffers.map((bytes) => bytes.toString('latin1')),
        );
        assert.deepEqual(
          readMonitorEntry(line, 'utf8').args,
          buffers.map((bytes) => bytes.toString('utf8')),
        );
      }),
    );
  });

  it('tells when, where and by whom it ran', () => {
    const cases = [
      ['127.0.0.1:60866', { type: 'tcp', address: { host: '127.0.0.1', port: 60866 } }],
      ['[::1]:60866', { type: 'tcp', address: { host: '::1', port: 60866 } }],
      ['unix:/run/my server].sock', { type: 'unix', address: '/run/my server].sock' }],
      ['lua', { type: 'lua', address: 'lua' }],
    ] as const;
    for (const [source, origin] of cases) {
      const entry = readMonitorEntry(`1339518083.107412 [15 ${source}] "keys" "] \\"*"`, 'utf8');
      assert.deepEqual(entry, { time: 1339518083.107412, db: 15, ...origin, args: ['keys', '] "*'] });
    }
  });

  it('throws at what is no line of MONITOR', () => {
    for (const line of ['', 'OK', '1.5 [0 lua]', '1.5 [0 lua] "a', '1.5 [0 lua] "a" b', '1.5 [x lua] "a"']) {
      assert.throws(() => readMonitorEntry(line, 'utf8'), ProtocolError, line);
    }
  });
});
