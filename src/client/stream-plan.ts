import type { Many } from '../commands/argument.ts';
import { command, type Spec } from '../commands/spec.ts';
import type { StreamId } from '../commands/stream.ts';
import type { Key } from '../commands/surface.ts';
import { checkedSize, type RequestOptions } from '../connection/request.ts';
import { DataError } from '../errors.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { isWait } from '../util/timer.ts';
import { check, FLAG, whole, type Rule } from './option-rule.ts';
import { PlainCommands } from './plain-commands.ts';

const XREADGROUP: Spec = command('XREADGROUP');

/** How a consumer consumes. Times are in milliseconds. */
export interface ConsumeOptions {
  /**
   * How many entries are asked for at a time; of several streams together, but at least one of each. Default 10 with `for await`, and as
   * many as can be handled at once with `run`.
   */
  readonly count?: number;
  /** How long a read waits on the server before it is made anew; 0 is for ever. It ends at once when the consumer is stopped. Default 5000. */
  readonly block?: number;
  /**
   * Takes entries over that any consumer of the group has had for so long and not acknowledged. Choose more than handling an entry ever
   * takes. Default: none are taken over.
   */
  readonly claimIdle?: number;
  /** How many handlers `run` runs at a time, default 1. With `for await`, how many entries are read ahead at most. */
  readonly concurrency?: number;
  /** Acknowledges entries by itself: with `run` when the handler succeeds, with `for await` when the next entry is asked for. Default: with `run` alone. */
  readonly autoAck?: boolean;
  /** A stream to which entries go that were delivered `maxDeliveries` times and not acknowledged. */
  readonly deadLetter?: Key;
  /** How often an entry is delivered at most, as the server counts. */
  readonly maxDeliveries?: number;
  /** Makes the group, and the stream, when there is none. Default true. */
  readonly createGroup?: boolean;
  /** The id behind which a group that is made begins: `'0'`, the default, for all there is, `'$'` for what comes. */
  readonly start?: StreamId;
  /** Stops the consumer when it fires, as `stop()` does. */
  readonly signal?: AbortSignal;
  /** How long handlers and acknowledgements may take once the consumer is stopped. Default 5000. */
  readonly stopTimeout?: number;
}

const isKey = (value: unknown): boolean => typeof value === 'string' || value instanceof Uint8Array;
const isId = (value: unknown): boolean => isKey(value) || typeof value === 'number' || typeof value === 'bigint';
const isSignal = (value: unknown): boolean => value instanceof AbortSignal;

const RULES: Readonly<Record<keyof ConsumeOptions, Rule>> = {
  count: [whole(1), 'a whole number from 1 up'],
  block: [whole(0), 'milliseconds from 0 up'],
  claimIdle: [whole(1), 'milliseconds from 1 up'],
  concurrency: [whole(1), 'a whole number from 1 up'],
  autoAck: FLAG,
  deadLetter: [isKey, 'the key of a stream'],
  maxDeliveries: [whole(1), 'a whole number from 1 up'],
  createGroup: FLAG,
  start: [isId, 'the id of an entry'],
  signal: [isSignal, 'an AbortSignal'],
  stopTimeout: [isWait, 'milliseconds from 0 up, or Infinity'],
};

/** What a consumer is to do, checked. */
export interface ConsumerPlan {
  readonly keys: readonly Key[];
  readonly group: Key;
  readonly consumer: Key;
  readonly options: ConsumeOptions;
  readonly encoding: Encoding;
  /** How often trouble is overcome before anything was read. */
  readonly retries: number;
  readonly signals: readonly AbortSignal[];
  /** Everything runs on one connection, which a read that waits would hold up. */
  readonly single: boolean;
  /** The commands, under the options of the view with changes. */
  commands(changes?: Partial<RequestOptions>, encoding?: Encoding): PlainCommands;
}

/** @throws DataError for what cannot be consumed */
export function planOf(
  router: Router,
  view: RequestOptions,
  streams: Many<Key>,
  group: Key,
  consumer: Key,
  options: ConsumeOptions,
): ConsumerPlan {
  if (typeof options !== 'object' || options === null)
    throw new DataError('the options of a consumer must be an object', { code: 'INVALID_OPTION' });
  check(options, RULES, 'option of a consumer');
  if ((options.deadLetter === undefined) !== (options.maxDeliveries === undefined))
    throw new DataError('deadLetter and maxDeliveries need each other', { code: 'INVALID_OPTION' });
  const keys = Array.isArray(streams) ? [...(streams as readonly Key[])] : [streams as Key];
  checkedSize(XREADGROUP, [group, consumer, ...keys]);
  const { encoding } = view.mode;
  if (keys.length === 0 || new Set(keys.map((key) => keyName(key, encoding))).size < keys.length)
    throw new DataError('a consumer needs one stream or more, each of them once', { code: 'INVALID_ARGUMENT' });
  const { signal, ...unstopped } = view;
  return {
    keys,
    group,
    consumer,
    options: { ...options },
    encoding,
    retries: view.retries,
    single: router.single === true,
    signals: [signal, options.signal].filter((each) => each !== undefined),
    commands: (changes, inEncoding = encoding) =>
      new PlainCommands(router, { ...unstopped, signal: undefined, ...changes }, inEncoding),
  };
}

/** What a reply in this encoding calls the key, as text by which to find it. */
export function keyName(key: Key, encoding: Encoding): string {
  return Buffer.from(key as Uint8Array).toString(encoding === 'buffer' ? 'latin1' : encoding);
}
