import { readdirSync } from 'node:fs';
import type { Samples } from './samples.ts';

/** The samples of all families: what every file in this folder exports. */
export const samples: Samples = await collect();

async function collect(): Promise<Samples> {
  const all: Record<string, Samples[string]> = {};
  for (const file of readdirSync(import.meta.dirname)) {
    if (['index.ts', 'samples.ts'].includes(file)) continue;
    const exported = (await import(`./${file}`)) as Readonly<Record<string, Samples>>;
    for (const family of Object.values(exported)) {
      for (const [method, calls] of Object.entries(family)) {
        if (method in all) throw new Error(`two families have samples of ${method}`);
        all[method] = calls;
      }
    }
  }
  return all;
}
