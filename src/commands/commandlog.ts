import type { ReplyMode } from '../protocol/reply-mode.ts';
import type { Int } from './argument.ts';
import { toText } from './reply.ts';
import { type Decoder, type Spec, command } from './spec.ts';
import { Executor, type Integer, type Result, type Surface, type Text } from './surface.ts';

const COMMANDLOG_GET: Spec = command('COMMANDLOG GET');
const COMMANDLOG_HELP: Spec = command('COMMANDLOG HELP');
const COMMANDLOG_LEN: Spec = command('COMMANDLOG LEN');
const COMMANDLOG_RESET: Spec = command('COMMANDLOG RESET');
const SLOWLOG_GET: Spec = command('SLOWLOG GET');
const SLOWLOG_HELP: Spec = command('SLOWLOG HELP');
const SLOWLOG_LEN: Spec = command('SLOWLOG LEN');
const SLOWLOG_RESET: Spec = command('SLOWLOG RESET');

/** The logs: of commands that took long, of commands that were large, and of commands whose replies were. */
export type CommandlogType = 'slow' | 'large-request' | 'large-reply';

/** A command in a log. */
export interface CommandlogEntry<T, I> {
  /** Its number, which no other entry gets before the server is started again. */
  readonly id: I;
  /** When it was run: Unix time in seconds. */
  readonly startTime: I;
  /** The command's words. The server keeps 32 of them, and 128 bytes of each; in place of the rest stands how much it is. */
  readonly args: T[];
  /** The client's address, `ip:port`. */
  readonly clientAddress: string;
  /** The connection's name; empty without one. */
  readonly clientName: string;
}

/** A command that took long. */
export interface SlowlogEntry<T, I> extends CommandlogEntry<T, I> {
  /** How long it ran: microseconds. */
  readonly duration: I;
}

/** A command that was large, or whose reply was. */
export interface LargeCommandEntry<T, I> extends CommandlogEntry<T, I> {
  /** How large the command was, or its reply: bytes. */
  readonly size: I;
}

/**
 * Commands on the logs of slow and large commands.
 *
 * Settings of the server tell what gets into them, and how many entries they keep: `slowlog-log-slower-than` in microseconds and
 * `slowlog-max-len`; `commandlog-request-larger-than` and `commandlog-reply-larger-than` in bytes, and their like.
 */
export abstract class CommandlogCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Gives the latest entries of a log, the newest first: `count` of them, or all with -1.
   *
   * Those of `slow` have a `duration` in microseconds, the others a `size` in bytes.
   * Complexity: O(N), N being the number of entries given.
   *
   * @since 8.1.0
   * @example
   * ```ts
   * for (const { args, duration } of await client.commandlogGet(10, 'slow')) {
   *   const milliseconds = duration / 1000;
   * }
   * await client.commandlogGet(-1, 'large-request'); // => []
   * ```
   * @see https://valkey.io/commands/commandlog-get/
   */
  commandlogGet(count: Int, type: 'slow'): Result<S, SlowlogEntry<Text<S>, Integer<S>>[]>;
  commandlogGet(count: Int, type: 'large-request' | 'large-reply'): Result<S, LargeCommandEntry<Text<S>, Integer<S>>[]>;
  commandlogGet(
    count: Int,
    type: CommandlogType,
  ): Result<S, SlowlogEntry<Text<S>, Integer<S>>[] | LargeCommandEntry<Text<S>, Integer<S>>[]>;
  commandlogGet(
    count: Int,
    type: CommandlogType,
  ): Result<S, SlowlogEntry<Text<S>, Integer<S>>[] | LargeCommandEntry<Text<S>, Integer<S>>[]> {
    const decode: Decoder<SlowlogEntry<Text<S>, Integer<S>>[] | LargeCommandEntry<Text<S>, Integer<S>>[]> =
      type === 'slow' ? toSlow<Text<S>, Integer<S>> : toLarge<Text<S>, Integer<S>>;
    return this.send(COMMANDLOG_GET, [count, type], decode);
  }

  /**
   * Gives the server's own help on COMMANDLOG, line by line.
   *
   * Complexity: O(1).
   *
   * @since 8.1.0
   * @example
   * ```ts
   * const lines = await client.commandlogHelp();
   * ```
   * @see https://valkey.io/commands/commandlog-help/
   */
  commandlogHelp(): Result<S, string[]> {
    return this.send(COMMANDLOG_HELP, []);
  }

  /**
   * Gives the number of entries in a log.
   *
   * Complexity: O(1).
   *
   * @since 8.1.0
   * @example
   * ```ts
   * await client.commandlogLen('large-reply'); // => 0
   * ```
   * @see https://valkey.io/commands/commandlog-len/
   */
  commandlogLen(type: CommandlogType): Result<S, Integer<S>> {
    return this.send(COMMANDLOG_LEN, [type]);
  }

  /**
   * Empties a log.
   *
   * Complexity: O(N), N being the number of entries.
   *
   * @since 8.1.0
   * @example
   * ```ts
   * await client.commandlogReset('slow'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/commandlog-reset/
   */
  commandlogReset(type: CommandlogType): Result<S, 'OK'> {
    return this.send(COMMANDLOG_RESET, [type]);
  }

  /**
   * Gives the latest commands that took long, the newest first: 10 of them, `count`, or all with -1.
   *
   * Since Valkey 8.1 `commandlogGet` gives the same. Complexity: O(N), N being the number of entries given.
   *
   * @since 2.2.12; the client's address and name 4.0.0
   * @example
   * ```ts
   * for (const { args, duration, clientAddress } of await client.slowlogGet(5)) {
   *   const milliseconds = duration / 1000;
   * }
   * ```
   * @see https://valkey.io/commands/slowlog-get/
   */
  slowlogGet(count?: Int): Result<S, SlowlogEntry<Text<S>, Integer<S>>[]> {
    return this.send(SLOWLOG_GET, count === undefined ? [] : [count], toSlow<Text<S>, Integer<S>>);
  }

  /**
   * Gives the server's own help on SLOWLOG, line by line.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * const lines = await client.slowlogHelp();
   * ```
   * @see https://valkey.io/commands/slowlog-help/
   */
  slowlogHelp(): Result<S, string[]> {
    return this.send(SLOWLOG_HELP, []);
  }

  /**
   * Gives the number of commands in the log of slow ones.
   *
   * Complexity: O(1).
   *
   * @since 2.2.12
   * @example
   * ```ts
   * const length = await client.slowlogLen();
   * ```
   * @see https://valkey.io/commands/slowlog-len/
   */
  slowlogLen(): Result<S, Integer<S>> {
    return this.send(SLOWLOG_LEN, []);
  }

  /**
   * Empties the log of slow commands.
   *
   * Complexity: O(N), N being the number of entries.
   *
   * @since 2.2.12
   * @example
   * ```ts
   * await client.slowlogReset(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/slowlog-reset/
   */
  slowlogReset(): Result<S, 'OK'> {
    return this.send(SLOWLOG_RESET, []);
  }
}

/** An entry of a log as it comes; `amount` is a time or a size. */
type Entry<T, I> = [id: I, startTime: I, amount: I, args: T[], clientAddress: unknown, clientName: unknown];

function toSlow<T, I>(reply: unknown, mode: ReplyMode): SlowlogEntry<T, I>[] {
  return (reply as Entry<T, I>[]).map(([id, startTime, duration, args, address, name]) => ({
    id,
    startTime,
    duration,
    args,
    clientAddress: toText(address, mode),
    clientName: toText(name, mode),
  }));
}

function toLarge<T, I>(reply: unknown, mode: ReplyMode): LargeCommandEntry<T, I>[] {
  return (reply as Entry<T, I>[]).map(([id, startTime, size, args, address, name]) => ({
    id,
    startTime,
    size,
    args,
    clientAddress: toText(address, mode),
    clientName: toText(name, mode),
  }));
}
