import type { Samples } from './samples.ts';

const PALERMO = { longitude: 13.361389, latitude: '38.115556' };
const CATANIA = { longitude: 15.087269, latitude: 37.502669 };
const CIRCLE = { from: { longitude: 15, latitude: '37' }, by: { radius: 200, unit: 'km' } };
const BOX = { from: { member: 'Palermo' }, by: { width: 400, height: 300, unit: 'ft' } };
const POLYGON = { by: { polygon: [PALERMO, CATANIA, { longitude: 12, latitude: 36 }] } };
const FIELDS = { withcoord: true, withdist: true, withhash: true };

export const geo: Samples = {
  geoadd: [
    ['g', { Palermo: PALERMO, Catania: CATANIA }, { condition: 'nx', ch: true }],
    ['g', [['Palermo', PALERMO]], { condition: 'xx' }],
    ['g', [{ member: 'Catania', ...CATANIA }]],
    ['g', new Map([['Palermo', PALERMO]])],
  ],
  geodist: [
    ['g', 'a', 'b', { unit: 'm' }],
    ['g', 'a', 'b', { unit: 'km' }],
    ['g', 'a', 'b', { unit: 'ft' }],
    ['g', 'a', 'b', { unit: 'mi' }],
    ['g', 'a', 'b'],
  ],
  geohash: [
    ['g', ['a', 'b']],
    ['g', 'a'],
  ],
  geopos: [
    ['g', ['a', 'b']],
    ['g', 'a'],
  ],
  georadius: [
    ['g', 15, '37', 200, 'km', { ...FIELDS, count: 3, any: true, order: 'asc' }],
    ['g', 15, 37, '200', 'm', { store: 'd', count: 1, order: 'desc' }],
    ['g', 15, 37, 200, 'ft', { storedist: 'd' }],
    ['g', 15, 37, 200, 'mi'],
  ],
  georadius_ro: [
    ['g', 15, '37', 200, 'km', { ...FIELDS, count: 3, any: true, order: 'asc' }],
    ['g', 15, 37, '200', 'm', { order: 'desc' }],
    ['g', 15, 37, 200, 'ft'],
    ['g', 15, 37, 200, 'mi'],
  ],
  georadiusbymember: [
    ['g', 'Palermo', 200, 'km', { ...FIELDS, count: 3, any: true, order: 'asc' }],
    ['g', 'Palermo', '200', 'm', { store: 'd', count: 1, order: 'desc' }],
    ['g', 'Palermo', 200, 'ft', { storedist: 'd' }],
    ['g', 'Palermo', 200, 'mi'],
  ],
  georadiusbymember_ro: [
    ['g', 'Palermo', 200, 'km', { ...FIELDS, count: 3, any: true, order: 'asc' }],
    ['g', 'Palermo', '200', 'm', { order: 'desc' }],
    ['g', 'Palermo', 200, 'ft'],
    ['g', 'Palermo', 200, 'mi'],
  ],
  geosearch: [
    ['g', { ...CIRCLE, ...FIELDS, count: 3, any: true, order: 'asc' }],
    ['g', { ...BOX, order: 'desc', count: 3 }],
    ['g', { from: { member: 'Palermo' }, by: { radius: 1, unit: 'm' } }],
    ['g', { from: CATANIA, by: { width: 1, height: 1, unit: 'mi' } }],
    ['g', POLYGON],
  ],
  geosearchstore: [
    ['d', 'g', { ...CIRCLE, count: 3, any: true, order: 'asc', storedist: true }],
    ['d', 'g', { ...BOX, order: 'desc', count: 3 }],
    ['d', 'g', { from: { member: 'Palermo' }, by: { radius: 1, unit: 'm' } }],
    ['d', 'g', { from: CATANIA, by: { width: 1, height: 1, unit: 'mi' } }],
    ['d', 'g', POLYGON],
  ],
};
