import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toRecord } from '../../../src/commands/record.ts';

/** What a record must be, built the plain way. */
function plain(flat: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) entries.push([flat[i]!, flat[i + 1]!]);
  return Object.fromEntries(entries);
}

const name = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', '1', '10', '-1', '', 'then'),
);
const flatList = fc
  .uniqueArray(name, { maxLength: 60 })
  .chain((names) =>
    fc
      .array(fc.string(), { minLength: names.length, maxLength: names.length })
      .map((values) => names.flatMap((each, i) => [each, values[i]!])),
  );

describe('toRecord', () => {
  it('gives what Object.fromEntries gives, again and again', () => {
    fc.assert(
      fc.property(flatList, (flat) => {
        const expected = plain(flat);
        // The first builds, the next ones find a shape.
        for (let i = 0; i < 4; i++) {
          const record = toRecord(flat);
          assert.deepStrictEqual(record, expected);
          assert.deepEqual(Object.keys(record), Object.keys(expected));
          assert.equal(Object.getPrototypeOf(record), Object.prototype);
        }
      }),
    );
  });

  it('does not let one reply show in another of the same shape', () => {
    const first = toRecord(['a', '1', 'b', '2']);
    const records = Array.from({ length: 10 }, (_, i) => toRecord(['a', `${i}`, 'b', `${i * 2}`]));
    first['a'] = 'changed';
    first['c'] = 'added';
    records.forEach((record, i) => assert.deepStrictEqual(record, { a: `${i}`, b: `${i * 2}` }));
  });

  it('tells shapes of the same size apart', () => {
    for (let round = 0; round < 10; round++) {
      assert.deepStrictEqual(toRecord(['a', '1', 'b', '2']), { a: '1', b: '2' });
      assert.deepStrictEqual(toRecord(['a', '1', 'c', '2']), { a: '1', c: '2' });
      assert.deepStrictEqual(toRecord(['b', '1', 'a', '2']), { b: '1', a: '2' });
    }
  });

  it('keeps a field named __proto__ as a field, in small and large records', () => {
    for (const size of [0, 3, 100]) {
      const others = Array.from({ length: size }, (_, i) => [`field:${i}`, `${i}`]).flat();
      for (let round = 0; round < 4; round++) {
        const record = toRecord(['__proto__', 'polluted', ...others]);
        assert.equal(Object.getOwnPropertyDescriptor(record, '__proto__')?.value, 'polluted');
        assert.equal(Object.getPrototypeOf(record), Object.prototype);
        assert.equal(Object.keys(record).length, size + 1);
      }
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});
