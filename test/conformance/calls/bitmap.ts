import { given, type Call, type Readers, type Words } from '../words.ts';

/** Up to so many words, and the unit of a range. */
const ranged =
  (method: string, places: number) =>
  (words: Words): Call => [
    method,
    ...words.take(Math.min(words.left, places)),
    ...given({ unit: words.oneOf('BYTE', 'BIT') }),
  ];

/** The steps of a bit field. What is said of overflow holds for all that write after it. */
function steps(words: Words): Record<string, unknown>[] {
  const steps: Record<string, unknown>[] = [];
  let writing = {};
  for (;;) {
    const word = words.oneOf('GET', 'SET', 'INCRBY', 'OVERFLOW');
    if (word === undefined) return steps;
    if (word === 'overflow') {
      writing = { overflow: words.literal('WRAP', 'SAT', 'FAIL') };
      continue;
    }
    const place = { [word]: words.next(), offset: words.next() };
    if (word === 'get') steps.push(place);
    else if (word === 'set') steps.push({ ...place, value: words.next(), ...writing });
    else steps.push({ ...place, increment: words.next(), ...writing });
  }
}

export const bitmap: Readers = {
  BITCOUNT: ranged('bitcount', 3),
  BITFIELD: (words) => ['bitfield', words.next(), steps(words)],
  BITFIELD_RO: (words) => ['bitfield_ro', words.next(), steps(words)],
  BITOP: (words) => ['bitop', words.literal('AND', 'OR', 'XOR', 'NOT'), words.next(), words.take()],
  BITPOS: ranged('bitpos', 4),
  GETBIT: (words) => ['getbit', ...words.take(2)],
  SETBIT: (words) => ['setbit', ...words.take(3)],
};
