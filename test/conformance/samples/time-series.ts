import type { Samples } from './samples.ts';

const time = new Date('2026-11-22');
const ignore = { maxTimeDiff: 500, maxValDiff: 0.25 };
const labels = { room: 'kitchen', floor: 14 };
const kept = { retention: 86400000, chunkSize: 4096, duplicatePolicy: 'last', ignore, labels };
const made = { ...kept, encoding: 'uncompressed' };
const incremented = { ...made, timestamp: time, uncompressed: true };
const selected = {
  latest: true,
  filterByTs: [1000, time],
  filterByValue: { min: 20, max: 30 },
  count: 100,
  align: '-',
};
const aggregation = { type: 'avg', bucketDuration: 60000, buckettimestamp: 'mid', empty: true };
const groupby = { label: 'floor', reduce: 'max' };

/** Every aggregator and duplicate policy is sent as it is: one stands for all. */
export const timeSeries: Samples = {
  'ts.add': [
    ['series', '*', 21.5],
    ['series', time, 21.5, { ...made, onDuplicate: 'block' }],
    ['series', 1000, 21.5, { encoding: 'compressed', labels: new Map([['room', 'bath']]) }],
  ],
  'ts.alter': [['series'], ['series', kept], ['series', { labels: {} }]],
  'ts.create': [['series'], ['series', made]],
  'ts.createrule': [
    ['series', 'hourly', 'avg', 3600000],
    ['series', 'hourly', 'avg', 3600000, time],
  ],
  'ts.decrby': [
    ['series', 1.5],
    ['series', 1.5, incremented],
  ],
  'ts.del': [
    ['series', '-', '+'],
    ['series', 1000, time],
  ],
  'ts.deleterule': [['series', 'hourly']],
  'ts.get': [['series'], ['series', { latest: true }]],
  'ts.incrby': [
    ['series', 1.5],
    ['series', 1.5, incremented],
  ],
  'ts.info': [['series'], ['series', { debug: true }]],
  'ts.madd': [
    [
      [
        ['series', '*', 21.5],
        ['other', time, 19],
      ],
    ],
  ],
  'ts.mget': [
    ['room=kitchen'],
    [['room=kitchen', 'floor!=2'], { latest: true, withlabels: true }],
    ['room=kitchen', { selectedLabels: ['room', 'floor'] }],
  ],
  'ts.mrange': [
    ['-', '+', 'room=kitchen'],
    [
      1000,
      time,
      ['room=kitchen', 'floor!=2'],
      { ...selected, aggregation, withlabels: true, excludeempty: true, groupby },
    ],
    [
      '-',
      '+',
      'room=kitchen',
      { aggregation: { type: ['min', 'max'], bucketDuration: 60000 }, selectedLabels: 'room' },
    ],
  ],
  'ts.mrevrange': [
    ['-', '+', 'room=kitchen'],
    [
      1000,
      time,
      ['room=kitchen', 'floor!=2'],
      { ...selected, aggregation, withlabels: true, excludeempty: true, groupby },
    ],
    [
      '-',
      '+',
      'room=kitchen',
      { aggregation: { type: ['min', 'max'], bucketDuration: 60000 }, selectedLabels: 'room' },
    ],
  ],
  'ts.nrange': [
    [['a', 'b'], '-', '+'],
    [['a', 'b'], 1000, time, { ...selected, aggregation: { ...aggregation, type: ['avg', ['min', 'max']] } }],
  ],
  'ts.nrevrange': [
    [['a', 'b'], '-', '+'],
    [['a', 'b'], 1000, time, { ...selected, aggregation: { ...aggregation, type: ['avg', ['min', 'max']] } }],
  ],
  'ts.queryindex': [['room=kitchen'], [['room=kitchen', 'floor!=2']]],
  'ts.querylabels': [[], ['room=kitchen'], [['room=kitchen', 'floor!=2']]],
  'ts.querylabelsValues': [['room'], ['room', 'floor=1'], ['room', ['floor=1', 'floor!=2']]],
  'ts.range': [
    ['series', '-', '+'],
    ['series', 1000, time, { ...selected, aggregation }],
    ['series', '-', '+', { aggregation: { type: ['min', 'max'], bucketDuration: 60000 } }],
  ],
  'ts.read': [
    ['series', '$'],
    ['series', time, { block: 500, minCount: 20, maxCount: 100, condition: ['>=', 21.5] }],
  ],
  'ts.revrange': [
    ['series', '-', '+'],
    ['series', 1000, time, { ...selected, aggregation }],
    ['series', '-', '+', { aggregation: { type: ['min', 'max'], bucketDuration: 60000 } }],
  ],
};
