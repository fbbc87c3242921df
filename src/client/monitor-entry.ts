import { ProtocolError } from '../errors.ts';
import type { Encoding } from '../protocol/reply-mode.ts';

interface Ran<T> {
  /** When it ran, in seconds since the epoch, with microseconds behind the point. */
  readonly time: number;
  readonly db: number;
  /** The command's words, byte for byte as they came. Those that the server hides are `'(redacted)'`. */
  readonly args: T[];
}

/** A command that a server ran. `T` is `string`, or `Buffer` with `encoding: 'buffer'`. */
export type MonitorEntry<T = string> = Ran<T> &
  (
    | { readonly type: 'tcp'; readonly address: { readonly host: string; readonly port: number } }
    /** `address`: the path of the server's socket. */
    | { readonly type: 'unix'; readonly address: string }
    /** By a script. */
    | { readonly type: 'lua'; readonly address: 'lua' }
  );

/** `1339518083.107412 [0 127.0.0.1:60866] "SET" "key" "value"`: what stands before the words. */
const HEAD = /^(\d+\.\d+) \[(\d+) ([^]+?)\] (?=")/;
const QUOTE = 34;
const BACKSLASH = 92;
const ESCAPED = /\\(?:x([0-9a-f]{2})|([^]))/g;
const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };

/**
 * Reads a line of MONITOR, given with a character per byte. The words are in the encoding asked for.
 *
 * @throws ProtocolError when it is not of the form that servers give it
 */
export function readMonitorEntry(line: string, encoding: Encoding): MonitorEntry<string | Buffer> {
  const head = HEAD.exec(line);
  if (head === null) throw new ProtocolError('a line of MONITOR in another form');
  const [whole, time, db, source] = head;
  const args = readWords(line, whole.length, encoding);
  return { time: Number(time), db: Number(db), ...originOf(source!), args };
}

type Origin = MonitorEntry extends infer Entry
  ? Entry extends MonitorEntry
    ? Pick<Entry, 'type' | 'address'>
    : never
  : never;

function originOf(source: string): Origin {
  if (source === 'lua') return { type: 'lua', address: 'lua' };
  if (source.startsWith('unix:')) return { type: 'unix', address: source.slice('unix:'.length) };
  const colon = source.lastIndexOf(':');
  const host = source.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { type: 'tcp', address: { host, port: Number(source.slice(colon + 1)) } };
}

function readWords(line: string, start: number, encoding: Encoding): (string | Buffer)[] {
  const words: (string | Buffer)[] = [];
  let at = start;
  while (at < line.length) {
    let end = at + 1;
    let isEscaped = false;
    while (end < line.length && line.charCodeAt(end) !== QUOTE) {
      if (line.charCodeAt(end) === BACKSLASH) {
        isEscaped = true;
        end++;
      }
      end++;
    }
    if (line.charCodeAt(at) !== QUOTE || end >= line.length) {
      throw new ProtocolError('a word of MONITOR without its quotes');
    }
    words.push(decoded(line.slice(at + 1, end), isEscaped, encoding));
    // A quote and a space.
    at = end + 2;
  }
  return words;
}

/** The server prints bytes that are no printable ASCII as escapes, so what has none is ASCII. */
function decoded(quoted: string, isEscaped: boolean, encoding: Encoding): string | Buffer {
  const bytes = isEscaped ? quoted.replace(ESCAPED, unescaped) : quoted;
  if (encoding === 'latin1' || (encoding === 'utf8' && !isEscaped)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  return encoding === 'buffer' ? buffer : buffer.toString('utf8');
}

function unescaped(_: string, hex: string | undefined, letter: string | undefined): string {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return LETTERS[letter!] ?? letter!;
}
