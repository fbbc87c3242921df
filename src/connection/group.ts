import { Spec } from '../commands/spec.ts';
import type { ResponseError } from '../errors.ts';
import type { Argument } from '../protocol/encoder.ts';
import { Request, Status, type RequestOptions } from './request.ts';

/** One command of a group. */
export interface GroupCommand {
  readonly spec: Spec;
  readonly args: readonly Argument[];
  /** Bytes, as accounted. */
  readonly size: number;
}

/** What became of one command of a group: its natural reply, or what makes the error it was refused with. */
export type Answer =
  | { readonly reply: unknown; readonly error?: undefined }
  | { readonly reply?: undefined; readonly error: () => ResponseError; readonly message: string };

/** What stands in front of the reason when EXEC itself is refused. */
const DISCARDED = /^EXECABORT Transaction discarded because of: /;

/** A group is known by this: it is never written itself, its parts are. */
export const GROUP: Spec = new Spec('MULTI/EXEC', undefined, { composed: true });

/**
 * Commands that travel together, with nobody else's between them, and are settled together: MULTI, what it queues, EXEC.
 *
 * ```
 *   waiting:     [ get ][ group ][ set ]                      one request among others
 *   in flight:   [ get ][ MULTI | INCR | EXEC ][ set ]        its parts, each of which is answered
 * ```
 *
 * It resolves with the answers of all parts, in order. Lost, late or aborted, it rejects as one request; it is never written twice,
 * unless the server refused all of it for now.
 */
export class Group extends Request {
  readonly commands: readonly GroupCommand[];
  #parts: Part[] = [];
  #answers: Answer[] = [];

  constructor(commands: readonly GroupCommand[], options: RequestOptions, resolve: (value: unknown) => void) {
    const size = commands.reduce((sum, command) => sum + command.size, 0);
    super(GROUP, [], undefined, options, size, resolve);
    this.commands = commands;
  }

  /** Those between MULTI and EXEC. */
  override get count(): number {
    return this.commands.length - 2;
  }

  /** Where it was written last. */
  endpoint = '';

  /** Its commands as requests that may be written, all with its deadline. */
  write(endpoint: string): readonly Part[] {
    this.endpoint = endpoint;
    this.#answers = [];
    this.status = Status.sent;
    // What was written is never written again by itself, whatever it is.
    const options = { ...this.options, retries: 0, signal: undefined };
    this.#parts = withScripts(this.commands).map((command) => new Part(this, command, options));
    return this.#parts;
  }

  /** Takes the answer to the next part. True when it was the last one. */
  answer(answer: Answer): boolean {
    this.#answers.push(answer);
    return this.#answers.length === this.commands.length;
  }

  /** Why the server ran none of it: the first refusal, when EXEC was refused for it. */
  refusedFor(): string | undefined {
    const answers = this.#answers;
    const refusals = answers.filter((answer) => answer.error !== undefined);
    const [first] = refusals;
    if (first === undefined || refusals.at(-1) !== answers.at(-1)) return undefined;
    // Without MULTI, what was not refused has run.
    if (first === answers[0] && refusals.length < answers.length) return undefined;
    return first.message.replace(DISCARDED, '');
  }

  /** Whether it ran: `outrun` when EXEC found that a watched key was changed, `unknown` when it is not answered. */
  get fate(): 'ran' | 'outrun' | 'refused' | 'unknown' {
    if (this.status !== Status.settled) return 'unknown';
    const answers = this.#answers;
    const exec = answers.at(-1);
    if (answers.length < this.commands.length || exec === undefined) return 'unknown';
    if (exec.error !== undefined) return 'refused';
    return exec.reply === null ? 'outrun' : 'ran';
  }

  /** Settles with all answers. */
  finish(): void {
    this.succeed(this.#answers);
  }

  override fail(makeError: () => unknown): void {
    super.fail(makeError);
    for (const part of this.#parts) part.status = Status.settled;
  }
}

/** A command of a group, on its way. */
export class Part extends Request {
  readonly group: Group;

  constructor(group: Group, command: GroupCommand, options: RequestOptions) {
    super(command.spec, command.args, undefined, options, command.size, ignore);
    this.group = group;
    this.deadline = group.deadline;
  }

  override get isPart(): boolean {
    return true;
  }

  override succeed(reply: unknown): void {
    if (this.status === Status.settled) return;
    this.status = Status.settled;
    if (this.group.answer({ reply })) this.group.finish();
  }

  /** Lost, late or unfit: so is the group. */
  override fail(makeError: () => unknown): void {
    if (this.status === Status.settled) return;
    this.status = Status.settled;
    this.group.fail(makeError);
  }
}

/**
 * Scripts are sent whole where they come first: nobody can take them away between that and EXEC, so that their digests do for the rest.
 */
function withScripts(commands: readonly GroupCommand[]): readonly GroupCommand[] {
  if (!commands.some(({ spec }) => spec.code?.script !== undefined)) return commands;
  const loaded = new Set<string>();
  return commands.map((command) => {
    const { code } = command.spec;
    if (command.spec.name === 'SCRIPT FLUSH') loaded.clear();
    if (code?.script === undefined) return command;
    if (loaded.has(code.id)) return { ...command, spec: code.script.byDigest };
    loaded.add(code.id);
    return { ...command, spec: code.script.whole, args: [code.text, ...command.args.slice(1)] };
  });
}

function ignore(): void {}
