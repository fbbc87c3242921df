import type { Samples } from './samples.ts';

export const tDigest: Samples = {
  'tdigest.add': [
    ['digest', 1.5],
    ['digest', [1.5, 27]],
  ],
  'tdigest.byrank': [
    ['digest', 12],
    ['digest', [12, 27]],
  ],
  'tdigest.byrevrank': [
    ['digest', 12],
    ['digest', [12, 27]],
  ],
  'tdigest.cdf': [
    ['digest', 1.5],
    ['digest', [1.5, 27]],
  ],
  'tdigest.create': [['digest'], ['digest', { compression: 200 }]],
  'tdigest.info': [['digest']],
  'tdigest.max': [['digest']],
  'tdigest.merge': [
    ['sum', 'digest'],
    ['sum', ['digest', 'other'], { compression: 200, override: true }],
  ],
  'tdigest.min': [['digest']],
  'tdigest.quantile': [
    ['digest', 0.5],
    ['digest', [0.5, 0.99]],
  ],
  'tdigest.rank': [
    ['digest', 1.5],
    ['digest', [1.5, 27]],
  ],
  'tdigest.reset': [['digest']],
  'tdigest.revrank': [
    ['digest', 1.5],
    ['digest', [1.5, 27]],
  ],
  'tdigest.trimmedMean': [['digest', 0.1, 0.9]],
};
