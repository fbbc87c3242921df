import type { Samples } from './samples.ts';

const bytes = Buffer.from([1, 0, 0xff]);

export const cuckoo: Samples = {
  'cf.add': [['cuckoo', 'a']],
  'cf.addnx': [['cuckoo', 'a']],
  'cf.count': [['cuckoo', 'a']],
  'cf.del': [['cuckoo', 'a']],
  'cf.exists': [['cuckoo', 'a']],
  'cf.info': [['cuckoo']],
  'cf.insert': [
    ['cuckoo', 'a'],
    ['cuckoo', ['a', 'b'], { capacity: 100, bucketsize: 4, maxiterations: 20, nocreate: true }],
  ],
  'cf.insertnx': [
    ['cuckoo', 'a'],
    ['cuckoo', ['a', 'b'], { capacity: 100, bucketsize: 4, maxiterations: 20, nocreate: true }],
  ],
  'cf.load': [['cuckoo', bytes]],
  'cf.loadchunk': [['cuckoo', 17, bytes]],
  'cf.mexists': [
    ['cuckoo', 'a'],
    ['cuckoo', ['a', 'b']],
  ],
  'cf.reserve': [
    ['cuckoo', 100],
    ['cuckoo', 100, { bucketsize: 4, maxiterations: 20, expansion: 2 }],
  ],
  'cf.scandump': [['cuckoo', 17]],
};
