import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Int, type Many, checkOptions, isObject, refuse } from './argument.ts';
import { toDouble, toDoubleOrNull, toTextOrNull } from './reply.ts';
import { type Decoder, type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const GEOADD: Spec = command('GEOADD');
const GEODIST: Spec = command('GEODIST');
const GEOHASH: Spec = command('GEOHASH');
const GEOPOS: Spec = command('GEOPOS');
const GEORADIUS: Spec = command('GEORADIUS');
const GEORADIUSBYMEMBER: Spec = command('GEORADIUSBYMEMBER');
const GEORADIUSBYMEMBER_RO: Spec = command('GEORADIUSBYMEMBER_RO');
const GEORADIUS_RO: Spec = command('GEORADIUS_RO');
const GEOSEARCH: Spec = command('GEOSEARCH');
const GEOSEARCHSTORE: Spec = command('GEOSEARCHSTORE');

/** Metres, kilometres, feet or miles. */
export type GeoUnit = 'm' | 'km' | 'ft' | 'mi';

/** Where something is, in degrees, as the server gives it. */
export interface GeoCoordinates {
  readonly longitude: number;
  readonly latitude: number;
}

/** Where something is, in degrees: a longitude from -180 to 180, a latitude from -85.05112878 to 85.05112878. */
export interface GeoPoint {
  readonly longitude: number | string;
  readonly latitude: number | string;
}

/** A member and where it is. */
export interface GeoMember extends GeoPoint {
  readonly member: Value;
}

/** Members and where they are: `{ member: point }`, `[[member, point], ...]`, a `Map`, or a list of `{ member, longitude, latitude }`. */
export type GeoMembers =
  | { readonly [member: string]: GeoPoint }
  | readonly (readonly [member: Value, point: GeoPoint])[]
  | readonly GeoMember[]
  | ReadonlyMap<Value, GeoPoint>;

/** Options of `geoadd`. */
export interface GeoaddOptions {
  /** Only adds members (`nx`), or only moves those that are there (`xx`). */
  readonly condition?: 'nx' | 'xx' | undefined;
  /** Counts the members that moved too. */
  readonly ch?: boolean | undefined;
}

/** Options of `geodist`. */
export interface GeodistOptions {
  /** The unit of the distance; metres without it. */
  readonly unit?: GeoUnit | undefined;
}

/** What to search around: a member, or a point. */
export type GeoCenter =
  | { readonly member: Value; readonly longitude?: undefined; readonly latitude?: undefined }
  | (GeoPoint & { readonly member?: undefined });

interface Unshaped {
  readonly radius?: undefined;
  readonly width?: undefined;
  readonly height?: undefined;
  readonly polygon?: undefined;
  readonly unit?: undefined;
}

/** A circle around the centre. */
export type GeoCircle = Omit<Unshaped, 'radius' | 'unit'> & {
  readonly radius: number | string;
  readonly unit: GeoUnit;
};

/** A box around the centre, its sides along the axes. */
export type GeoBox = Omit<Unshaped, 'width' | 'height' | 'unit'> & {
  readonly width: number | string;
  readonly height: number | string;
  readonly unit: GeoUnit;
};

/** A polygon of three corners or more, given in order; the last one is joined to the first. */
export type GeoPolygon = Omit<Unshaped, 'polygon'> & {
  readonly polygon: readonly GeoPoint[];
};

/** Where to search: a circle or a box around a centre, or a polygon, which has its own place. */
export type GeoArea =
  | { readonly from: GeoCenter; readonly by: GeoCircle | GeoBox }
  | { readonly from?: undefined; readonly by: GeoPolygon };

/** How many members to give, and in which order; all of them, in no order, without. */
export type GeoLimit = {
  /** The nearest first, or the farthest. With `count`, the server sorts them `asc` by itself. */
  readonly order?: 'asc' | 'desc' | undefined;
} & (
  | {
      /** Gives so many members at most. */
      readonly count: Int;
      /** Stops at the first members found, which is faster: they need not be the nearest. */
      readonly any?: boolean | undefined;
    }
  | { readonly count?: undefined; readonly any?: undefined }
);

type Asked = boolean | undefined;

/** What to give of a member besides its name: `true` for each of them asks for it. */
export interface GeoFields<C extends Asked = Asked, D extends Asked = Asked, H extends Asked = Asked> {
  /** Gives the coordinates. */
  readonly withcoord?: C;
  /** Gives the distance from the centre, in the unit of the search; from a polygon's centre in metres. */
  readonly withdist?: D;
  /** Gives the geohash as the integer it is stored as. */
  readonly withhash?: H;
}

/** Options of `geosearch`. */
export type GeosearchOptions<C extends Asked = Asked, D extends Asked = Asked, H extends Asked = Asked> = GeoArea &
  GeoLimit &
  GeoFields<C, D, H>;

/** Options of `geosearchstore`. */
export type GeosearchstoreOptions = GeoArea &
  GeoLimit & {
    /** Stores the distances from the centre as scores, instead of the geohashes: an ordinary sorted set. */
    readonly storedist?: boolean | undefined;
  };

/** Options of `georadius` and its relatives that give members. */
export type GeoradiusOptions<C extends Asked = Asked, D extends Asked = Asked, H extends Asked = Asked> = GeoLimit &
  GeoFields<C, D, H> & { readonly store?: undefined; readonly storedist?: undefined };

/** Options of `georadius` and `georadiusbymember` that store what they find. */
export type GeoradiusStoreOptions = GeoLimit & {
  readonly [P in keyof GeoFields]?: false | undefined;
} & (
    | {
        /** Stores the members and their places at this key. */
        readonly store: Key;
        readonly storedist?: undefined;
      }
    | {
        readonly store?: undefined;
        /** Stores the members at this key with their distances as scores: an ordinary sorted set. */
        readonly storedist: Key;
      }
  );

/** Everything that can be known of a member that was found. */
export interface GeoMatch<T, I> {
  readonly member: T;
  /** In the unit of the search; in metres from the centre of a polygon. */
  readonly distance: number;
  readonly hash: I;
  readonly coordinates: GeoCoordinates;
}

type If<F extends Asked, Name extends string> = F extends true ? Name : never;

type Match<T, I, C extends Asked, D extends Asked, H extends Asked> = true extends C | D | H
  ? Pick<GeoMatch<T, I>, 'member' | If<D, 'distance'> | If<H, 'hash'> | If<C, 'coordinates'>>
  : T;

/** A member that was found, when only a run tells what was asked for. */
export interface GeoSomeMatch<T, I> {
  readonly member: T;
  readonly distance?: number;
  readonly hash?: I;
  readonly coordinates?: GeoCoordinates;
}

/** Whether something may be asked for, or not. */
type Unsure<A extends Asked> = true extends A ? ([A] extends [true] ? false : true) : false;

/** What a search gives for each member: the member alone, or an object with what was asked for. */
export type GeoFound<T, I, C extends Asked, D extends Asked, H extends Asked> = true extends
  | Unsure<C>
  | Unsure<D>
  | Unsure<H>
  ? T | GeoSomeMatch<T, I>
  : Match<T, I, C, D, H>;

/** Commands on places: members of a sorted set with a longitude and a latitude. */
export abstract class GeoCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Adds members and their places, moving those that are there, and gives how many are new; with `ch`, how many are new or moved.
   *
   * The key is a sorted set: its other commands serve too, `zrem` to remove a member. Places are kept to less than a metre.
   * Rejects with a `ResponseError` for a longitude or latitude out of range.
   * Complexity: O(log N) per member, N being the size of the set.
   *
   * @since 3.2.0; `condition` and `ch` 6.2.0
   * @example
   * ```ts
   * await client.geoadd('cities', { Palermo: { longitude: 13.361389, latitude: 38.115556 } }); // => 1
   * const catania = { member: 'Catania', longitude: 15.087269, latitude: 37.502669 };
   * await client.geoadd('cities', [catania], { condition: 'nx' }); // => 1
   * ```
   * @see https://valkey.io/commands/geoadd/
   */
  geoadd(key: Key, members: GeoMembers, options: GeoaddOptions = {}): Result<S, Integer<S>> {
    checkOptions(GEOADD, options);
    const args: Value[] = [key];
    if (options.condition !== undefined) args.push(options.condition);
    if (options.ch) args.push('CH');
    pushMembers(args, members);
    return this.send(GEOADD, args);
  }

  /**
   * Gives the distance between two members in metres or another `unit`; `null` when one of them or the key is missing.
   *
   * The earth counts as a sphere, which is wrong by up to 0.5 %. Complexity: O(1).
   *
   * @since 3.2.0
   * @example
   * ```ts
   * await client.geoadd('cities', {
   *   Palermo: { longitude: 13.361389, latitude: 38.115556 },
   *   Catania: { longitude: 15.087269, latitude: 37.502669 },
   * });
   * await client.geodist('cities', 'Palermo', 'Catania'); // => 166274.1516
   * await client.geodist('cities', 'Palermo', 'Catania', { unit: 'km' }); // => 166.2742
   * ```
   * @see https://valkey.io/commands/geodist/
   */
  geodist(key: Key, member1: Value, member2: Value, options: GeodistOptions = {}): Result<S, number | null> {
    checkOptions(GEODIST, options);
    const args: Value[] = [key, member1, member2];
    if (options.unit !== undefined) args.push(options.unit);
    return this.send(GEODIST, args, toDoubleOrNull);
  }

  /**
   * Gives the geohash of each member as a standard text of 11 letters, with `null` for those that do not exist.
   *
   * Places near each other have geohashes that begin alike. Complexity: O(1) per member.
   *
   * @since 3.2.0
   * @example
   * ```ts
   * await client.geoadd('cities', { Palermo: { longitude: 13.361389, latitude: 38.115556 } });
   * await client.geohash('cities', ['Palermo', 'Atlantis']); // => ['sqc8b49rny0', null]
   * ```
   * @see https://valkey.io/commands/geohash/
   */
  geohash(key: Key, members: Many<Value>): Result<S, (string | null)[]> {
    return this.send(GEOHASH, membersArgs(key, members), toTextsOrNulls);
  }

  /**
   * Gives the coordinates of each member, with `null` for those that do not exist.
   *
   * They differ a little from what was added: a place is kept as 52 bits. Complexity: O(1) per member.
   *
   * @since 3.2.0
   * @example
   * ```ts
   * await client.geoadd('cities', { Palermo: { longitude: 13.361389, latitude: 38.115556 } });
   * await client.geopos('cities', 'Palermo'); // => [{ longitude: 13.361389338970184, latitude: 38.1155563954963 }]
   * await client.geopos('cities', ['Atlantis']); // => [null]
   * ```
   * @see https://valkey.io/commands/geopos/
   */
  geopos(key: Key, members: Many<Value>): Result<S, (GeoCoordinates | null)[]> {
    return this.send(GEOPOS, membersArgs(key, members), toPositions);
  }

  /**
   * Gives the members within `radius` of a point, or stores them at another key and gives their number.
   *
   * With `withcoord`, `withdist` or `withhash` the members come as objects with what was asked for. None when there is no such key.
   * `store` keeps the places, `storedist` the distances as scores; both overwrite the key. `geosearch` and `geosearchstore` do the same and more.
   * Throws a `DataError` for `store` with `storedist`, for either with a `with...` flag, and for `any` without `count`.
   * Complexity: O(N + log M), N being the members in the square around the circle, M the members of the set.
   *
   * @since 3.2.0; `any` 6.2.0
   * @example
   * ```ts
   * await client.geoadd('cities', {
   *   Palermo: { longitude: 13.361389, latitude: 38.115556 },
   *   Catania: { longitude: 15.087269, latitude: 37.502669 },
   * });
   * await client.georadius('cities', 15, 37, 200, 'km', { order: 'asc' }); // => ['Catania', 'Palermo']
   * await client.georadius('cities', 15, 37, 100, 'km', { withdist: true }); // => [{ member: 'Catania', distance: 56.4413 }]
   * await client.georadius('cities', 15, 37, 100, 'km', { store: 'near' }); // => 1
   * ```
   * @see https://valkey.io/commands/georadius/
   */
  georadius<C extends Asked = false, D extends Asked = false, H extends Asked = false>(
    key: Key,
    longitude: number | string,
    latitude: number | string,
    radius: number | string,
    unit: GeoUnit,
    options?: GeoradiusOptions<C, D, H>,
  ): Result<S, GeoFound<Text<S>, Integer<S>, C, D, H>[]>;
  georadius(
    key: Key,
    longitude: number | string,
    latitude: number | string,
    radius: number | string,
    unit: GeoUnit,
    options: GeoradiusStoreOptions,
  ): Result<S, Integer<S>>;
  georadius(
    key: Key,
    longitude: number | string,
    latitude: number | string,
    radius: number | string,
    unit: GeoUnit,
    options: GeoradiusOptions | GeoradiusStoreOptions | undefined,
  ): Result<S, GeoFound<Text<S>, Integer<S>, Asked, Asked, Asked>[] | Integer<S>>;
  georadius(
    key: Key,
    longitude: number | string,
    latitude: number | string,
    radius: number | string,
    unit: GeoUnit,
    options: AnyGeoradiusOptions = {},
  ): Result<S, unknown> {
    const args: Value[] = [key, longitude, latitude, radius, unit];
    pushGeoradiusOptions(GEORADIUS, args, options);
    return this.send(GEORADIUS, args, decoderOf(options));
  }

  /**
   * Gives the members within `radius` of another member, itself included, or stores them at another key and gives their number.
   *
   * Options and replies are those of `georadius`. `geosearch` and `geosearchstore` do the same and more.
   * Rejects with a `ResponseError` when there is a key, but no such member.
   * Complexity: O(N + log M), N being the members in the square around the circle, M the members of the set.
   *
   * @since 3.2.0; `any` 6.2.0
   * @example
   * ```ts
   * await client.geoadd('cities', {
   *   Palermo: { longitude: 13.361389, latitude: 38.115556 },
   *   Catania: { longitude: 15.087269, latitude: 37.502669 },
   * });
   * await client.georadiusbymember('cities', 'Catania', 200, 'km', { order: 'desc' }); // => ['Palermo', 'Catania']
   * await client.georadiusbymember('cities', 'Catania', 200, 'km', { storedist: 'near', count: 1 }); // => 1
   * ```
   * @see https://valkey.io/commands/georadiusbymember/
   */
  georadiusbymember<C extends Asked = false, D extends Asked = false, H extends Asked = false>(
    key: Key,
    member: Value,
    radius: number | string,
    unit: GeoUnit,
    options?: GeoradiusOptions<C, D, H>,
  ): Result<S, GeoFound<Text<S>, Integer<S>, C, D, H>[]>;
  georadiusbymember(
    key: Key,
    member: Value,
    radius: number | string,
    unit: GeoUnit,
    options: GeoradiusStoreOptions,
  ): Result<S, Integer<S>>;
  georadiusbymember(
    key: Key,
    member: Value,
    radius: number | string,
    unit: GeoUnit,
    options: GeoradiusOptions | GeoradiusStoreOptions | undefined,
  ): Result<S, GeoFound<Text<S>, Integer<S>, Asked, Asked, Asked>[] | Integer<S>>;
  georadiusbymember(
    key: Key,
    member: Value,
    radius: number | string,
    unit: GeoUnit,
    options: AnyGeoradiusOptions = {},
  ): Result<S, unknown> {
    const args: Value[] = [key, member, radius, unit];
    pushGeoradiusOptions(GEORADIUSBYMEMBER, args, options);
    return this.send(GEORADIUSBYMEMBER, args, decoderOf(options));
  }

  /**
   * Gives the members within `radius` of another member like `georadiusbymember`, and never writes, so that a replica may answer.
   *
   * `geosearch` does the same and more.
   * Complexity: O(N + log M), N being the members in the square around the circle, M the members of the set.
   *
   * @since 3.2.10; `any` 6.2.0
   * @example
   * ```ts
   * await client.geoadd('cities', { Palermo: { longitude: 13.361389, latitude: 38.115556 } });
   * await client.georadiusbymember_ro('cities', 'Palermo', 200, 'km', { withdist: true }); // => [{ member: 'Palermo', distance: 0 }]
   * ```
   * @see https://valkey.io/commands/georadiusbymember_ro/
   */
  georadiusbymember_ro<C extends Asked = false, D extends Asked = false, H extends Asked = false>(
    key: Key,
    member: Value,
    radius: number | string,
    unit: GeoUnit,
    options?: GeoradiusOptions<C, D, H>,
  ): Result<S, GeoFound<Text<S>, Integer<S>, C, D, H>[]> {
    const args: Value[] = [key, member, radius, unit];
    if (options !== undefined) pushFindOptions(GEORADIUSBYMEMBER_RO, args, options);
    return this.send(GEORADIUSBYMEMBER_RO, args, decoderOf(options));
  }

  /**
   * Gives the members within `radius` of a point like `georadius`, and never writes, so that a replica may answer.
   *
   * `geosearch` does the same and more.
   * Complexity: O(N + log M), N being the members in the square around the circle, M the members of the set.
   *
   * @since 3.2.10; `any` 6.2.0
   * @example
   * ```ts
   * await client.geoadd('cities', { Palermo: { longitude: 13.361389, latitude: 38.115556 } });
   * await client.georadius_ro('cities', 15, 37, 200, 'km'); // => ['Palermo']
   * ```
   * @see https://valkey.io/commands/georadius_ro/
   */
  georadius_ro<C extends Asked = false, D extends Asked = false, H extends Asked = false>(
    key: Key,
    longitude: number | string,
    latitude: number | string,
    radius: number | string,
    unit: GeoUnit,
    options?: GeoradiusOptions<C, D, H>,
  ): Result<S, GeoFound<Text<S>, Integer<S>, C, D, H>[]> {
    const args: Value[] = [key, longitude, latitude, radius, unit];
    if (options !== undefined) pushFindOptions(GEORADIUS_RO, args, options);
    return this.send(GEORADIUS_RO, args, decoderOf(options));
  }

  /**
   * Gives the members inside a circle, a box or a polygon. None when there is no such key.
   *
   * A circle (`by: { radius, unit }`) or a box (`by: { width, height, unit }`) is around `from`: a member, itself included, or a point.
   * A polygon (`by: { polygon: points }`) stands for itself, without `from`. With `withcoord`, `withdist` or `withhash` the members come as
   * objects with what was asked for.
   * Throws a `DataError` when no area or more than one is given, and for `any` without `count`. Rejects with a `ResponseError` when there is
   * a key, but no such member to search around, and for a polygon of less than three corners.
   * Complexity: O(N + log M), N being the members in the box around the area, M the members inside the area.
   *
   * @since 6.2.0; `polygon` 9.0.0
   * @example
   * ```ts
   * await client.geoadd('cities', {
   *   Palermo: { longitude: 13.361389, latitude: 38.115556 },
   *   Catania: { longitude: 15.087269, latitude: 37.502669 },
   * });
   * const around = { from: { longitude: 15, latitude: 37 }, by: { radius: 100, unit: 'km' } } as const;
   * await client.geosearch('cities', around); // => ['Catania']
   * await client.geosearch('cities', { ...around, withdist: true }); // => [{ member: 'Catania', distance: 56.4413 }]
   * const box = { width: 400, height: 400, unit: 'km' } as const;
   * await client.geosearch('cities', { from: { member: 'Catania' }, by: box, order: 'desc', count: 1 }); // => ['Palermo']
   * const west = [
   *   { longitude: 12, latitude: 36 },
   *   { longitude: 14, latitude: 36 },
   *   { longitude: 13.5, latitude: 39 },
   * ];
   * await client.geosearch('cities', { by: { polygon: west } }); // => ['Palermo']
   * ```
   * @see https://valkey.io/commands/geosearch/
   */
  geosearch<C extends Asked = false, D extends Asked = false, H extends Asked = false>(
    key: Key,
    options: GeosearchOptions<C, D, H>,
  ): Result<S, GeoFound<Text<S>, Integer<S>, C, D, H>[]> {
    const args: Value[] = [key];
    pushArea(GEOSEARCH, args, options);
    pushFindOptions(GEOSEARCH, args, options);
    return this.send(GEOSEARCH, args, decoderOf(options));
  }

  /**
   * Stores the members of `source` inside a circle, a box or a polygon at `destination`, overwriting it, and gives their number.
   *
   * The area is given as to `geosearch`, with the same errors. The destination has the places of the members, or with `storedist` their
   * distances as scores. It is deleted when there are none.
   * Complexity: O(N + log M), N being the members in the box around the area, M the members inside the area.
   *
   * @since 6.2.0; `polygon` 9.0.0
   * @example
   * ```ts
   * await client.geoadd('cities', {
   *   Palermo: { longitude: 13.361389, latitude: 38.115556 },
   *   Catania: { longitude: 15.087269, latitude: 37.502669 },
   * });
   * const area = { from: { member: 'Palermo' }, by: { radius: 100, unit: 'km' } } as const;
   * await client.geosearchstore('near', 'cities', { ...area, storedist: true }); // => 1
   * ```
   * @see https://valkey.io/commands/geosearchstore/
   */
  geosearchstore(destination: Key, source: Key, options: GeosearchstoreOptions): Result<S, Integer<S>> {
    const args: Value[] = [destination, source];
    pushArea(GEOSEARCHSTORE, args, options);
    pushLimit(GEOSEARCHSTORE, args, options);
    if (options.storedist) args.push('STOREDIST');
    return this.send(GEOSEARCHSTORE, args);
  }
}

/** The options of both kinds, as a caller without the compiler might fill them. */
type AnyGeoradiusOptions = GeoLimit &
  GeoFields & { readonly store?: Key | undefined; readonly storedist?: Key | undefined };

function membersArgs(key: Key, members: Many<Value>): Value[] {
  return Array.isArray(members) ? [key, ...(members as readonly Value[])] : [key, members as Value];
}

function pushMembers(args: Value[], members: GeoMembers): void {
  const before = args.length;
  if (Array.isArray(members)) for (const item of members as readonly unknown[]) pushMember(args, item);
  else if (members instanceof Map)
    for (const [member, point] of members as ReadonlyMap<Value, GeoPoint>) pushPlace(args, point, member);
  else if (isObject(members)) {
    const record = members as { readonly [member: string]: GeoPoint };
    for (const member of Object.keys(record)) pushPlace(args, record[member]!, member);
  } else refuse(GEOADD, 'needs an object, pairs, a Map or a list of members and their places');
  if (args.length === before) refuse(GEOADD, 'needs at least one member');
}

function pushMember(args: Value[], item: unknown): void {
  if (isObject(item)) {
    const place = item as GeoMember;
    return pushPlace(args, place, place.member);
  }
  if (!Array.isArray(item) || item.length !== 2) refuse(GEOADD, 'needs pairs of a member and its place');
  const [member, point] = item as [Value, GeoPoint];
  pushPlace(args, point, member);
}

function pushPlace(args: Value[], point: GeoPoint, member: Value): void {
  pushPoint(GEOADD, args, point);
  args.push(member);
}

function pushPoint(spec: Spec, args: Value[], point: GeoPoint): void {
  if (!isObject(point)) refuse(spec, 'needs a place: { longitude, latitude }');
  args.push(point.longitude, point.latitude);
}

function pushArea(spec: Spec, args: Value[], options: GeoArea): void {
  if (!isObject(options) || !isObject(options.by)) {
    refuse(spec, 'needs an area: by a radius, a width and height, or a polygon');
  }
  const { radius, width, height, polygon, unit } = options.by;
  const isBox = width !== undefined || height !== undefined;
  if (Number(radius !== undefined) + Number(isBox) + Number(polygon !== undefined) !== 1) {
    refuse(spec, 'takes one area: by a radius, a width and height, or a polygon');
  }
  if (polygon !== undefined) {
    if (options.from !== undefined || unit !== undefined) refuse(spec, 'takes a polygon alone, without from and unit');
    return pushPolygon(spec, args, polygon);
  }
  pushCenter(spec, args, options.from);
  if (isBox) args.push('BYBOX', width, height, unit);
  else args.push('BYRADIUS', radius, unit);
}

function pushCenter(spec: Spec, args: Value[], from: GeoCenter | undefined): void {
  if (!isObject(from)) refuse(spec, 'needs from: a member, or a longitude and a latitude');
  const { member, longitude, latitude } = from;
  if (member === undefined) args.push('FROMLONLAT', longitude, latitude);
  else if (longitude !== undefined || latitude !== undefined) {
    refuse(spec, 'takes from only a member, or a longitude and a latitude');
  } else args.push('FROMMEMBER', member);
}

function pushPolygon(spec: Spec, args: Value[], polygon: readonly GeoPoint[]): void {
  if (!Array.isArray(polygon)) refuse(spec, 'needs a list of points as a polygon');
  args.push('BYPOLYGON', polygon.length);
  for (const point of polygon) pushPoint(spec, args, point as GeoPoint);
}

function pushLimit(spec: Spec, args: Value[], { order, count, any }: GeoLimit): void {
  if (order !== undefined) args.push(order);
  if (count !== undefined) args.push('COUNT', count);
  if (!any) return;
  if (count === undefined) refuse(spec, 'takes any only with count');
  args.push('ANY');
}

function pushFindOptions(spec: Spec, args: Value[], options: GeoLimit & GeoFields): void {
  checkOptions(spec, options);
  pushLimit(spec, args, options);
  if (options.withcoord) args.push('WITHCOORD');
  if (options.withdist) args.push('WITHDIST');
  if (options.withhash) args.push('WITHHASH');
}

function pushGeoradiusOptions(spec: Spec, args: Value[], options: AnyGeoradiusOptions): void {
  pushFindOptions(spec, args, options);
  const { store, storedist } = options;
  if (store === undefined && storedist === undefined) return;
  if (store !== undefined && storedist !== undefined) refuse(spec, 'takes only one of store and storedist');
  if (options.withcoord || options.withdist || options.withhash) {
    refuse(spec, 'takes withcoord, withdist and withhash only without store and storedist');
  }
  if (store !== undefined) args.push('STORE', store);
  if (storedist !== undefined) args.push('STOREDIST', storedist);
}

/** Decoders by what was asked for: 1 the distance, 2 the hash, 4 the coordinates, the order in which they come. */
const FOUND: readonly Decoder<unknown>[] = Array.from({ length: 8 }, (_, asked) => (reply) => toFound(reply, asked));

/** The decoder of a search, or none for members alone and for the number of those stored. */
function decoderOf<R>(options: GeoFields | undefined): Decoder<R> | undefined {
  if (options === undefined) return undefined;
  const asked = (options.withdist ? 1 : 0) | (options.withhash ? 2 : 0) | (options.withcoord ? 4 : 0);
  return asked === 0 ? undefined : (FOUND[asked] as Decoder<R>);
}

function toFound(reply: unknown, asked: number): unknown[] {
  const items = reply as unknown[][];
  const found: unknown[] = [];
  for (const item of items) {
    let at = 0;
    const match: { -readonly [P in keyof GeoMatch<unknown, unknown>]?: unknown } = { member: item[at++] };
    if (asked & 1) match.distance = toDouble(item[at++]);
    if (asked & 2) match.hash = item[at++];
    if (asked & 4) match.coordinates = toCoordinates(item[at]);
    found.push(match);
  }
  return found;
}

function toCoordinates(reply: unknown): GeoCoordinates {
  const pair = reply as unknown[];
  return { longitude: toDouble(pair[0]), latitude: toDouble(pair[1]) };
}

function toPositions(reply: unknown): (GeoCoordinates | null)[] {
  const items = reply as unknown[];
  const positions: (GeoCoordinates | null)[] = [];
  for (const item of items) positions.push(item === null ? null : toCoordinates(item));
  return positions;
}

function toTextsOrNulls(reply: unknown, mode: ReplyMode): (string | null)[] {
  return (reply as unknown[]).map((item) => toTextOrNull(item, mode));
}
