import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** A connection to a scripted server, as its script sees it. */
export interface ScriptedConnection {
  /** Counts from 1 over all connections of the server. */
  readonly number: number;
  readonly socket: Socket;
}

/** Gives the bytes to answer a command with, one character per byte; `undefined` answers nothing. */
export type Script = (words: readonly string[], connection: ScriptedConnection) => string | undefined;

/** What a server says to HELLO 3. */
export const GREETING = '%2\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n';

/** What a server says that lacks a command. It repeats the arguments, as real ones do. */
export function unknownCommand([name = '', ...args]: readonly string[]): string {
  return `-ERR unknown command '${name}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}\r\n`;
}

/** A peer that says what it is told to: only for what no real server can be made to say. */
export class ScriptedServer implements AsyncDisposable {
  readonly host: string = '127.0.0.1';
  readonly port: number;
  /** How many connections came. */
  accepted = 0;
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();

  private constructor(server: Server) {
    this.#server = server;
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Starts a server that answers each command by the script. */
  static async start(script: Script): Promise<ScriptedServer> {
    return await ScriptedServer.raw((connection) => {
      const reader = new CommandReader();
      connection.socket.on('data', (bytes) => {
        for (const words of reader.read(bytes)) {
          const reply = script(words, connection);
          if (reply !== undefined && connection.socket.writable) connection.socket.write(reply, 'latin1');
        }
      });
    });
  }

  /** Starts a server that hands its connections to `greet`, and reads nothing by itself. */
  static async raw(greet: (connection: ScriptedConnection) => void): Promise<ScriptedServer> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    server.unref();
    const scripted = new ScriptedServer(server);
    server.on('connection', (socket) => {
      scripted.#sockets.add(socket);
      socket.unref();
      socket.on('error', () => {});
      socket.on('close', () => scripted.#sockets.delete(socket));
      greet({ number: ++scripted.accepted, socket });
    });
    return scripted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Reads arrays of bulk strings, however they are cut. */
class CommandReader {
  #text = '';

  read(bytes: Buffer): string[][] {
    this.#text += bytes.toString('latin1');
    const commands: string[][] = [];
    for (let words = this.#next(); words !== undefined; words = this.#next()) commands.push(words);
    return commands;
  }

  #next(): string[] | undefined {
    const text = this.#text;
    const head = /^\*(\d+)\r\n/.exec(text);
    if (head === null) return undefined;
    let at = head[0].length;
    const words: string[] = [];
    while (words.length < Number(head[1])) {
      const end = text.indexOf('\r\n', at);
      if (end < 0) return undefined;
      const length = Number(text.slice(at + 1, end));
      at = end + 2 + length + 2;
      if (at > text.length) return undefined;
      words.push(text.slice(end + 2, end + 2 + length));
    }
    this.#text = text.slice(at);
    return words;
  }
}
