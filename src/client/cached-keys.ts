import { blockingTimeout } from '../commands/blocking.ts';
import { Conduct } from '../commands/conduct.ts';
import { keysOf } from '../commands/keys.ts';
import { command, Flag, type Spec } from '../commands/spec.ts';
import { GROUP, type Group } from '../connection/group.ts';
import type { Request } from '../connection/request.ts';
import type { Argument } from '../protocol/encoder.ts';
import { byteKey } from './byte-key.ts';

/** Reads, and writes all the same. */
export const PFCOUNT: Spec = command('PFCOUNT');

/** Read commands of whose changes the server does not tell: XACK, XCLAIM and XREADGROUP change what is pending, but not their key. */
const UNTOLD: ReadonlySet<string> = new Set(['XPENDING']);
const SCRIPTS: ReadonlySet<string> = new Set(['EVAL', 'EVALSHA', 'FCALL']);

const isWord = (arg: Argument, word: string): boolean => byteKey(arg).toUpperCase() === word;

/** Scripts that only read: of keys that they were not given the server tells, but by what they are found here cannot be known. */
export const READING_SCRIPTS: ReadonlySet<string> = new Set(['EVAL_RO', 'EVALSHA_RO', 'FCALL_RO']);

/** The keys that a reply depends on, if the server tells of all that could change it. */
export function readKeys(spec: Spec, args: readonly Argument[]): string[] | undefined {
  if (!spec.has(Flag.readonly) || UNTOLD.has(spec.name) || READING_SCRIPTS.has(spec.name)) return undefined;
  if (spec.conduct !== Conduct.ordinary && blockingTimeout(spec, args) !== undefined) return undefined;
  // The last entry is another one after XSETID, of which the server does not tell.
  if (spec.name === 'XREAD' && args.some((arg) => isWord(arg, '+'))) return undefined;
  // Of the keys behind its patterns the server takes no note.
  if (spec.name === 'SORT_RO' && args.some((arg) => isWord(arg, 'BY') || isWord(arg, 'GET'))) return undefined;
  const keys = keysOf(spec, args);
  return keys.length === 0 ? undefined : keys.map(byteKey);
}

/** The keys that a request may write: `[]` when it writes none, `undefined` when it may be any. */
export function writtenBy(request: Request, onlyDeclared: boolean): readonly string[] | undefined {
  const { spec, args } = request;
  if (spec !== GROUP) return writtenKeys(spec, args, onlyDeclared);
  const all: string[] = [];
  // Without MULTI and EXEC around them.
  for (const command of (request as Group).commands.slice(1, -1)) {
    const keys = writtenKeys(command.spec, command.args, onlyDeclared);
    if (keys === undefined) return undefined;
    all.push(...keys);
  }
  return all;
}

function writtenKeys(spec: Spec, args: readonly Argument[], onlyDeclared: boolean): readonly string[] | undefined {
  // It keeps its count in the key.
  if (spec.has(Flag.readonly)) return spec === PFCOUNT ? keysOf(spec, args).map(byteKey) : [];
  // A script may touch keys that it was not given; the server tells of those too.
  const isScript = SCRIPTS.has(spec.name);
  if (isScript && !onlyDeclared) return undefined;
  // What was queued has been forgotten by now.
  if (spec.name === 'EXEC') return undefined;
  if (!isScript && (!spec.has(Flag.write) || spec.name.startsWith('FUNCTION '))) return [];
  const keys = keysOf(spec, args);
  return keys.length === 0 && !isScript ? undefined : keys.map(byteKey);
}
