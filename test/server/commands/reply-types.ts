/** Holds recorded replies to the declared types: writes them down as literals, and lets the compiler compare. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Call } from './recorder.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Of a longer list, the first items stand for all. */
const MOST_ITEMS = 40;
const run = promisify(execFile);

/** The calls made on clients of one type, and on their sessions. */
export interface TypedCalls {
  /** The type's parameters: `'buffer', 'bigint'`. */
  readonly type: string;
  readonly calls: readonly Call[];
}

/** The compiler's complaints about replies that are not what the methods' types say; empty when all are. */
export async function wrongReplies(recorded: readonly TypedCalls[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-replies-'));
  try {
    const source = sourceOf(recorded);
    await writeFile(join(folder, 'replies.ts'), source);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config(folder)));
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await run(process.execPath, [compiler, '-p', folder], { maxBuffer: 1 << 26 }).catch(
      (error: { stdout: string }) => error,
    );
    return explained(stdout, source);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function config(folder: string): object {
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    include: [],
    files: [join(folder, 'replies.ts')],
  };
}

function sourceOf(recorded: readonly TypedCalls[]): string {
  const lines = [
    `import type { Session } from '${ROOT}src/client/session.ts';`,
    `import type { Valkey } from '${ROOT}src/client/valkey.ts';`,
    'declare function accept<R>(call: Promise<R>, reply: NoInfer<R>): void;',
    'declare const bytes: Buffer;',
    `declare const error: import('${ROOT}src/errors.ts').ResponseError;`,
  ];
  for (const [index, { type, calls }] of recorded.entries()) {
    lines.push(`declare const client${index}: Valkey<${type}>;`, `declare const session${index}: Session<${type}>;`);
    const seen = new Set<string>();
    for (const { on, method, args, reply } of calls) {
      const line = `accept(${on}${index}.${method}(${args.map(literal).join(', ')}), ${literal(reply)});`;
      if (!seen.has(line)) lines.push(line);
      seen.add(line);
    }
  }
  return `${lines.join('\n')}\nexport {};\n`;
}

/** The expression that makes such a value. Bytes are all the same to the compiler. */
function literal(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Date) return 'new Date()';
  if (value instanceof Error) return 'error';
  if (Array.isArray(value)) return `[${value.slice(0, MOST_ITEMS).map(literal).join(', ')}]`;
  if (value instanceof Map) return `new Map([${[...value].map(literal).join(', ')}])`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${literal(field)}`);
    return `{ ${fields.join(', ')} }`;
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The complaints about the calls, not those about the sources, which have a check of their own; the call beside each. */
function explained(output: string, source: string): string {
  const lines = source.split('\n');
  const complaints = output.split(/^(?=\S)/m).filter((complaint) => complaint.includes('replies.ts('));
  return complaints.join('').replace(/^.*replies\.ts\((\d+),\d+\): /gm, (_, line: string) => {
    return `\n${lines[Number(line) - 1]!.slice(0, 400)}\n  `;
  });
}
