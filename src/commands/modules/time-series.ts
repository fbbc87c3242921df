import type { ResponseError } from '../../errors.ts';
import type { ReplyMode } from '../../protocol/reply-mode.ts';
import {
  type Entries,
  type Int,
  type Many,
  checkOptions,
  isObject,
  listOf,
  milliseconds,
  pushCounted,
  pushEntries,
  pushMany,
  refuse,
} from '../argument.ts';
import { toNatural, toText } from '../reply.ts';
import { type Decoder, type Spec, defineCommand } from '../spec.ts';
import { type Integer, type Key, Namespace, type Result, type Surface, type Text, type Value } from '../surface.ts';
import { toInfo, toNumber } from './reply.ts';

const ONE: readonly [1, 1, 1] = [1, 1, 1];
/** Series are found by their labels: no key is named. */
const NONE: readonly [0, 0, 0] = [0, 0, 0];

function read(name: string, arity: number, since: string, keys: readonly [number, number, number] = ONE): Spec {
  return defineCommand(`TS.${name}`, { arity, flags: ['readonly'], keys, since });
}
function write(name: string, arity: number, since = '1.0.0', keys: readonly [number, number, number] = ONE): Spec {
  return defineCommand(`TS.${name}`, { arity, flags: ['write'], keys, since });
}
function readMany(name: string): Spec {
  return defineCommand(`TS.${name}`, {
    arity: -5,
    flags: ['readonly', 'movablekeys'],
    keys: '1#1',
    since: '8.10.0',
  });
}

const TS_ADD: Spec = write('ADD', -4);
const TS_ALTER: Spec = write('ALTER', -2);
const TS_CREATE: Spec = write('CREATE', -2);
const TS_CREATERULE: Spec = write('CREATERULE', -6, '1.0.0', [1, 2, 1]);
const TS_DECRBY: Spec = write('DECRBY', -3);
const TS_DEL: Spec = write('DEL', 4, '1.6.0');
const TS_DELETERULE: Spec = write('DELETERULE', 3, '1.0.0', [1, 2, 1]);
const TS_GET: Spec = read('GET', -2, '1.0.0');
const TS_INCRBY: Spec = write('INCRBY', -3);
const TS_INFO: Spec = read('INFO', -2, '1.0.0');
const TS_MADD: Spec = write('MADD', -4, '1.0.0', [1, -1, 3]);
const TS_MGET: Spec = read('MGET', -3, '1.0.0', NONE);
const TS_MRANGE: Spec = read('MRANGE', -5, '1.0.0', NONE);
const TS_MREVRANGE: Spec = read('MREVRANGE', -5, '1.4.0', NONE);
const TS_NRANGE: Spec = readMany('NRANGE');
const TS_NREVRANGE: Spec = readMany('NREVRANGE');
const TS_QUERYINDEX: Spec = read('QUERYINDEX', -2, '1.0.0', NONE);
const TS_QUERYLABELS: Spec = read('QUERYLABELS', -2, '8.10.0', NONE);
const TS_RANGE: Spec = read('RANGE', -4, '1.0.0');
const TS_READ: Spec = defineCommand('TS.READ', {
  arity: -3,
  flags: ['readonly', 'blocking'],
  keys: ONE,
  since: '8.10.0',
});
const TS_REVRANGE: Spec = read('REVRANGE', -4, '1.4.0');

/** When a sample was taken: Unix time in milliseconds, a `Date`, or `*` for the server's time now. */
export type TsTime = Int | Date | '*';

/** One end of a range: Unix time in milliseconds, a `Date`, or, as text, `-` for the earliest sample and `+` for the latest. */
export type TsBound = Int | Date | string;

/** What becomes of a sample at a time that has one: it is refused (`block`), ignored (`first`), or taken instead, or both become one. */
export type TsDuplicatePolicy = 'block' | 'first' | 'last' | 'min' | 'max' | 'sum';

/** What the samples of a span of time are made into. The rates and those with a condition, such as `countif(>5)`, are of valkey-timeseries. */
export type TsAggregator =
  | 'avg'
  | 'sum'
  | 'min'
  | 'max'
  | 'range'
  | 'count'
  | 'countnan'
  | 'countall'
  | 'first'
  | 'last'
  | 'std.p'
  | 'std.s'
  | 'var.p'
  | 'var.s'
  | 'twa'
  | 'rate'
  | 'irate'
  | 'increase'
  | `${'count' | 'sum' | 'countif' | 'sumif' | 'all' | 'any' | 'none' | 'share'}(${string})`;

/** What the samples of several series at one time are made into. */
export type TsReducer =
  | 'avg'
  | 'sum'
  | 'min'
  | 'max'
  | 'range'
  | 'count'
  | 'countnan'
  | 'countall'
  | 'std.p'
  | 'std.s'
  | 'var.p'
  | 'var.s';

/** A sample that is so little later and different than the last one is ignored, if the duplicate policy is `last`. */
export interface TsIgnore {
  /** Milliseconds. */
  readonly maxTimeDiff: Int;
  readonly maxValDiff: number;
}

/** Options of `ts.alter`. */
export interface TsAlterOptions {
  /** How long to keep samples, in milliseconds before the latest one; 0 is for ever. */
  readonly retention?: Int | undefined;
  /** Bytes of a chunk of samples. */
  readonly chunkSize?: Int | undefined;
  readonly duplicatePolicy?: TsDuplicatePolicy | undefined;
  readonly ignore?: TsIgnore | undefined;
  /** The names and values that filters find the series by. An empty object takes them away. */
  readonly labels?: Entries | undefined;
}

/** Options of `ts.create`. */
export interface TsCreateOptions extends TsAlterOptions {
  /** How samples are kept; `compressed` without it. */
  readonly encoding?: 'compressed' | 'uncompressed' | undefined;
}

/** Options of `ts.add`. All but `onDuplicate` say how to make the series if there is none. */
export interface TsAddOptions extends TsCreateOptions {
  /** What becomes of this sample if its time has one, whatever the policy of the series. */
  readonly onDuplicate?: TsDuplicatePolicy | undefined;
}

/** Options of `ts.incrby` and `ts.decrby`. All but `timestamp` say how to make the series if there is none. */
export interface TsIncrbyOptions extends TsCreateOptions {
  /** When: the time of the latest sample or later; now without it. */
  readonly timestamp?: TsTime | undefined;
  /** What servers before 1.6 understand for the encoding `uncompressed`. */
  readonly uncompressed?: boolean | undefined;
}

/** Options of `ts.get`. */
export interface TsGetOptions {
  /** Of a series made by a rule, gives what the span of time that is not over has come to. */
  readonly latest?: boolean | undefined;
}

/** Options of `ts.info`. */
export interface TsInfoOptions {
  /** Tells of the chunks too. */
  readonly debug?: boolean | undefined;
}

/** Makes the samples of each span of time into one, or into several numbers where `type` is a list. */
export interface TsAggregation<A = TsAggregator> {
  readonly type: A;
  /** Milliseconds of a span. */
  readonly bucketDuration: Int;
  /** The time that stands for a span: its start, which is the default, its middle or its end. */
  readonly buckettimestamp?: '-' | '~' | '+' | 'start' | 'mid' | 'end' | undefined;
  /** Gives spans without samples too. */
  readonly empty?: boolean | undefined;
}

interface Selection {
  /** Of a series made by a rule, gives what the span of time that is not over has come to. */
  readonly latest?: boolean | undefined;
  /** Gives only samples of these times. */
  readonly filterByTs?: Many<Int | Date> | undefined;
  /** Gives only samples whose value is from `min` to `max`. */
  readonly filterByValue?: { readonly min: number; readonly max: number } | undefined;
  /** The most samples, or spans of time, to give of each series. */
  readonly count?: Int | undefined;
  /** With `aggregation`: a time at which a span begins; `-` is the start of the range, `+` its end, 0 without it. */
  readonly align?: TsBound | undefined;
}

/** Options of `ts.range` and `ts.revrange`. */
export interface TsRangeOptions extends Selection {
  readonly aggregation?: TsAggregation | undefined;
}

/** Options of `ts.range` and `ts.revrange` that make each span of time into several numbers. */
export interface TsRangeRowsOptions extends Selection {
  readonly aggregation: TsAggregation<readonly TsAggregator[]>;
}

/** Options of `ts.nrange` and `ts.nrevrange`: `type` has one aggregator, or a list of them, for each key. */
export interface TsNrangeOptions extends Selection {
  readonly aggregation?: TsAggregation<readonly Many<TsAggregator>[]> | undefined;
}

/** Which labels to give with each series: all of them, or these. */
export type TsLabelSelection =
  | { readonly withlabels?: boolean | undefined; readonly selectedLabels?: undefined }
  | { readonly withlabels?: undefined; readonly selectedLabels?: Many<Key> | undefined };

/** Options of `ts.mget`. */
export type TsMgetOptions = TsGetOptions & TsLabelSelection;

type ManySelection = TsLabelSelection & {
  /** Leaves out series without a sample. */
  readonly excludeempty?: boolean | undefined;
  /** Makes the series that have the same value of a label into one. */
  readonly groupby?: { readonly label: Key; readonly reduce: TsReducer } | undefined;
};

/** Options of `ts.mrange` and `ts.mrevrange`. */
export type TsMrangeOptions = TsRangeOptions & ManySelection;

/** Options of `ts.mrange` and `ts.mrevrange` that make each span of time into several numbers. */
export type TsMrangeRowsOptions = TsRangeRowsOptions & ManySelection;

/** Options of `ts.read`. */
export interface TsReadOptions {
  /** Waits up to so many milliseconds for samples; 0 waits for ever. */
  readonly block?: Int | undefined;
  /** With `block`: how many samples to wait for; 1 without it. */
  readonly minCount?: Int | undefined;
  /** The most samples to give. */
  readonly maxCount?: Int | undefined;
  /** Gives only samples whose value compares so. Of valkey-timeseries. */
  readonly condition?: readonly [operator: '==' | '!=' | '>' | '>=' | '<' | '<=', value: number | string] | undefined;
}

/** A sample: its time in Unix milliseconds, and its value. */
export interface TsSample<I> {
  readonly timestamp: I;
  readonly value: number;
}

/** Several values of one time, in the order in which they were asked for; `NaN` for none. */
export interface TsRow<I> {
  readonly timestamp: I;
  readonly values: number[];
}

/** Labels by name; `null` for one that was asked for and is not there. */
export type TsLabels<T> = Record<string, T | null>;

/** A series and its latest sample, `null` for none. */
export interface TsLatest<T, I> {
  readonly key: T;
  /** As asked for with `withlabels` or `selectedLabels`; otherwise empty. */
  readonly labels: TsLabels<T>;
  readonly sample: TsSample<I> | null;
}

/** A series and samples of it: of a group, its key is `label=value`. */
export interface TsSeries<T, E> {
  readonly key: T;
  /** As asked for with `withlabels` or `selectedLabels`; otherwise empty. */
  readonly labels: TsLabels<T>;
  readonly samples: E[];
  /** Of a group, if asked for with `withlabels`: what made its samples into one. */
  readonly reducers?: string[];
  /** Of a group, if asked for with `withlabels`: the keys of its series. */
  readonly sources?: T[];
}

/** A rule that writes the aggregated samples of a series into another one. */
export interface TsRule<T, I> {
  /** Where it writes to. */
  readonly key: T;
  /** Milliseconds of a span of time. */
  readonly bucketDuration: I;
  /** In the server's words: `AVG`. */
  readonly aggregator: string;
  /** A time at which a span begins. */
  readonly alignTimestamp?: I;
}

/** A chunk of samples in memory. */
export interface TsChunk<I> {
  readonly startTimestamp: I;
  readonly endTimestamp: I;
  readonly samples: I;
  /** Bytes. */
  readonly size: I;
  readonly bytesPerSample: number;
  readonly [field: string]: unknown;
}

/** What is known of a series. What a newer module adds is there too, its name in camelCase. */
export interface TsInfo<T, I> {
  readonly totalSamples: I;
  /** Bytes. */
  readonly memoryUsage: I;
  readonly firstTimestamp: I;
  readonly lastTimestamp: I;
  /** Milliseconds; 0 is for ever. */
  readonly retentionTime: I;
  readonly chunkCount: I;
  /** Bytes. */
  readonly chunkSize: I;
  /** `compressed` or `uncompressed`. */
  readonly chunkType: string;
  /** `null` for that of the server. */
  readonly duplicatePolicy: string | null;
  readonly labels: TsLabels<T>;
  /** The series whose rule writes this one. */
  readonly sourceKey: T | null;
  readonly rules: TsRule<T, I>[];
  readonly ignoreMaxTimeDiff?: I;
  readonly ignoreMaxValDiff?: number;
  /** With `debug`, as the next one. */
  readonly keySelfName?: T;
  readonly chunks?: TsChunk<I>[];
  readonly [field: string]: unknown;
}

/**
 * Commands on time series, as RedisTimeSeries and valkey-timeseries have them: samples, each a time and a number, under a key, with labels to
 * find series by.
 *
 * Filters are text: `room=kitchen` and `room=(kitchen,bath)` find series by a label, `room!=kitchen` leaves some out, `room=` those that
 * have it, `room!=` those that do not. At least one of them must find.
 */
export class TimeSeriesCommands<in out S extends Surface> extends Namespace<S> {
  /**
   * Adds a sample, and gives its time; makes the series as `options` say if there is none.
   *
   * Servers that know it take the text `NaN` for no value. A sample that is ignored gives the time of the latest one. Rejects with a
   * `ResponseError` for a time that has a sample, if the policy is `block`. Complexity: O(R), R being the rules of the series.
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21.5, { labels: { room: 'kitchen' } }); // => 1000
   * await client.ts.add('kitchen', new Date(2000), 22, { onDuplicate: 'last' }); // => 2000
   * ```
   * @see https://redis.io/docs/latest/commands/ts.add/
   */
  add(key: Key, timestamp: TsTime, value: number | string, options?: TsAddOptions): Result<S, Integer<S>> {
    checkOptions(TS_ADD, options);
    const args: Value[] = [key, timeOf(TS_ADD, timestamp), value];
    pushSeries(TS_ADD, args, options, options?.encoding, options?.onDuplicate);
    return this.send(TS_ADD, args);
  }

  /**
   * Changes how a series is kept: what `options` leave out stays as it is.
   *
   * Rejects with a `ResponseError` when there is no such series. Complexity: O(N), N being the labels.
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.create('kitchen');
   * await client.ts.alter('kitchen', { retention: 86_400_000, labels: { room: 'kitchen' } }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/ts.alter/
   */
  alter(key: Key, options?: TsAlterOptions): Result<S, 'OK'> {
    checkOptions(TS_ALTER, options);
    const args: Value[] = [key];
    pushSeries(TS_ALTER, args, options);
    return this.send(TS_ALTER, args);
  }

  /**
   * Makes an empty series. Rejects with a `ResponseError` when the key exists. Complexity: O(1).
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.create('kitchen', { retention: 86_400_000, duplicatePolicy: 'last', labels: { room: 'kitchen' } }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/ts.create/
   */
  create(key: Key, options?: TsCreateOptions): Result<S, 'OK'> {
    checkOptions(TS_CREATE, options);
    const args: Value[] = [key];
    pushSeries(TS_CREATE, args, options, options?.encoding);
    return this.send(TS_CREATE, args);
  }

  /**
   * Makes a rule: each span of `bucketDuration` milliseconds of `source` becomes one sample of `destination`, once it is over.
   *
   * Spans begin at multiples of their duration, or where `alignTimestamp` says. Only what is added from then on counts. Rejects with a
   * `ResponseError` when one of the series does not exist. Complexity: O(1).
   *
   * @since RedisTimeSeries 1.0.0; `alignTimestamp` 1.8.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.create('kitchen');
   * await client.ts.create('kitchen:hourly');
   * await client.ts.createrule('kitchen', 'kitchen:hourly', 'avg', 3_600_000); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/ts.createrule/
   */
  createrule(
    source: Key,
    destination: Key,
    aggregator: TsAggregator,
    bucketDuration: Int,
    alignTimestamp?: Int | Date,
  ): Result<S, 'OK'> {
    const args: Value[] = [source, destination, 'AGGREGATION', aggregator, bucketDuration];
    if (alignTimestamp !== undefined) args.push(milliseconds(TS_CREATERULE, alignTimestamp));
    return this.send(TS_CREATERULE, args);
  }

  /**
   * Adds a sample which is less than the latest one by `value`, and gives its time; makes the series as `options` say if there is none.
   *
   * Complexity: O(R), R being the rules of the series.
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.decrby('stock', 3, { timestamp: 1000 }); // => 1000
   * ```
   * @see https://redis.io/docs/latest/commands/ts.decrby/
   */
  decrby(key: Key, value: number | string, options?: TsIncrbyOptions): Result<S, Integer<S>> {
    return this.send(TS_DECRBY, incrbyArgs(TS_DECRBY, key, value, options));
  }

  /**
   * Deletes the samples from one time to another, both included, and gives how many they were.
   *
   * Rejects with a `ResponseError` when there is no such series. Complexity: O(N), N being the samples deleted.
   *
   * @since RedisTimeSeries 1.6.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21.5);
   * await client.ts.del('kitchen', '-', 1500); // => 1
   * ```
   * @see https://redis.io/docs/latest/commands/ts.del/
   */
  del(key: Key, from: TsBound, to: TsBound): Result<S, Integer<S>> {
    return this.send(TS_DEL, [key, timeOf(TS_DEL, from), timeOf(TS_DEL, to)]);
  }

  /**
   * Deletes the rule between two series; their samples stay.
   *
   * Rejects with a `ResponseError` when there is none. Complexity: O(1).
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.create('kitchen');
   * await client.ts.create('kitchen:hourly');
   * await client.ts.createrule('kitchen', 'kitchen:hourly', 'avg', 3_600_000);
   * await client.ts.deleterule('kitchen', 'kitchen:hourly'); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/ts.deleterule/
   */
  deleterule(source: Key, destination: Key): Result<S, 'OK'> {
    return this.send(TS_DELETERULE, [source, destination]);
  }

  /**
   * Gives the latest sample, or `null` when there is none.
   *
   * Rejects with a `ResponseError` when there is no such series. Complexity: O(1).
   *
   * @since RedisTimeSeries 1.0.0; `latest` 1.8.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21.5);
   * await client.ts.get('kitchen'); // => { timestamp: 1000, value: 21.5 }
   * ```
   * @see https://redis.io/docs/latest/commands/ts.get/
   */
  get(key: Key, options?: TsGetOptions): Result<S, TsSample<Integer<S>> | null> {
    checkOptions(TS_GET, options);
    return this.send(TS_GET, options?.latest ? [key, 'LATEST'] : [key], toLatest<Integer<S>>);
  }

  /**
   * Adds a sample which is more than the latest one by `value`, and gives its time; makes the series as `options` say if there is none.
   *
   * Complexity: O(R), R being the rules of the series.
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.incrby('stock', 3, { timestamp: 1000 }); // => 1000
   * ```
   * @see https://redis.io/docs/latest/commands/ts.incrby/
   */
  incrby(key: Key, value: number | string, options?: TsIncrbyOptions): Result<S, Integer<S>> {
    return this.send(TS_INCRBY, incrbyArgs(TS_INCRBY, key, value, options));
  }

  /**
   * Gives what is known of a series. Rejects with a `ResponseError` when there is none. Complexity: O(1).
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21.5, { labels: { room: 'kitchen' } });
   * const { totalSamples, labels } = await client.ts.info('kitchen');
   * const room = labels['room'];
   * ```
   * @see https://redis.io/docs/latest/commands/ts.info/
   */
  info(key: Key, options?: TsInfoOptions): Result<S, TsInfo<Text<S>, Integer<S>>> {
    checkOptions(TS_INFO, options);
    return this.send(TS_INFO, options?.debug ? [key, 'DEBUG'] : [key], toTsInfo<Text<S>, Integer<S>>);
  }

  /**
   * Adds samples to one or several series, and gives for each its time, or why it could not be added.
   *
   * A sample that is refused, or whose series does not exist, has a `ResponseError` in its place. Complexity: O(N * R), N being the samples,
   * R the rules of a series.
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.create('kitchen');
   * await client.ts.madd([
   *   ['kitchen', 1000, 21.5],
   *   ['kitchen', 2000, 22],
   * ]);
   * const [time, error] = await client.ts.madd([['kitchen', 3000, 21], ['nowhere', 3000, 19]]);
   * ```
   * @see https://redis.io/docs/latest/commands/ts.madd/
   */
  madd(
    samples: readonly (readonly [key: Key, timestamp: TsTime, value: number | string])[],
  ): Result<S, (Integer<S> | ResponseError)[]> {
    if (!Array.isArray(samples) || samples.length === 0) refuse(TS_MADD, 'needs a list of keys, times and values');
    const args: Value[] = [];
    for (const sample of samples as readonly (readonly [Key, TsTime, number | string])[]) {
      if (!Array.isArray(sample) || sample.length !== 3) refuse(TS_MADD, 'needs a key, a time and a value for each');
      args.push(sample[0], timeOf(TS_MADD, sample[1]), sample[2]);
    }
    return this.send(TS_MADD, args, toNatural<(Integer<S> | ResponseError)[]>);
  }

  /**
   * Gives the latest sample of every series that the filters find, and its labels if asked.
   *
   * Complexity: O(N), N being the series.
   *
   * @since RedisTimeSeries 1.0.0; `selectedLabels` 1.6.0, `latest` 1.8.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21.5, { labels: { floor: 1 } });
   * await client.ts.mget('floor=1', { withlabels: true }); // => [{ key: 'kitchen', labels: { floor: '1' }, sample: { timestamp: 1000, value: 21.5 } }]
   * ```
   * @see https://redis.io/docs/latest/commands/ts.mget/
   */
  mget(filters: Many<Key>, options?: TsMgetOptions): Result<S, TsLatest<Text<S>, Integer<S>>[]> {
    checkOptions(TS_MGET, options);
    const args: Value[] = [];
    if (options?.latest) args.push('LATEST');
    pushLabels(TS_MGET, args, options);
    args.push('FILTER');
    return this.send(TS_MGET, pushMany(TS_MGET, args, filters, 'filter'), toLatests<Text<S>, Integer<S>>);
  }

  /**
   * Gives samples from one time to another, both included, of every series that the filters find, the earliest first.
   *
   * `aggregation` makes spans of time into one number each, or into several; `groupby` makes several series into one. Complexity: O(N), N
   * being the samples in the range.
   *
   * @since RedisTimeSeries 1.0.0; `filterByTs`, `filterByValue`, `groupby`, `selectedLabels` 1.6.0, `latest` 1.8.0, `excludeempty` 8.10.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21.5, { labels: { floor: 1 } });
   * await client.ts.mrange('-', '+', 'floor=1'); // => [{ key: 'kitchen', labels: {}, samples: [{ timestamp: 1000, value: 21.5 }] }]
   * await client.ts.mrange(0, 5000, ['floor=1'], { withlabels: true, groupby: { label: 'floor', reduce: 'max' } });
   * ```
   * @see https://redis.io/docs/latest/commands/ts.mrange/
   */
  mrange(
    from: TsBound,
    to: TsBound,
    filters: Many<Key>,
    options?: TsMrangeOptions,
  ): Result<S, TsSeries<Text<S>, TsSample<Integer<S>>>[]>;
  mrange(
    from: TsBound,
    to: TsBound,
    filters: Many<Key>,
    options: TsMrangeRowsOptions,
  ): Result<S, TsSeries<Text<S>, TsRow<Integer<S>>>[]>;
  mrange(
    from: TsBound,
    to: TsBound,
    filters: Many<Key>,
    options?: TsMrangeOptions | TsMrangeRowsOptions,
  ): Result<S, TsSeries<Text<S>, unknown>[]> {
    return this.send(TS_MRANGE, mrangeArgs(TS_MRANGE, from, to, filters, options), seriesDecoder<Text<S>>(options));
  }

  /**
   * Gives samples like `mrange`, the latest first. Complexity: O(N), N being the samples in the range.
   *
   * @since RedisTimeSeries 1.4.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21.5, { labels: { floor: 1 } });
   * await client.ts.add('kitchen', 2000, 22);
   * await client.ts.mrevrange('-', '+', 'floor=1', { count: 1 }); // => [{ key: 'kitchen', labels: {}, samples: [{ timestamp: 2000, value: 22 }] }]
   * ```
   * @see https://redis.io/docs/latest/commands/ts.mrevrange/
   */
  mrevrange(
    from: TsBound,
    to: TsBound,
    filters: Many<Key>,
    options?: TsMrangeOptions,
  ): Result<S, TsSeries<Text<S>, TsSample<Integer<S>>>[]>;
  mrevrange(
    from: TsBound,
    to: TsBound,
    filters: Many<Key>,
    options: TsMrangeRowsOptions,
  ): Result<S, TsSeries<Text<S>, TsRow<Integer<S>>>[]>;
  mrevrange(
    from: TsBound,
    to: TsBound,
    filters: Many<Key>,
    options?: TsMrangeOptions | TsMrangeRowsOptions,
  ): Result<S, TsSeries<Text<S>, unknown>[]> {
    const args = mrangeArgs(TS_MREVRANGE, from, to, filters, options);
    return this.send(TS_MREVRANGE, args, seriesDecoder<Text<S>>(options));
  }

  /**
   * Gives samples of several series side by side: for each time, the earliest first, the values of the series in the order of the keys.
   *
   * `NaN` stands where a series has no sample. `aggregation` has an aggregator, or a list of them, for each key. Rejects with a
   * `ResponseError` when one of the series does not exist. Complexity: O(N), N being the samples in the range.
   *
   * @since RedisTimeSeries 8.10.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('{home}kitchen', 1000, 21.5);
   * await client.ts.add('{home}bath', 2000, 19);
   * await client.ts.nrange(['{home}kitchen', '{home}bath'], '-', '+'); // => [{ timestamp: 1000, values: [21.5, NaN] }, { timestamp: 2000, values: [NaN, 19] }]
   * ```
   * @see https://redis.io/docs/latest/commands/ts.nrange/
   */
  nrange(keys: Many<Key>, from: TsBound, to: TsBound, options?: TsNrangeOptions): Result<S, TsRow<Integer<S>>[]> {
    return this.send(TS_NRANGE, nrangeArgs(TS_NRANGE, keys, from, to, options), toPivot<Integer<S>>);
  }

  /**
   * Gives samples like `nrange`, the latest first. Complexity: O(N), N being the samples in the range.
   *
   * @since RedisTimeSeries 8.10.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('{home}kitchen', 1000, 21.5);
   * await client.ts.add('{home}bath', 1000, 19);
   * await client.ts.nrevrange(['{home}kitchen', '{home}bath'], '-', '+', { count: 1 }); // => [{ timestamp: 1000, values: [21.5, 19] }]
   * ```
   * @see https://redis.io/docs/latest/commands/ts.nrevrange/
   */
  nrevrange(keys: Many<Key>, from: TsBound, to: TsBound, options?: TsNrangeOptions): Result<S, TsRow<Integer<S>>[]> {
    return this.send(TS_NREVRANGE, nrangeArgs(TS_NREVRANGE, keys, from, to, options), toPivot<Integer<S>>);
  }

  /**
   * Gives the keys of the series that the filters find. Complexity: O(N), N being the series that have one of the labels.
   *
   * @since RedisTimeSeries 1.0.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.create('kitchen', { labels: { floor: 1 } });
   * await client.ts.queryindex('floor=1'); // => ['kitchen']
   * ```
   * @see https://redis.io/docs/latest/commands/ts.queryindex/
   */
  queryindex(filters: Many<Key>): Result<S, Text<S>[]> {
    return this.send(TS_QUERYINDEX, pushMany(TS_QUERYINDEX, [], filters, 'filter'));
  }

  /**
   * Gives the names of the labels of the series that the filters find, or of all series, in no order.
   *
   * Complexity: O(N), N being the labels of those series.
   *
   * @since RedisTimeSeries 8.10.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.create('kitchen', { labels: { floor: 1, room: 'kitchen' } });
   * await client.ts.querylabels('floor=1'); // => ['floor', 'room']
   * ```
   * @see https://redis.io/docs/latest/commands/ts.querylabels/
   */
  querylabels(filters?: Many<Key>): Result<S, Text<S>[]> {
    return this.send(TS_QUERYLABELS, pushFilters(['LABELS'], filters));
  }

  /**
   * Gives the values that a label has in the series that the filters find, or in all series, in no order.
   *
   * Complexity: O(N), N being the labels of those series.
   *
   * @since RedisTimeSeries 8.10.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.create('kitchen', { labels: { floor: 1, room: 'kitchen' } });
   * await client.ts.create('bath', { labels: { floor: 1, room: 'bath' } });
   * await client.ts.querylabelsValues('room', 'floor=1'); // => ['bath', 'kitchen']
   * ```
   * @see https://redis.io/docs/latest/commands/ts.querylabels/
   */
  querylabelsValues(label: Key, filters?: Many<Key>): Result<S, Text<S>[]> {
    return this.send(TS_QUERYLABELS, pushFilters(['VALUES', label], filters));
  }

  /**
   * Gives samples from one time to another, both included, the earliest first.
   *
   * `aggregation` makes spans of time into one number each, or into several where its `type` is a list. Rejects with a `ResponseError` when
   * there is no such series. Complexity: O(N), N being the samples in the range.
   *
   * @since RedisTimeSeries 1.0.0; `filterByTs`, `filterByValue`, `align` 1.6.0, `latest`, `buckettimestamp`, `empty` 1.8.0; lists of aggregators 8.8.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21);
   * await client.ts.add('kitchen', 2000, 22);
   * await client.ts.range('kitchen', '-', '+', { count: 1 }); // => [{ timestamp: 1000, value: 21 }]
   * await client.ts.range('kitchen', 0, 9999, { aggregation: { type: 'avg', bucketDuration: 5000 } }); // => [{ timestamp: 0, value: 21.5 }]
   * await client.ts.range('kitchen', 0, 9999, { aggregation: { type: ['min', 'max'], bucketDuration: 5000 } }); // => [{ timestamp: 0, values: [21, 22] }]
   * ```
   * @see https://redis.io/docs/latest/commands/ts.range/
   */
  range(key: Key, from: TsBound, to: TsBound, options?: TsRangeOptions): Result<S, TsSample<Integer<S>>[]>;
  range(key: Key, from: TsBound, to: TsBound, options: TsRangeRowsOptions): Result<S, TsRow<Integer<S>>[]>;
  range(
    key: Key,
    from: TsBound,
    to: TsBound,
    options?: TsRangeOptions | TsRangeRowsOptions,
  ): Result<S, TsSample<Integer<S>>[] | TsRow<Integer<S>>[]> {
    const args = rangeArgs(TS_RANGE, key, from, to, options);
    return this.send(TS_RANGE, args, samplesDecoder<Integer<S>>(options));
  }

  /**
   * Gives the samples from a time on, the earliest first, and may wait for some.
   *
   * `from` is a time, `-` for the earliest sample, `+` for the latest one, or `$` for those that are yet to come. When nothing came in time
   * it gives what there is, and for a missing series nothing. With `block` it runs on a connection of its own, so other commands do not wait
   * behind it. Complexity: O(log N + M), N being the samples of the series, M those looked at.
   *
   * @since RedisTimeSeries 8.10.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21.5);
   * await client.ts.read('kitchen', 500, { block: 100, maxCount: 10 }); // => [{ timestamp: 1000, value: 21.5 }]
   * ```
   * @see https://redis.io/docs/latest/commands/ts.read/
   */
  read(key: Key, from: TsBound, options?: TsReadOptions): Result<S, TsSample<Integer<S>>[]> {
    checkOptions(TS_READ, options);
    const args: Value[] = [key, timeOf(TS_READ, from)];
    const { block, minCount, maxCount, condition } = options ?? {};
    if (block !== undefined) args.push('BLOCK', block, minCount === undefined ? 1 : minCount);
    else if (minCount !== undefined) refuse(TS_READ, 'takes minCount only together with block');
    if (maxCount !== undefined) args.push('MAX_COUNT', maxCount);
    if (condition !== undefined) {
      if (!Array.isArray(condition) || condition.length !== 2)
        refuse(TS_READ, 'needs an operator and a value as condition');
      args.push('CONDITION', condition[0], condition[1]);
    }
    return this.send(TS_READ, args, toSamples<Integer<S>>);
  }

  /**
   * Gives samples like `range`, the latest first. Complexity: O(N), N being the samples in the range.
   *
   * @since RedisTimeSeries 1.4.0
   * @example
   * ```ts
   * // with a module that has time series
   * await client.ts.add('kitchen', 1000, 21);
   * await client.ts.add('kitchen', 2000, 22);
   * await client.ts.revrange('kitchen', '-', '+', { count: 1 }); // => [{ timestamp: 2000, value: 22 }]
   * ```
   * @see https://redis.io/docs/latest/commands/ts.revrange/
   */
  revrange(key: Key, from: TsBound, to: TsBound, options?: TsRangeOptions): Result<S, TsSample<Integer<S>>[]>;
  revrange(key: Key, from: TsBound, to: TsBound, options: TsRangeRowsOptions): Result<S, TsRow<Integer<S>>[]>;
  revrange(
    key: Key,
    from: TsBound,
    to: TsBound,
    options?: TsRangeOptions | TsRangeRowsOptions,
  ): Result<S, TsSample<Integer<S>>[] | TsRow<Integer<S>>[]> {
    const args = rangeArgs(TS_REVRANGE, key, from, to, options);
    return this.send(TS_REVRANGE, args, samplesDecoder<Integer<S>>(options));
  }
}

function timeOf(spec: Spec, time: Int | Date | string): Value {
  return time instanceof Date ? milliseconds(spec, time) : time;
}

/** Pushes how a series is kept. The labels come last: the server takes all words behind them for more. */
function pushSeries(
  spec: Spec,
  args: Value[],
  options: TsAlterOptions | undefined,
  encoding?: Key,
  onDuplicate?: Key,
): void {
  if (options === undefined) return;
  const { retention, chunkSize, duplicatePolicy, ignore, labels } = options;
  if (retention !== undefined) args.push('RETENTION', retention);
  if (encoding !== undefined) args.push('ENCODING', encoding);
  if (chunkSize !== undefined) args.push('CHUNK_SIZE', chunkSize);
  if (duplicatePolicy !== undefined) args.push('DUPLICATE_POLICY', duplicatePolicy);
  if (onDuplicate !== undefined) args.push('ON_DUPLICATE', onDuplicate);
  if (ignore !== undefined) {
    if (!isObject(ignore)) refuse(spec, 'needs maxTimeDiff and maxValDiff to ignore samples');
    args.push('IGNORE', ignore.maxTimeDiff, ignore.maxValDiff);
  }
  if (labels === undefined) return;
  args.push('LABELS');
  if (!isEmpty(labels)) pushEntries(spec, args, labels, 'label');
}

function isEmpty(entries: unknown): boolean {
  if (entries instanceof Map) return entries.size === 0;
  return typeof entries === 'object' && entries !== null && Object.keys(entries).length === 0;
}

function incrbyArgs(spec: Spec, key: Key, value: number | string, options: TsIncrbyOptions | undefined): Value[] {
  checkOptions(spec, options);
  const args: Value[] = [key, value];
  if (options?.timestamp !== undefined) args.push('TIMESTAMP', timeOf(spec, options.timestamp));
  if (options?.uncompressed) args.push('UNCOMPRESSED');
  pushSeries(spec, args, options, options?.encoding);
  return args;
}

function pushSelection(spec: Spec, args: Value[], options: Selection): void {
  const { latest, filterByTs, filterByValue, count, align } = options;
  if (latest) args.push('LATEST');
  if (filterByTs !== undefined) {
    args.push('FILTER_BY_TS');
    if (!Array.isArray(filterByTs)) args.push(timeOf(spec, filterByTs as Int | Date));
    else if (filterByTs.length === 0) refuse(spec, 'needs at least one time to filter by');
    else for (const time of filterByTs as readonly (Int | Date)[]) args.push(timeOf(spec, time));
  }
  if (filterByValue !== undefined) {
    if (!isObject(filterByValue)) refuse(spec, 'needs min and max to filter by value');
    args.push('FILTER_BY_VALUE', filterByValue.min, filterByValue.max);
  }
  if (count !== undefined) args.push('COUNT', count);
  if (align !== undefined) args.push('ALIGN', timeOf(spec, align));
}

/** Pushes an aggregation, whose aggregators are a word for each of `types`. */
function pushAggregation(args: Value[], aggregation: TsAggregation<unknown>, types: readonly Value[]): void {
  args.push('AGGREGATION', ...types, aggregation.bucketDuration);
  if (aggregation.buckettimestamp !== undefined) args.push('BUCKETTIMESTAMP', aggregation.buckettimestamp);
  if (aggregation.empty) args.push('EMPTY');
}

function checkAggregation(spec: Spec, aggregation: object): void {
  if (!isObject(aggregation)) refuse(spec, 'needs an aggregation with type and bucketDuration');
}

/** One aggregator, or several as one word: `min,max`. */
function typeOf(spec: Spec, type: Many<Key>): Value {
  if (!Array.isArray(type)) return type as Key;
  const names = type as readonly unknown[];
  if (names.length === 0) refuse(spec, 'needs at least one aggregator');
  for (const name of names) if (typeof name !== 'string') refuse(spec, 'needs the names of its aggregators as strings');
  return names.join(',');
}

function pushRange(spec: Spec, args: Value[], options: TsRangeOptions | TsRangeRowsOptions | undefined): void {
  checkOptions(spec, options);
  if (options === undefined) return;
  pushSelection(spec, args, options);
  const { aggregation } = options;
  if (aggregation === undefined) return;
  checkAggregation(spec, aggregation);
  pushAggregation(args, aggregation, [typeOf(spec, aggregation.type)]);
}

function rangeArgs(
  spec: Spec,
  key: Key,
  from: TsBound,
  to: TsBound,
  options: TsRangeOptions | TsRangeRowsOptions | undefined,
): Value[] {
  const args: Value[] = [key, timeOf(spec, from), timeOf(spec, to)];
  pushRange(spec, args, options);
  return args;
}

function nrangeArgs(
  spec: Spec,
  keys: Many<Key>,
  from: TsBound,
  to: TsBound,
  options: TsNrangeOptions | undefined,
): Value[] {
  checkOptions(spec, options);
  const args = pushCounted(spec, [], keys, 'key');
  const count = args.length - 1;
  args.push(timeOf(spec, from), timeOf(spec, to));
  if (options === undefined) return args;
  pushSelection(spec, args, options);
  const { aggregation } = options;
  if (aggregation === undefined) return args;
  checkAggregation(spec, aggregation);
  const types: unknown = aggregation.type;
  if (!Array.isArray(types) || types.length !== count) refuse(spec, 'needs as many aggregators as keys');
  pushAggregation(
    args,
    aggregation,
    (types as readonly Many<Key>[]).map((type) => typeOf(spec, type)),
  );
  return args;
}

function mrangeArgs(
  spec: Spec,
  from: TsBound,
  to: TsBound,
  filters: Many<Key>,
  options: TsMrangeOptions | TsMrangeRowsOptions | undefined,
): Value[] {
  const args: Value[] = [timeOf(spec, from), timeOf(spec, to)];
  pushRange(spec, args, options);
  if (options?.excludeempty) args.push('EXCLUDEEMPTY');
  pushLabels(spec, args, options);
  args.push('FILTER');
  pushMany(spec, args, filters, 'filter');
  const groupby = options?.groupby;
  if (groupby !== undefined) {
    if (!isObject(groupby)) refuse(spec, 'needs label and reduce to group by');
    args.push('GROUPBY', groupby.label, 'REDUCE', groupby.reduce);
  }
  return args;
}

function pushLabels(
  spec: Spec,
  args: Value[],
  options: { readonly withlabels?: boolean | undefined; readonly selectedLabels?: Many<Key> | undefined } | undefined,
): void {
  if (options?.withlabels && options.selectedLabels !== undefined) {
    refuse(spec, 'takes only one of withlabels and selectedLabels');
  }
  if (options?.withlabels) args.push('WITHLABELS');
  if (options?.selectedLabels !== undefined) {
    args.push('SELECTED_LABELS');
    pushMany(spec, args, options.selectedLabels, 'label');
  }
}

function pushFilters(args: Value[], filters: Many<Key> | undefined): Value[] {
  if (filters !== undefined) args.push('FILTER', ...listOf(TS_QUERYLABELS, filters, 'filter'));
  return args;
}

/** `[time, value]`. */
function toSample<I>(reply: unknown): TsSample<I> {
  const [timestamp, value] = reply as [I, unknown];
  return { timestamp, value: toNumber(value) };
}

function toLatest<I>(reply: unknown): TsSample<I> | null {
  return reply === null || (reply as unknown[]).length === 0 ? null : toSample(reply);
}

function toSamples<I>(reply: unknown): TsSample<I>[] {
  const items = reply as unknown[];
  const samples: TsSample<I>[] = [];
  for (const item of items) samples.push(toSample(item));
  return samples;
}

/** `[time, value, value]` each. */
function toRows<I>(reply: unknown): TsRow<I>[] {
  const items = reply as [I, ...unknown[]][];
  const rows: TsRow<I>[] = [];
  for (const item of items) {
    const values: number[] = [];
    for (let i = 1; i < item.length; i++) values.push(toNumber(item[i]));
    rows.push({ timestamp: item[0], values });
  }
  return rows;
}

/** `[time, [value, value]]` each. */
function toPivot<I>(reply: unknown): TsRow<I>[] {
  const items = reply as [I, unknown[]][];
  const rows: TsRow<I>[] = [];
  for (const [timestamp, values] of items) rows.push({ timestamp, values: values.map(toNumber) });
  return rows;
}

/** What reads the samples: a list of aggregators makes rows of them. */
function samplesDecoder<I>(
  options: TsRangeOptions | TsRangeRowsOptions | undefined,
): Decoder<TsSample<I>[] | TsRow<I>[]> {
  return Array.isArray(options?.aggregation?.type) ? toRows<I> : toSamples<I>;
}

/** Labels as pairs under RESP2, as a flat list under RESP3. */
function toLabels<T>(reply: unknown, mode: ReplyMode): TsLabels<T> {
  const labels: TsLabels<T> = {};
  const items = (reply ?? []) as unknown[];
  const paired = Array.isArray(items[0]);
  for (let i = 0; i < items.length; i += paired ? 1 : 2) {
    const [name, value] = paired ? (items[i] as [unknown, T | null]) : [items[i], items[i + 1] as T | null];
    define(labels, toText(name, mode), value);
  }
  return labels;
}

/** Plain assignment to `__proto__` would be lost. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true });
}

/** `[[key, labels, sample]]` under RESP2, `[key, [labels, sample]]` under RESP3. */
function toLatests<T, I>(reply: unknown, mode: ReplyMode): TsLatest<T, I>[] {
  return entriesOf(reply).map(([key, parts]) => ({
    key: key as T,
    labels: toLabels<T>(parts[0], mode),
    sample: toLatest<I>(parts[1]),
  }));
}

function seriesDecoder<T>(options: TsMrangeOptions | TsMrangeRowsOptions | undefined): Decoder<TsSeries<T, unknown>[]> {
  const toSamples = samplesDecoder(options);
  const withOrigin = options?.groupby !== undefined && options.withlabels === true;
  return (reply, mode) => {
    const all: TsSeries<T, unknown>[] = [];
    for (const [key, parts] of entriesOf(reply)) {
      const labels = toLabels<T>(parts[0], mode);
      const series = { key: key as T, labels, samples: toSamples(parts.at(-1), mode) };
      all.push(withOrigin ? Object.assign(series, toOrigin<T>(labels, parts, mode)) : series);
    }
    return all;
  };
}

/** Keys and what is said of them, in whichever protocol's form. */
function entriesOf(reply: unknown): [key: unknown, parts: unknown[]][] {
  const items = reply as unknown[];
  const entries: [unknown, unknown[]][] = [];
  if (Array.isArray(items[0])) for (const [key, ...parts] of items as unknown[][]) entries.push([key, parts]);
  else for (let i = 0; i < items.length; i += 2) entries.push([items[i], items[i + 1] as unknown[]]);
  return entries;
}

/** Where a group comes from: two more parts under RESP3, two labels that no series has under RESP2, whose keys are joined by commas. */
function toOrigin<T>(
  labels: TsLabels<T>,
  parts: readonly unknown[],
  mode: ReplyMode,
): { reducers: string[]; sources: T[] } {
  if (parts.length === 4) {
    const [, reducers] = parts[1] as [unknown, unknown[]];
    const [, sources] = parts[2] as [unknown, T[]];
    return { reducers: reducers.map((reducer) => toText(reducer, mode)), sources };
  }
  const { __reducer__: reducer, __source__: source } = labels;
  delete labels['__reducer__'];
  delete labels['__source__'];
  return {
    reducers: reducer === null || reducer === undefined ? [] : [toText(reducer, mode)],
    sources: source === null || source === undefined ? [] : splitKeys<T>(source),
  };
}

function splitKeys<T>(joined: T): T[] {
  if (!Buffer.isBuffer(joined)) return (joined as string).split(',') as T[];
  return joined
    .toString('latin1')
    .split(',')
    .map((key) => Buffer.from(key, 'latin1')) as T[];
}

const INFO_FIELDS: ReadonlyMap<string, Decoder<unknown>> = new Map<string, Decoder<unknown>>([
  ['labels', toLabels],
  ['sourceKey', (key) => key],
  ['keySelfName', (key) => key],
  ['rules', toRules],
  ['ignoreMaxValDiff', toNumber],
  ['chunks', (reply, mode) => (reply as unknown[]).map((chunk) => toInfo(chunk, mode, CHUNK_FIELDS))],
]);

const CHUNK_FIELDS: ReadonlyMap<string, Decoder<unknown>> = new Map([['bytesPerSample', toNumber]]);

function toTsInfo<T, I>(reply: unknown, mode: ReplyMode): TsInfo<T, I> {
  return toInfo(reply, mode, INFO_FIELDS) as unknown as TsInfo<T, I>;
}

/** `[[key, duration, name, time]]` under RESP2, `[key, [duration, name, time]]` under RESP3. */
function toRules(reply: unknown, mode: ReplyMode): TsRule<unknown, unknown>[] {
  const rules: TsRule<unknown, unknown>[] = [];
  for (const [key, [bucketDuration, aggregator, alignTimestamp]] of entriesOf(reply)) {
    const rule = { key, bucketDuration, aggregator: toText(aggregator, mode) };
    rules.push(alignTimestamp === undefined ? rule : Object.assign(rule, { alignTimestamp }));
  }
  return rules;
}
