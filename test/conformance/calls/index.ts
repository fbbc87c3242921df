import { readdirSync } from 'node:fs';
import { type Call, type Readers, type Word, Words } from '../words.ts';

const readers = new Map<string, Readers[string]>();
for (const file of readdirSync(import.meta.dirname)) {
  if (file === 'index.ts') continue;
  for (const family of Object.values((await import(`./${file}`)) as Readonly<Record<string, Readers>>)) {
    for (const [name, reader] of Object.entries(family)) {
      if (readers.has(name)) throw new Error(`two readers of ${name}`);
      readers.set(name, reader);
    }
  }
}

/** The typed call that means these words; `undefined` where there is none: a command of no table, or a form no method takes. */
export function typedCall(words: readonly Word[]): Call | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).map(String).join(' ').toUpperCase();
    const reader = readers.get(name);
    if (reader === undefined || words.length < length) continue;
    const rest = new Words(words.slice(length));
    const call = reader(rest);
    if (call !== undefined && rest.left > 0) return undefined;
    return call;
  }
  return undefined;
}

/** The commands that are read. */
export const read: ReadonlySet<string> = new Set(readers.keys());
