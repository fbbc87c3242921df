import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Many, listOf } from './argument.ts';
import { toBoolean, toText } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Value } from './surface.ts';

const PFADD: Spec = command('PFADD');
const PFCOUNT: Spec = command('PFCOUNT');
const PFDEBUG: Spec = command('PFDEBUG');
const PFMERGE: Spec = command('PFMERGE');
const PFSELFTEST: Spec = command('PFSELFTEST');

/** Commands on HyperLogLogs: how many different elements were seen, within 0.81 %, in 12 KiB. */
export abstract class HyperloglogCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Adds elements, and tells whether that changed the estimate of how many different ones were seen.
   *
   * Without elements it makes an empty HyperLogLog, which is `true` unless there is one. An element is not kept, only that it was seen.
   * Complexity: O(1) per element.
   *
   * @since 2.8.9
   * @example
   * ```ts
   * await client.pfadd('visitors', ['ada', 'bob']); // => true
   * await client.pfadd('visitors', 'ada'); // => false
   * ```
   * @see https://valkey.io/commands/pfadd/
   */
  pfadd(key: Key, elements: Many<Value> = []): Result<S, boolean> {
    return this.send(PFADD, keysArgs(key, elements), toBoolean);
  }

  /**
   * Gives about how many different elements were seen, by one key or by several together; 0 when there is no such key.
   *
   * The result is wrong by 0.81 % on average.
   * Complexity: O(1) for one key, whose last result is remembered; O(N) for several, N being their number, and slow.
   *
   * @since 2.8.9
   * @example
   * ```ts
   * await client.pfadd('monday', ['ada', 'bob']);
   * await client.pfadd('tuesday', ['bob', 'eve']);
   * await client.pfcount('monday'); // => 2
   * await client.pfcount(['monday', 'tuesday']); // => 3
   * ```
   * @see https://valkey.io/commands/pfcount/
   */
  pfcount(keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(PFCOUNT, listOf(PFCOUNT, keys, 'key'));
  }

  /**
   * Looks inside the HyperLogLog at `key`, for those who work on the server.
   *
   * `getreg` gives its 16384 registers, `encoding` the form in which it is kept, `decode` the runs of a sparse one as text; `todense` turns a
   * sparse one into a dense one, and tells whether it was sparse. `getreg` does so too. `simd`, with `on` or `off` in place of a key, lets
   * the server use the processor's vector instructions or not.
   * Rejects with a `ResponseError` when there is no such key. Complexity: O(N), N being the registers.
   *
   * @since 2.8.9; `simd` 8.1.0
   * @example
   * ```ts
   * await client.pfadd('visitors', 'ada');
   * await client.pfdebug('encoding', 'visitors'); // => 'sparse'
   * await client.pfdebug('todense', 'visitors'); // => true
   * const registers = await client.pfdebug('getreg', 'visitors');
   * ```
   * @see https://valkey.io/commands/pfdebug/
   */
  pfdebug(subcommand: 'getreg', key: Key): Result<S, Integer<S>[]>;
  pfdebug(subcommand: 'decode', key: Key): Result<S, string>;
  pfdebug(subcommand: 'encoding', key: Key): Result<S, 'sparse' | 'dense'>;
  pfdebug(subcommand: 'todense', key: Key): Result<S, boolean>;
  pfdebug(subcommand: 'simd', setting: 'on' | 'off'): Result<S, 'enabled' | 'disabled'>;
  pfdebug(
    subcommand: 'getreg' | 'decode' | 'encoding' | 'todense' | 'simd',
    key: Key,
  ): Result<S, Integer<S>[] | string | boolean> {
    return this.send(PFDEBUG, [subcommand, key], toDebugged<Integer<S>>);
  }

  /**
   * Merges HyperLogLogs into the one at `destkey`, which counts from then on what any of them, or itself, has seen.
   *
   * Without sources it makes an empty HyperLogLog, unless there is one. A missing source counts as an empty one.
   * Complexity: O(N), N being the number of sources, and slow.
   *
   * @since 2.8.9
   * @example
   * ```ts
   * await client.pfadd('monday', ['ada', 'bob']);
   * await client.pfadd('tuesday', ['bob', 'eve']);
   * await client.pfmerge('week', ['monday', 'tuesday']); // => 'OK'
   * await client.pfcount('week'); // => 3
   * ```
   * @see https://valkey.io/commands/pfmerge/
   */
  pfmerge(destkey: Key, sourcekeys: Many<Key> = []): Result<S, 'OK'> {
    return this.send(PFMERGE, keysArgs(destkey, sourcekeys));
  }

  /**
   * Lets the server test its HyperLogLogs, for those who work on it. It does nothing else meanwhile, for a second or more.
   *
   * Rejects with a `ResponseError` when the test fails.
   * Complexity: O(1), and slow: the work is always the same.
   *
   * @since 2.8.9
   * @example
   * ```ts
   * await client.pfselftest(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/pfselftest/
   */
  pfselftest(): Result<S, 'OK'> {
    return this.send(PFSELFTEST, []);
  }
}

function keysArgs(key: Key, more: Many<Value>): Value[] {
  return Array.isArray(more) ? [key, ...(more as readonly Value[])] : [key, more as Value];
}

/** Registers, a word or a yes: the type of the reply tells what it is. */
function toDebugged<I>(reply: unknown, mode: ReplyMode): I[] | string | boolean {
  if (Array.isArray(reply)) return reply as I[];
  return typeof reply === 'string' || Buffer.isBuffer(reply) ? toText(reply, mode) : toBoolean(reply);
}
