import { given, joined, type Call, type Readers, type Words } from '../words.ts';

function point(words: Words): Record<string, unknown> {
  return { longitude: words.next(), latitude: words.next() };
}

function unit(words: Words): string {
  return words.literal('M', 'KM', 'FT', 'MI');
}

function points(count: number, words: Words): Record<string, unknown>[] {
  return Array.from({ length: count }, () => point(words));
}

const FOUND = { ASC: 0, DESC: 0, COUNT: 1, ANY: 0, WITHCOORD: 0, WITHDIST: 0, WITHHASH: 0 } as const;
const ORDER = { order: ['asc', 'desc'] };

/** Where to search, and what to give. */
function search(words: Words): Record<string, unknown> {
  const { frommember, fromlonlat, byradius, bybox, bypolygon, ...options } = words.options({
    ...FOUND,
    FROMMEMBER: (words) => ({ member: words.next() }),
    FROMLONLAT: point,
    BYRADIUS: (words) => ({ radius: words.next(), unit: unit(words) }),
    BYBOX: (words) => ({ width: words.next(), height: words.next(), unit: unit(words) }),
    BYPOLYGON: (words) => ({ polygon: points(Number(words.text()), words) }),
    STOREDIST: 0,
  });
  const by = byradius ?? bybox ?? bypolygon;
  const from = frommember ?? fromlonlat;
  return { by, ...(from === undefined ? {} : { from }), ...joined(options, ORDER) };
}

const around =
  (method: string, places: number) =>
  (words: Words): Call => {
    const options = { STORE: 1, STOREDIST: 1, ...FOUND } as const;
    return [method, ...words.take(places), unit(words), ...given(joined(words.options(options), ORDER))];
  };

export const geo: Readers = {
  GEOADD: (words) => {
    const key = words.next();
    const options = joined(words.options({ NX: 0, XX: 0, CH: 0 }), { condition: ['nx', 'xx'] });
    const members = Array.from({ length: words.left / 3 }, () => ({ ...point(words), member: words.next() }));
    return ['geoadd', key, members, ...given(options)];
  },
  GEODIST: (words) => ['geodist', ...words.take(3), ...given({ unit: words.oneOf('M', 'KM', 'FT', 'MI') })],
  GEOHASH: (words) => ['geohash', words.next(), words.take()],
  GEOPOS: (words) => ['geopos', words.next(), words.take()],
  GEORADIUS: around('georadius', 4),
  GEORADIUSBYMEMBER: around('georadiusbymember', 3),
  GEORADIUSBYMEMBER_RO: around('georadiusbymember_ro', 3),
  GEORADIUS_RO: around('georadius_ro', 4),
  GEOSEARCH: (words) => ['geosearch', words.next(), search(words)],
  GEOSEARCHSTORE: (words) => ['geosearchstore', ...words.take(2), search(words)],
};
