import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

import type { Cut } from './features.ts';

/**
 * `whole` is the client as it is published, and `again` the same once more. From `without` is cut out all that a feature adds to the path
 * of a command that does not use it. `crowded` has all of it CROWD times, each time on other objects and fields, so that the engine
 * cannot do it once for all.
 */
export const VARIANTS = ['whole', 'again', 'without', 'crowded'] as const;
export type Variant = (typeof VARIANTS)[number];

const source = path.join(import.meta.dirname, '../../src');

/** Builds a variant of the client, with the loop that drives it. */
export async function buildVariant(variant: Variant, cuts: readonly Cut[], outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(import.meta.dirname, 'loop.mjs')],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
    plugins: variant === 'without' || variant === 'crowded' ? [cutting(variant, cuts)] : [],
  });
}

/** Replaces what is to be measured. What is not found would not be measured either. */
function cutting(variant: 'without' | 'crowded', cuts: readonly Cut[]): Plugin {
  return {
    name: variant,
    setup({ onLoad, onEnd }) {
      const made = new Set<Cut>();
      onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        let contents = await readFile(file, 'utf8');
        for (const cut of cuts) {
          if (file !== path.join(source, cut.file)) continue;
          if (contents.split(cut.text).length !== 2) throw new Error(`${cut.file} does not have once: ${cut.text}`);
          contents = contents.replace(cut.text, cut[variant]);
          if (variant === 'crowded') contents += `\n${cut.needs ?? ''}\n`;
          made.add(cut);
        }
        return { contents, loader: 'ts' };
      });
      onEnd(() => {
        if (made.size !== cuts.length) throw new Error('A file of what is to be measured was not loaded.');
      });
    },
  };
}
