import { toInfos, type CommandInfo } from '../commands/command.ts';
import { factOf } from '../commands/reported.ts';
import { command, Spec } from '../commands/spec.ts';
import { lastResolve, newPromise, NO_CALLBACKS, Request, type RequestOptions } from '../connection/request.ts';
import { sizeOf } from '../protocol/encoder.ts';

const COMMAND_INFO: Spec = command('COMMAND INFO');

/** What a server says of commands that the table does not know. Each is asked for once. */
export class CommandLookup {
  readonly #known: Map<string, Promise<Spec | undefined>> = new Map();
  readonly #send: (request: Request) => void;

  constructor(send: (request: Request) => void) {
    this.#send = send;
  }

  /** The spec of a command, with its keys; `undefined` when the server does not know it either. Rejects when it cannot be asked. */
  find(spec: Spec, timeout: number): Promise<Spec | undefined> {
    const { name } = spec;
    let found = this.#known.get(name);
    if (found === undefined) {
      found = this.#ask(spec, timeout);
      this.#known.set(name, found);
      // A module may be loaded later.
      const forget = (): void => void this.#known.delete(name);
      found.then((known) => known ?? forget(), forget);
    }
    return found;
  }

  async #ask(spec: Spec, timeout: number): Promise<Spec | undefined> {
    const options: RequestOptions = {
      mode: { encoding: 'utf8', integers: 'number' },
      timeout,
      signal: undefined,
      whenDown: 'wait',
      retries: 3,
      idempotent: false,
      retryOn: undefined,
      callbacks: NO_CALLBACKS,
    };
    const args = [spec.name];
    const promise = newPromise<readonly (CommandInfo | null)[]>();
    this.#send(new Request(COMMAND_INFO, args, toInfos<CommandInfo | null>, options, sizeOf(args), lastResolve()));
    const [info] = await promise;
    if (info === null || info === undefined) return undefined;
    return new Spec(spec.name, factOf(info, ''), { words: [...spec.header.words] });
  }
}
