import { connect } from 'node:net';
import type { Socket } from 'node:net';

const TIMEOUT = 15_000;

/** What a server answers: errors are among it, for the caller to throw. */
export type AdminReply = string | number | null | Error | readonly AdminReply[];

interface Waiter {
  readonly resolve: (reply: AdminReply) => void;
  readonly reject: (error: Error) => void;
}

/** A reply and where it ends; `undefined` when it is not all there. */
type Parsed = readonly [reply: AdminReply, end: number] | undefined;

/**
 * A connection to a server's Unix socket by which the kit itself gives orders. RESP2, strings of bytes as latin1, replies in order.
 *
 * The kit stands without the client it helps to test.
 */
export class AdminConnection implements Disposable {
  readonly #socket: Socket;
  readonly #waiters: Waiter[] = [];
  #received = Buffer.alloc(0);
  #failure: Error | undefined;

  constructor(path: string) {
    this.#socket = connect({ path });
    this.#socket.setTimeout(TIMEOUT, () => this.#fail(new Error(`The server did not answer within ${TIMEOUT} ms.`)));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('The server closed the connection.')));
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes));
  }

  /** Sends a command, and resolves to its reply. Rejects with what the server said when it refused. */
  async call(...words: readonly (string | number)[]): Promise<AdminReply> {
    const reply = await this.ask(...words);
    if (reply instanceof Error) throw new Error(`${words.slice(0, 3).join(' ')}: ${reply.message}`);
    return reply;
  }

  /** The same, an error of the server being a reply. */
  ask(...words: readonly (string | number)[]): Promise<AdminReply> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiters.push({ resolve, reject });
      const bulks = words.map((word) => `$${String(word).length}\r\n${word}\r\n`);
      this.#socket.write(`*${words.length}\r\n${bulks.join('')}`, 'latin1');
    });
  }

  [Symbol.dispose](): void {
    this.#fail(new Error('The connection is closed.'));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  #read(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const parsed = parse(this.#received, 0);
      if (parsed === undefined) return;
      this.#received = this.#received.subarray(parsed[1]);
      this.#waiters.shift()?.resolve(parsed[0]);
    }
  }
}

function parse(bytes: Buffer, start: number): Parsed {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd === -1) return undefined;
  const line = bytes.toString('latin1', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (bytes[start]) {
    case 0x2d: // -
      return [new Error(line), end];
    case 0x3a: // :
      return [Number(line), end];
    case 0x24: // $
      return parseBulk(bytes, end, Number(line));
    case 0x2a: // *
      return parseList(bytes, end, Number(line));
    default:
      return [line, end];
  }
}

function parseBulk(bytes: Buffer, start: number, length: number): Parsed {
  if (length < 0) return [null, start];
  const end = start + length;
  return bytes.length < end + 2 ? undefined : [bytes.toString('latin1', start, end), end + 2];
}

function parseList(bytes: Buffer, start: number, count: number): Parsed {
  if (count < 0) return [null, start];
  const items: AdminReply[] = [];
  let at = start;
  while (items.length < count) {
    const parsed = parse(bytes, at);
    if (parsed === undefined) return undefined;
    items.push(parsed[0]);
    at = parsed[1];
  }
  return [items, at];
}
