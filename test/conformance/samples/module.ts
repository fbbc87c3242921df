import type { Samples } from './samples.ts';

export const module: Samples = {
  moduleHelp: [[]],
  moduleList: [[]],
  moduleLoad: [['/usr/lib/counter.so', ['verbose', 1]], ['/usr/lib/counter.so', 'verbose'], ['/usr/lib/counter.so']],
  moduleLoadex: [
    ['/usr/lib/counter.so', { config: { 'counter.start': 1, 'counter.step': 'x' }, args: ['verbose', 2n] }],
    ['/usr/lib/counter.so', { config: [['counter.start', 1]], args: 'verbose' }],
    ['/usr/lib/counter.so'],
  ],
  moduleUnload: [['counter']],
};
