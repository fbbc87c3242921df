/** That reading the words of a sample back gives a call which sends the same words: what the recordings are replayed with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, typedCall } from './calls/index.ts';
import { callOf, Recording } from './recording.ts';
import { samples } from './samples/index.ts';

for (const [method, calls] of Object.entries(samples)) {
  if (method.includes('.')) continue;
  test(method, () => {
    for (const args of calls) {
      const { spec, words } = callOf(new Recording(), method, args);
      assert.ok(read.has(spec.name), `nothing reads ${spec.name}`);
      const call = typedCall(words.map((word) => (/^[\x20-\x7e]*$/.test(word) ? word : Buffer.from(word, 'latin1'))));
      assert.ok(call !== undefined, `cannot be read: ${words.join(' ')}`);
      const [again, ...rest] = call;
      const upper = (words: readonly string[]): string[] => words.map((word) => word.toUpperCase());
      assert.deepEqual(upper(callOf(new Recording(), again, rest).words), upper(words), words.join(' '));
    }
  });
}
