import { Conduct } from '../commands/conduct.ts';
import { command, type Decoder, type Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { sendRequest } from '../connection/carrier.ts';
import { Group, type Answer, type GroupCommand } from '../connection/group.ts';
import { lastResolve, newPromise, Request } from '../connection/request.ts';
import { DataError, ExecAbortError, responseError, WatchError, type ResponseError } from '../errors.ts';
import { decodeReplies, execMode, type Sent } from '../topology/transaction-replies.ts';
import { CommandQueue } from './command-queue.ts';

const MULTI: GroupCommand = { spec: command('MULTI'), args: [], size: 16 };
const EXEC: GroupCommand = { spec: command('EXEC'), args: [], size: 16 };
const FUNCTION_LOAD: Spec = command('FUNCTION LOAD');

/** Commands that run as one, between MULTI and EXEC. */
export class TransactionQueue extends CommandQueue {
  #commands: GroupCommand[] = [];
  readonly #sent: Sent[] = [];

  override get length(): number {
    return this.#sent.length;
  }

  protected override refusal(spec: Spec, args: readonly Value[]): string | undefined {
    if (spec.conduct !== Conduct.tracked) return super.refusal(spec, args);
    return `${spec.name} changes the connection, which is not to be done in a transaction`;
  }

  protected override put(
    spec: Spec,
    args: readonly Value[],
    decode: Decoder<unknown> | undefined,
    size: number,
  ): number {
    const { mode, callbacks } = this.options;
    this.#sent.push({ spec, args, mode, decode: callbacks.get(spec.name) ?? decode });
    return this.#commands.push({ spec, args, size }) - 1;
  }

  protected override async send(): Promise<never> {
    throw new DataError('a transaction is sent as a whole', { code: 'NOT_A_PIPELINE' });
  }

  protected override async execute(): Promise<void> {
    const commands = this.#commands;
    this.#commands = [];
    if (commands.length === 0 && this.carrier.watching !== true) return;
    const mode = execMode(this.options.mode, this.#sent);
    this.#load(commands);
    const promise = newPromise<readonly Answer[]>();
    const group = new Group([MULTI, ...commands, EXEC], { ...this.options, mode }, lastResolve());
    sendRequest(this.carrier, group);
    const replies = repliesOf(await promise, commands);
    const decoded = decodeReplies(replies, this.#sent, mode, group.endpoint);
    // A decoder of the user's own may take its time.
    const slow = decoded.some((reply) => reply instanceof Promise);
    const settled = slow ? await Promise.all(decoded.map(caught)) : decoded;
    settled.forEach((reply, index) => {
      if (!(reply instanceof Error)) this.outcome.succeeded(index, reply);
      else this.outcome.failed(index, this.#sent[index]!.spec.name, () => reply);
    });
  }

  /** Sends in front the libraries of functions to be called: whether the server has them would show at EXEC only. */
  #load(commands: readonly GroupCommand[]): void {
    const codes = new Set(commands.flatMap(({ spec: { code } }) => (code === undefined || code.script ? [] : [code])));
    for (const { text } of codes) {
      const promise = newPromise<unknown>();
      const request = new Request(FUNCTION_LOAD, [text], undefined, this.options, text.length, lastResolve());
      sendRequest(this.carrier, request);
      // One that is there already is left as it is; any other trouble shows at EXEC.
      promise.catch(() => undefined);
    }
  }
}

async function caught(reply: unknown): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error), { cause: error });
  }
}

/** EXEC's reply, or the error that tells why there is none. */
function repliesOf(answers: readonly Answer[], commands: readonly GroupCommand[]): readonly unknown[] {
  const exec = answers.at(-1)!;
  if (exec.error === undefined) {
    if (exec.reply === null) throw new WatchError('a key that was watched has changed; none of the transaction ran');
    return exec.reply as readonly unknown[];
  }
  const refused = answers.findIndex(({ error }) => error !== undefined);
  const cause = answers[refused]!.error!();
  if (refused === 0) throw unbegun(answers, cause);
  if (refused > commands.length) throw cause;
  const { name } = commands[refused - 1]!.spec;
  throw new ExecAbortError(
    `EXECABORT none of the transaction ran: command ${refused} of ${commands.length} (${name}) was refused: ${cause.message}`,
    { command: name, index: refused - 1, endpoint: cause.endpoint, cause },
  );
}

/** The error of a transaction whose MULTI was refused: what came behind it ran all the same, unless it was refused too. */
function unbegun(answers: readonly Answer[], cause: ResponseError): ResponseError {
  const ran = answers.filter(({ error }) => error === undefined).length;
  if (ran === 0) return cause;
  const { command: name, endpoint } = cause;
  return responseError(`${cause.message}; without MULTI, ${ran} of the commands ran one by one`, {
    command: name,
    endpoint,
    cause,
  });
}
