/** What the commands on places evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  GeoCoordinates,
  GeoFound,
  GeoMatch,
  GeoSomeMatch,
  GeoMembers,
  GeoradiusOptions,
  GeoradiusStoreOptions,
  GeosearchOptions,
} from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const point = { longitude: 1, latitude: '2' };
const around = { from: point, by: { radius: 1, unit: 'km' } } as const;

// ---- geoadd
const added = reply(exact.geoadd('g', { a: point }));
eq<typeof added, bigint>(true);
void client.geoadd('g', [['a', point]]);
void client.geoadd('g', [[Buffer.of(1), point]], { condition: 'nx', ch: true });
void client.geoadd('g', [{ member: 1, longitude: 1, latitude: 2 }]);
void client.geoadd('g', new Map([['a', point]]));
declare const members: GeoMembers;
void client.geoadd('g', members);
// @ts-expect-error no place
void client.geoadd('g', { a: 1 });
// @ts-expect-error half a place
void client.geoadd('g', { a: { longitude: 1 } });
// @ts-expect-error positional arguments are the server's way
void client.geoadd('g', 1, 2, 'a');
// @ts-expect-error no such condition
void client.geoadd('g', { a: point }, { condition: 'gt' });

// ---- geodist, geohash, geopos
const distance = reply(exact.geodist('g', 'a', 'b', { unit: 'mi' }));
eq<typeof distance, number | null>(true);
const hashes = reply(bytes.geohash('g', ['a']));
eq<typeof hashes, (string | null)[]>(true);
const positions = reply(client.geopos('g', 'a'));
eq<typeof positions, (GeoCoordinates | null)[]>(true);
// @ts-expect-error no such unit
void client.geodist('g', 'a', 'b', { unit: 'M' });
// @ts-expect-error the unit is an option
void client.geodist('g', 'a', 'b', 'km');

// ---- geosearch: the reply has what was asked for, and nothing else
const plain = reply(client.geosearch('g', around));
eq<typeof plain, string[]>(true);
const plainBytes = reply(bytes.geosearch('g', { ...around, withdist: false, withhash: undefined }));
eq<typeof plainBytes, Buffer[]>(true);
const far = reply(bytes.geosearch('g', { ...around, withdist: true }));
eq<typeof far, Pick<GeoMatch<Buffer, number>, 'member' | 'distance'>[]>(true);
const hashed = reply(exact.geosearch('g', { ...around, withhash: true, order: 'asc' }));
eq<(typeof hashed)[number]['hash'], bigint>(true);
const placed = reply(client.geosearch('g', { ...around, withcoord: true, count: 1, any: true }));
eq<(typeof placed)[number]['coordinates'], GeoCoordinates>(true);
const everything = reply(client.geosearch('g', { ...around, withcoord: true, withdist: true, withhash: true }));
eq<typeof everything, Pick<GeoMatch<string, number>, 'member' | 'distance' | 'hash' | 'coordinates'>[]>(true);
declare const perhaps: boolean;
const either = reply(client.geosearch('g', { ...around, withdist: perhaps }));
eq<typeof either, (string | GeoSomeMatch<string, number>)[]>(true);
declare const someOptions: GeosearchOptions;
const whatever = reply(client.geosearch('g', someOptions));
eq<typeof whatever, GeoFound<string, number, boolean, boolean, boolean>[]>(true);
void client.geosearch('g', { from: { member: 'a' }, by: { width: 1, height: '2', unit: 'm' } });
void client.geosearch('g', { by: { polygon: [point, point, point] } });
// @ts-expect-error was not asked for
void far[0]?.coordinates;
// @ts-expect-error needs an area
void client.geosearch('g', { from: point });
// @ts-expect-error needs a centre
void client.geosearch('g', { by: { radius: 1, unit: 'm' } });
// @ts-expect-error two centres
void client.geosearch('g', { ...around, from: { member: 'a', longitude: 1, latitude: 2 } });
// @ts-expect-error two areas
void client.geosearch('g', { from: point, by: { radius: 1, width: 1, height: 1, unit: 'm' } });
// @ts-expect-error half a box
void client.geosearch('g', { from: point, by: { width: 1, unit: 'm' } });
// @ts-expect-error a polygon has its own place
void client.geosearch('g', { from: point, by: { polygon: [point, point, point] } });
// @ts-expect-error needs a unit
void client.geosearch('g', { from: point, by: { radius: 1 } });
// @ts-expect-error only with count
void client.geosearch('g', { ...around, any: true });
// @ts-expect-error no such option
void client.geosearch('g', { ...around, WITHDIST: true });
// @ts-expect-error the members are stored, not given
void client.geosearchstore('d', 'g', { ...around, withdist: true });

const storedCount = reply(exact.geosearchstore('d', 'g', { ...around, storedist: true }));
eq<typeof storedCount, bigint>(true);

// ---- georadius and its relatives
const near = reply(bytes.georadius('g', 1, 2, 3, 'km'));
eq<typeof near, Buffer[]>(true);
const nearFar = reply(client.georadius('g', 1, 2, 3, 'km', { withdist: true, count: 1 }));
eq<typeof nearFar, Pick<GeoMatch<string, number>, 'member' | 'distance'>[]>(true);
const stored = reply(exact.georadius('g', 1, 2, 3, 'km', { store: 'd' }));
eq<typeof stored, bigint>(true);
const storedByMember = reply(client.georadiusbymember('g', 'a', 3, 'km', { storedist: 'd', order: 'asc' }));
eq<typeof storedByMember, number>(true);
declare const radiusOptions: GeoradiusOptions | GeoradiusStoreOptions | undefined;
const someRadius = reply(client.georadiusbymember('g', 'a', 3, 'km', radiusOptions));
eq<typeof someRadius, GeoFound<string, number, boolean, boolean, boolean>[] | number>(true);
const readOnly = reply(bytes.georadius_ro('g', 1, 2, 3, 'km', { withcoord: true }));
eq<(typeof readOnly)[number]['member'], Buffer>(true);
const readOnlyByMember = reply(client.georadiusbymember_ro('g', 'a', 3, 'km'));
eq<typeof readOnlyByMember, string[]>(true);
// @ts-expect-error two places to store
void client.georadius('g', 1, 2, 3, 'km', { store: 'd', storedist: 'e' });
// @ts-expect-error stored and given
void client.georadius('g', 1, 2, 3, 'km', { store: 'd', withdist: true });
// @ts-expect-error only reads
void client.georadius_ro('g', 1, 2, 3, 'km', { store: 'd' });
// @ts-expect-error no such unit
void client.georadius('g', 1, 2, 3, 'miles');
