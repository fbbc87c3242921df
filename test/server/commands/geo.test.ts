import assert from 'node:assert/strict';
import { ResponseError } from '../../../src/errors.ts';
import { type Way, everyWay, refuses, sorted } from './harness.ts';

const PALERMO = { longitude: 13.361389, latitude: 38.115556 };
const CATANIA = { longitude: 15.087269, latitude: 37.502669 };
const CITIES = { Palermo: PALERMO, Catania: CATANIA };
/** As the server gives them: its 52 bits are a little beside what was added. */
const STORED = {
  Palermo: { longitude: 13.361389338970184, latitude: 38.1155563954963 },
  Catania: { longitude: 15.087267458438873, latitude: 37.50266842333162 },
};
const HASHES = { Palermo: 3479099956230698, Catania: 3479447370796909 };

const MIDDLE = { longitude: 15, latitude: 37 };
const AROUND = { from: MIDDLE, by: { radius: 200, unit: 'km' } } as const;
const BOX = { from: MIDDLE, by: { width: 400, height: '400', unit: 'km' } } as const;
const TRIANGLE = {
  by: {
    polygon: [
      { longitude: 12, latitude: 36 },
      { longitude: 14, latitude: '36' },
      { longitude: 13.5, latitude: 39 },
    ],
  },
} as const;

/** What the server gives of Palermo and Catania, seen from `MIDDLE`, in kilometres. */
function found({ text, int }: Way) {
  const city = (name: keyof typeof CITIES, distance: number) => ({
    member: text(name),
    distance,
    hash: int(HASHES[name]),
    coordinates: STORED[name],
  });
  return { palermo: city('Palermo', 190.4424), catania: city('Catania', 56.4413) };
}

await everyWay('geo', {
  geoadd: async ({ client, int, ints }) => {
    assert.deepEqual(await client.geoadd('g', CITIES), int(2));
    assert.deepEqual(await client.geoadd('g', CITIES), int(0));
    const moved = { longitude: '14', latitude: '38' };
    assert.deepEqual(await client.geoadd('g', { Palermo: moved }, { condition: 'nx', ch: true }), int(0));
    assert.deepEqual(await client.geoadd('g', { Palermo: moved }, { condition: 'xx', ch: true }), int(1));
    assert.deepEqual(
      await client.geoadd('g', { Rome: { longitude: 12.5, latitude: 41.9 } }, { condition: 'xx' }),
      int(0),
    );
    assert.deepEqual(
      [
        await client.geoadd('g', [
          ['a', PALERMO],
          [Buffer.of(0xff, 0), MIDDLE],
        ]),
        await client.geoadd('g', new Map([[7n, PALERMO]])),
        await client.geoadd('g', [{ member: '', longitude: 0, latitude: -0 }]),
      ],
      ints(2, 1, 1),
    );
    const bytes = client.withOptions({ encoding: 'buffer' });
    const area = { from: { member: Buffer.of(0xff, 0) }, by: { radius: 0, unit: 'm' } } as const;
    assert.deepEqual(await bytes.geosearch('g', area), [Buffer.of(0xff, 0)]);
    await assert.rejects(client.geoadd('g', { far: { longitude: 200, latitude: 0 } }), ResponseError);
  },

  'geoadd refuses what is no place': async ({ client }) => {
    for (const nothing of [{}, [], new Map()]) {
      refuses(() => client.geoadd('g', nothing), /GEOADD needs at least one member/);
    }
    for (const wrong of [null, 'a', 1, Buffer.from('a')]) {
      refuses(() => client.geoadd('g', wrong as never), /needs an object, pairs, a Map or a list/);
      refuses(() => client.geoadd('g', { a: wrong } as never), /needs a place/);
      refuses(() => client.geoadd('g', [wrong] as never), /needs pairs of a member and its place/);
    }
    refuses(() => client.geoadd('g', [['a', 1, 2]] as never), /needs pairs of a member and its place/);
    refuses(() => client.geoadd('g', { a: { longitude: 1 } } as never), /argument 3 is undefined/);
    refuses(() => client.geoadd('g', { a: { longitude: 1, latitude: NaN } }), /argument 3 is NaN/);
    refuses(() => client.geoadd('g', [{ longitude: 1, latitude: 1 }] as never), /argument 4 is undefined/);
  },

  geodist: async ({ client }) => {
    await client.geoadd('g', CITIES);
    assert.equal(await client.geodist('g', 'Palermo', 'Catania'), 166274.1516);
    assert.equal(await client.geodist('g', 'Palermo', 'Catania', { unit: 'm' }), 166274.1516);
    assert.equal(await client.geodist('g', 'Palermo', 'Catania', { unit: 'km' }), 166.2742);
    assert.equal(await client.geodist('g', 'Palermo', 'Catania', { unit: 'mi' }), 103.3182);
    assert.equal(await client.geodist('g', 'Palermo', 'Catania', { unit: 'ft' }), 545518.87);
    assert.equal(await client.geodist('g', 'Palermo', 'Atlantis'), null);
    assert.equal(await client.geodist('nothing', 'Palermo', 'Catania'), null);
  },

  'geohash and geopos': async ({ client }) => {
    await client.geoadd('g', CITIES);
    assert.deepEqual(await client.geohash('g', 'Palermo'), ['sqc8b49rny0']);
    assert.deepEqual(await client.geohash('g', ['Catania', 'Atlantis']), ['sqdtr74hyu0', null]);
    assert.deepEqual(await client.geohash('g', []), []);
    assert.deepEqual(await client.geohash('nothing', ['a', 'b']), [null, null]);
    assert.deepEqual(await client.geopos('g', 'Palermo'), [STORED.Palermo]);
    assert.deepEqual(await client.geopos('g', ['Catania', 'Atlantis', 'Palermo']), [
      STORED.Catania,
      null,
      STORED.Palermo,
    ]);
    assert.deepEqual(await client.geopos('nothing', ['a']), [null]);
    assert.deepEqual(await client.geopos('g', []), []);
  },

  'geosearch: what is given of a member': async (way) => {
    const { client, texts } = way;
    await client.geoadd('g', CITIES);
    const { palermo, catania } = found(way);
    const pick = (...fields: (keyof typeof palermo)[]) =>
      [catania, palermo].map((city) =>
        Object.fromEntries(['member' as const, ...fields].map((name) => [name, city[name]])),
      );
    const area = { ...AROUND, order: 'asc' } as const;
    assert.deepEqual(await client.geosearch('g', area), texts('Catania', 'Palermo'));
    assert.deepEqual(await client.geosearch('g', { ...area, withdist: false }), texts('Catania', 'Palermo'));
    assert.deepEqual(await client.geosearch('g', { ...area, withdist: true }), pick('distance'));
    assert.deepEqual(await client.geosearch('g', { ...area, withhash: true }), pick('hash'));
    assert.deepEqual(await client.geosearch('g', { ...area, withcoord: true }), pick('coordinates'));
    assert.deepEqual(
      await client.geosearch('g', { ...area, withdist: true, withcoord: true }),
      pick('distance', 'coordinates'),
    );
    assert.deepEqual(
      await client.geosearch('g', { ...area, withdist: true, withhash: true }),
      pick('distance', 'hash'),
    );
    assert.deepEqual(
      await client.geosearch('g', { ...area, withhash: true, withcoord: true }),
      pick('hash', 'coordinates'),
    );
    assert.deepEqual(await client.geosearch('g', { ...area, withdist: true, withhash: true, withcoord: true }), [
      catania,
      palermo,
    ]);
    assert.deepEqual(await client.geosearch('nothing', { ...area, withdist: true }), []);
  },

  'geosearch: areas': async ({ client, since, text, texts }) => {
    await client.geoadd('g', CITIES);
    const search = async (options: Parameters<typeof client.geosearch>[1]) =>
      sorted(await client.geosearch('g', options));
    assert.deepEqual(await search(AROUND), texts('Catania', 'Palermo'));
    assert.deepEqual(await search(BOX), texts('Catania', 'Palermo'));
    assert.deepEqual(await search({ from: { member: 'Palermo' }, by: { radius: '1', unit: 'mi' } }), texts('Palermo'));
    assert.deepEqual(await search({ from: MIDDLE, by: { radius: 300_000, unit: 'ft' } }), texts('Catania'));
    assert.deepEqual(await client.geosearch('g', { ...BOX, order: 'desc', count: 1n }), texts('Palermo'));
    assert.deepEqual(await client.geosearch('g', { ...BOX, order: 'asc', count: 1 }), texts('Catania'));
    assert.equal((await client.geosearch('g', { ...BOX, count: 1, any: true })).length, 1);
    await since('9.0', async () => {
      assert.deepEqual(await client.geosearch('g', TRIANGLE), texts('Palermo'));
      const [match, ...others] = await client.geosearch('g', { ...TRIANGLE, withdist: true, withcoord: true });
      assert.deepEqual(others, []);
      assert.deepEqual(match, { member: text('Palermo'), distance: match?.distance, coordinates: STORED.Palermo });
      assert.equal(Math.round(match.distance / 1000), 125);
      await assert.rejects(client.geosearch('g', { by: { polygon: [PALERMO, CATANIA] } }), ResponseError);
    });
    await assert.rejects(client.geosearch('g', { ...AROUND, from: { member: 'Atlantis' } }), ResponseError);
    await assert.rejects(client.geosearch('g', { ...AROUND, count: 0 }), ResponseError);
  },

  'geosearch refuses what is no area': async ({ client }) => {
    const search = (options: unknown) => () => client.geosearch('g', options as never);
    refuses(search(undefined), /needs an area/);
    refuses(search({ from: MIDDLE }), /needs an area/);
    refuses(search({ from: MIDDLE, by: null }), /needs an area/);
    refuses(search({ from: MIDDLE, by: {} }), /takes one area/);
    refuses(search({ from: MIDDLE, by: { radius: 1, width: 1, height: 1, unit: 'm' } }), /takes one area/);
    refuses(search({ by: AROUND.by }), /needs from: a member/);
    refuses(search({ from: 'Palermo', by: AROUND.by }), /needs from: a member/);
    refuses(search({ from: { member: 'a', ...MIDDLE }, by: AROUND.by }), /only a member, or a longitude/);
    refuses(search({ from: {}, by: AROUND.by }), /argument 3 is undefined/);
    refuses(search({ from: MIDDLE, by: { radius: 1 } }), /argument 7 is undefined/);
    refuses(search({ from: MIDDLE, by: { width: 1, unit: 'm' } }), /argument 7 is undefined/);
    refuses(search({ from: MIDDLE, ...TRIANGLE }), /takes a polygon alone/);
    refuses(search({ by: { ...TRIANGLE.by, unit: 'm' } }), /takes a polygon alone/);
    refuses(search({ by: { polygon: 'abc' } }), /needs a list of points/);
    refuses(search({ by: { polygon: [null] } }), /needs a place/);
    refuses(search({ ...AROUND, any: true }), /GEOSEARCH takes any only with count/);
    refuses(search({ ...AROUND, count: null }), /argument \d+ is null/);
    refuses(() => client.geosearchstore('d', 'g', null as never), /GEOSEARCHSTORE needs an area/);
  },

  geosearchstore: async ({ client, int, since, text, texts }) => {
    await client.geoadd('g', CITIES);
    assert.deepEqual(await client.geosearchstore('d', 'g', AROUND), int(2));
    assert.deepEqual(await client.geopos('d', 'Palermo'), [STORED.Palermo]);
    assert.deepEqual(
      await client.geosearchstore('d', 'g', { ...BOX, count: 1, order: 'asc', storedist: true }),
      int(1),
    );
    assert.deepEqual(await client.executeCommand('ZRANGE', 'd', 0, -1), texts('Catania'));
    assert.match(String(await client.executeCommand('ZSCORE', 'd', 'Catania')), /^56\.44/);
    assert.deepEqual(await client.geosearchstore('d', 'g', { ...BOX, count: 1, any: true }), int(1));
    await since('9.0', async () => {
      assert.deepEqual(await client.geosearchstore('d', 'g', TRIANGLE), int(1));
      assert.deepEqual(await client.geosearch('d', TRIANGLE), [text('Palermo')]);
    });
    assert.deepEqual(await client.geosearchstore('d', 'nothing', AROUND), int(0));
    assert.equal(await client.type('d'), 'none');
  },

  'georadius and georadius_ro': async (way) => {
    const { client, int, texts } = way;
    await client.geoadd('g', CITIES);
    const { palermo, catania } = found(way);
    const all = { withcoord: true, withdist: true, withhash: true, order: 'asc' } as const;
    for (const method of ['georadius', 'georadius_ro'] as const) {
      assert.deepEqual(sorted(await client[method]('g', 15, '37', 200, 'km')), texts('Catania', 'Palermo'));
      assert.deepEqual(await client[method]('g', 15, 37, '200', 'km', all), [catania, palermo]);
      assert.deepEqual(await client[method]('g', 15, 37, 200, 'km', { order: 'desc', count: 1 }), texts('Palermo'));
      assert.equal((await client[method]('g', 15, 37, 200, 'km', { count: 1, any: true })).length, 1);
      assert.deepEqual(await client[method]('nothing', 15, 37, 200, 'm'), []);
      refuses(() => client[method]('g', 15, 37, 200, 'km', { any: true } as never), /takes any only with count/);
    }
    assert.deepEqual(await client.georadius('g', 15, 37, 200, 'km', { store: 'd' }), int(2));
    assert.deepEqual(await client.geopos('d', 'Catania'), [STORED.Catania]);
    assert.deepEqual(await client.georadius('g', 15, 37, 200, 'km', { storedist: 'd', count: 1 }), int(1));
    assert.match(String(await client.executeCommand('ZSCORE', 'd', 'Catania')), /^56\.44/);
    const both = { store: 'a', storedist: 'b' } as never;
    refuses(() => client.georadius('g', 15, 37, 200, 'km', both), /GEORADIUS takes only one of store and storedist/);
    for (const flag of ['withcoord', 'withdist', 'withhash']) {
      const options = { store: 'a', [flag]: true } as never;
      refuses(() => client.georadius('g', 15, 37, 200, 'km', options), /only without store and storedist/);
    }
  },

  'georadiusbymember and georadiusbymember_ro': async (way) => {
    const { client, int, text, texts } = way;
    await client.geoadd('g', CITIES);
    for (const method of ['georadiusbymember', 'georadiusbymember_ro'] as const) {
      assert.deepEqual(sorted(await client[method]('g', 'Palermo', 200, 'km')), texts('Catania', 'Palermo'));
      assert.deepEqual(await client[method]('g', 'Palermo', 200, 'km', { withdist: true, order: 'desc' }), [
        { member: text('Catania'), distance: 166.2742 },
        { member: text('Palermo'), distance: 0 },
      ]);
      assert.deepEqual(await client[method]('g', 'Palermo', 0, 'ft', { withhash: true, withcoord: true }), [
        { member: text('Palermo'), hash: int(HASHES.Palermo), coordinates: STORED.Palermo },
      ]);
      assert.deepEqual(await client[method]('g', 'Palermo', 200, 'km', { count: 1, order: 'asc' }), texts('Palermo'));
      assert.equal((await client[method]('g', 'Palermo', 200, 'mi', { count: 1, any: true })).length, 1);
      assert.deepEqual(await client[method]('nothing', 'Palermo', 200, 'km'), []);
      await assert.rejects(client[method]('g', 'Atlantis', 200, 'km'), ResponseError);
    }
    assert.deepEqual(await client.georadiusbymember('g', 'Palermo', 200, 'km', { storedist: 'd' }), int(2));
    assert.deepEqual(await client.georadiusbymember('g', 'Palermo', 1, 'km', { store: 'd', withdist: false }), int(1));
    assert.deepEqual(await client.geopos('d', ['Palermo', 'Catania']), [STORED.Palermo, null]);
  },
});
