/** A surface that sends nothing: a call gives the words that would travel. */
import { SessionCommands, type Decoder, type Spec, type Surface, type Value } from '../../src/commands/index.ts';
import { checkedSize } from '../../src/connection/request.ts';
import { Encoder } from '../../src/protocol/encoder.ts';

/** What one call would send: the command, its words, and what would decode the reply. */
export interface Sent {
  readonly spec: Spec;
  /** Every word of the command as bytes in latin1, its name's words included. */
  readonly words: readonly string[];
  readonly decode: Decoder<unknown> | undefined;
}

interface Recorded extends Surface {
  readonly text: string;
  readonly integer: number;
  readonly result: Sent;
}

/** Checks and encodes calls as a client does, and reads the words back from the bytes. */
export class Recording extends SessionCommands<Recorded> {
  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Sent {
    checkedSize(spec, args);
    const chunks: Buffer[] = [];
    const encoder = new Encoder({
      write: (bytes) => {
        chunks.push(Buffer.from(bytes));
        return true;
      },
    });
    encoder.encode(spec.header, args);
    encoder.flush();
    return { spec, words: wordsOf(Buffer.concat(chunks)), decode };
  }
}

/** Calls the method at a path such as `zadd` or `json.set`. */
export function callOf(commands: object, path: string, args: readonly unknown[]): Sent {
  const names = path.split('.');
  const last = names.pop()!;
  const owner = names.reduce<object>((owner, name) => Reflect.get(owner, name) as object, commands);
  const method: unknown = Reflect.get(owner, last);
  if (typeof method !== 'function') throw new Error(`there is no method ${path}`);
  return Reflect.apply(method, owner, args) as Sent;
}

/** Reads `*2 $3 GET $1 a`. */
function wordsOf(bytes: Buffer): string[] {
  const words: string[] = [];
  let at = bytes.indexOf('\r\n') + 2;
  const count = Number(bytes.toString('latin1', 1, at - 2));
  for (let i = 0; i < count; i++) {
    const start = bytes.indexOf('\r\n', at) + 2;
    const length = Number(bytes.toString('latin1', at + 1, start - 2));
    words.push(bytes.toString('latin1', start, start + length));
    at = start + length + 2;
  }
  if (at !== bytes.length) throw new Error('the bytes are not one command');
  return words;
}
