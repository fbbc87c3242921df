import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

/** How often `crowded` does what the client does once: what one costs is too little to be measured. */
export const CROWD = 20;

/**
 * `seeing` is the client as it is published, and `again` the same once more. From `blind` is cut out all that diagnostics and `stats()` add
 * to the path of a command that nobody looks at. `crowded` has all of it CROWD times, each time on other objects and fields, so that
 * the engine cannot do it once for all.
 */
export const VARIANTS = ['seeing', 'again', 'blind', 'crowded'] as const;
export type Variant = (typeof VARIANTS)[number];

/** Something in the source, and what is there in its place. */
interface Cut {
  readonly file: string;
  readonly text: string;
  readonly blind: string;
  readonly crowded: string;
  /** What `crowded` needs at the end of the file. */
  readonly needs?: string;
}

const source = path.join(import.meta.dirname, '../../src');
const CUTS: readonly Cut[] = [
  {
    file: 'diagnostics.ts',
    text: 'return commandEnd.hasSubscribers || commandStart.hasSubscribers || commandError.hasSubscribers;',
    blind: 'return false;',
    crowded: `return ${times((i) => `one${i}.hasSubscribers || two${i}.hasSubscribers || three${i}.hasSubscribers`).join(' || ')};`,
    needs: times((i) =>
      ['one', 'two', 'three'].map((name) => `const ${name}${i} = channel('${name}${i}');`).join('\n'),
    ).join('\n'),
  },
  {
    file: 'diagnostics.ts',
    text: 'return underWayCount > 0;',
    blind: 'return false;',
    crowded: `return ${times((i) => `count${i} > 0`).join(' || ')};`,
    // What nobody writes would be known to the engine.
    needs: times((i) => `let count${i} = 0; export function count${i}Up() { count${i}++; }`).join('\n'),
  },
  {
    file: 'connection/connection.ts',
    text: '  #sent = 0;',
    blind: '  #sent = 0;',
    crowded: ['#sent = 0;', ...times((i) => `#sent${i} = 0; #out${i} = 0; #in${i} = 0;`)].join(' '),
  },
  {
    file: 'connection/connection.ts',
    text: 'this.#sent++;',
    blind: '',
    crowded: times((i) => `this.#sent${i}++;`).join(' '),
  },
  {
    file: 'connection/connection.ts',
    text: 'this.#bytesSent += bytes.length;',
    blind: '',
    crowded: times((i) => `this.#out${i} += bytes.length;`).join(' '),
  },
  {
    file: 'connection/connection.ts',
    text: 'this.#bytesReceived += end - start;',
    blind: '',
    crowded: times((i) => `this.#in${i} += end - start;`).join(' '),
  },
];

/** Builds a variant of the client, with the loop that drives it. */
export async function buildVariant(variant: Variant, outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(import.meta.dirname, 'loop.mjs')],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
    plugins: variant === 'blind' || variant === 'crowded' ? [cutting(variant)] : [],
  });
}

/** Replaces what is to be measured. What is not found would not be measured either. */
function cutting(variant: 'blind' | 'crowded'): Plugin {
  return {
    name: variant,
    setup({ onLoad, onEnd }) {
      const made = new Set<Cut>();
      onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        let contents = await readFile(file, 'utf8');
        for (const cut of CUTS) {
          if (file !== path.join(source, cut.file)) continue;
          if (contents.split(cut.text).length !== 2) throw new Error(`${cut.file} does not have once: ${cut.text}`);
          contents = contents.replace(cut.text, cut[variant]);
          if (variant === 'crowded') contents += `\n${cut.needs ?? ''}\n`;
          made.add(cut);
        }
        return { contents, loader: 'ts' };
      });
      onEnd(() => {
        if (made.size !== CUTS.length) throw new Error('A file of what is to be measured was not loaded.');
      });
    },
  };
}

function times(one: (i: number) => string): string[] {
  return Array.from({ length: CROWD }, (_, i) => one(i));
}
