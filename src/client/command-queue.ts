import { Conduct, refusalOf } from '../commands/conduct.ts';
import { command, type Decoder, type Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { Group, type Answer, type GroupCommand } from '../connection/group.ts';
import { checkedSize, lastResolve, newPromise, Request, type RequestOptions } from '../connection/request.ts';
import { needsSession } from '../connection/request-error.ts';
import { DataError, ExecAbortError, WatchError } from '../errors.ts';
import { decodeReplies, execMode, type Sent } from '../topology/transaction-replies.ts';
import { sendRequest, type Carrier } from './carrier.ts';

const MULTI: GroupCommand = { spec: command('MULTI'), args: [], size: 16 };
const FUNCTION_LOAD: Spec = command('FUNCTION LOAD');
const EXEC: GroupCommand = { spec: command('EXEC'), args: [], size: 16 };

/** A command that waits to be sent with others. */
interface Queued extends GroupCommand {
  readonly decode: Decoder<unknown> | undefined;
}

/** What became of the commands of a queue: their replies, and the errors of those that have none. */
export interface Outcome {
  readonly replies: unknown[];
  /** By position. */
  readonly errors: ReadonlyMap<number, unknown>;
}

/**
 * Commands that are collected first and sent together, plainly or as a transaction.
 *
 * What cannot be sent throws as it is added. It runs once.
 */
export class CommandQueue {
  readonly #carrier: Carrier;
  readonly #options: RequestOptions;
  readonly #transaction: boolean;
  #queued: Queued[] = [];
  #replies: unknown[] = [];
  readonly #errors = new Map<number, unknown>();
  /** Commands sent so far, and those of them that are settled. */
  #sent = 0;
  #settled = 0;
  #waiting: { readonly until: number; readonly resolve: () => void } | undefined;
  #ran = false;

  constructor(carrier: Carrier, options: RequestOptions, transaction: boolean) {
    this.#carrier = carrier;
    this.#options = options;
    this.#transaction = transaction;
  }

  get length(): number {
    return this.#sent + this.#queued.length;
  }

  get transaction(): boolean {
    return this.#transaction;
  }

  /** The name of the command at a position, as far as it is known: one that was sent is forgotten. */
  nameAt(index: number): string {
    return this.#names[index] ?? '';
  }

  #names: string[] = [];

  add(spec: Spec, args: readonly Value[], decode: Decoder<unknown> | undefined): number {
    if (this.#ran)
      throw new DataError('the pipeline has been executed', { code: 'ALREADY_EXECUTED', command: spec.name });
    const size = checkedSize(spec, args);
    const refusal = this.#refusal(spec, args);
    if (refusal !== undefined) throw needsSession(spec.name, refusal);
    return this.#sent + this.#queued.push({ spec, args, decode, size }) - 1;
  }

  #refusal(spec: Spec, args: readonly Value[]): string | undefined {
    if (this.#transaction && spec.conduct === Conduct.tracked) {
      return `${spec.name} changes the connection, which is not to be done in a transaction`;
    }
    return spec.conduct === Conduct.ordinary ? undefined : refusalOf(spec.name, args, false);
  }

  /** Runs all of it. Rejects when a transaction did not run; otherwise tells what became of each command. */
  async run(): Promise<Outcome> {
    if (this.#ran) throw new DataError('the pipeline has been executed', { code: 'ALREADY_EXECUTED' });
    this.#ran = true;
    if (this.#transaction) await this.#exec();
    else {
      this.#send();
      await this.#until(this.#sent);
    }
    return { replies: this.#replies, errors: this.#errors };
  }

  /** Sends what is queued, and waits until no more than that is unanswered. */
  async flush(): Promise<void> {
    if (this.#transaction) throw new DataError('a transaction is sent as a whole', { code: 'NOT_A_PIPELINE' });
    const before = this.#sent;
    this.#send();
    await this.#until(before);
  }

  #send(): void {
    const queued = this.#queued;
    this.#queued = [];
    for (const { spec, args, decode, size } of queued) {
      const index = this.#sent++;
      const settle = (value: unknown): void => this.#settle(index, spec, value);
      sendRequest(this.#carrier, new Request(spec, args, decode, this.#options, size, settle));
    }
  }

  #settle(index: number, spec: Spec, value: unknown): void {
    if (value instanceof Promise) {
      value.then(
        (reply) => this.#settle(index, spec, reply),
        (error: unknown) => {
          this.#fail(index, spec, error);
          this.#count();
        },
      );
      return;
    }
    this.#replies[index] = value;
    this.#count();
  }

  #fail(index: number, spec: Spec, error: unknown): void {
    this.#replies[index] = undefined;
    this.#errors.set(index, error);
    this.#names[index] = spec.name;
  }

  #count(): void {
    this.#settled++;
    if (this.#waiting !== undefined && this.#settled >= this.#waiting.until) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve();
    }
  }

  async #until(settled: number): Promise<void> {
    if (this.#settled >= settled) return;
    await new Promise<void>((resolve) => {
      this.#waiting = { until: settled, resolve };
    });
  }

  // A transaction

  /** Sends in front the libraries of functions to be called: whether the server has them would show at EXEC only. */
  #load(queued: readonly Queued[]): void {
    const codes = new Set(queued.flatMap(({ spec: { code } }) => (code === undefined || code.script ? [] : [code])));
    for (const { text } of codes) {
      const promise = newPromise<unknown>();
      sendRequest(
        this.#carrier,
        new Request(FUNCTION_LOAD, [text], undefined, this.#options, text.length, lastResolve()),
      );
      // One that is there already is left as it is; any other trouble shows at EXEC.
      promise.catch(() => undefined);
    }
  }

  async #exec(): Promise<void> {
    const queued = this.#queued;
    this.#queued = [];
    this.#sent = queued.length;
    if (queued.length === 0) return;
    const { callbacks, mode } = this.#options;
    const sent: Sent[] = queued.map(({ spec, decode }) => ({
      spec,
      mode: spec.binary ? { ...mode, encoding: 'buffer' } : mode,
      decode: callbacks.get(spec.name) ?? decode,
    }));
    const given = execMode(mode, sent);
    const promise = newPromise<readonly Answer[]>();
    const group = new Group([MULTI, ...queued, EXEC], { ...this.#options, mode: given }, lastResolve());
    this.#load(queued);
    sendRequest(this.#carrier, group);
    const answers = await promise;
    const replies = replyOf(answers, queued);
    decodeReplies(replies, sent, given, group.endpoint).forEach((reply, index) => {
      if (reply instanceof Error) this.#fail(index, sent[index]!.spec, reply);
      else this.#replies[index] = reply;
    });
  }
}

/** EXEC's reply, or the error that tells why there is none. */
function replyOf(answers: readonly Answer[], queued: readonly Queued[]): readonly unknown[] {
  const exec = answers.at(-1)!;
  if (exec.error === undefined) {
    if (exec.reply === null) throw new WatchError('a key that was watched has changed; none of the transaction ran');
    return exec.reply as readonly unknown[];
  }
  const refused = answers.findIndex(({ error }) => error !== undefined);
  const cause = answers[refused]!.error!();
  if (refused === 0 || refused > queued.length) throw cause;
  const { name } = queued[refused - 1]!.spec;
  throw new ExecAbortError(
    `EXECABORT none of the transaction ran: command ${refused} of ${queued.length} (${name}) was refused: ${cause.message}`,
    { command: name, index: refused - 1, endpoint: cause.endpoint, cause },
  );
}
