import type { Samples } from './samples.ts';

export const memory: Samples = {
  memoryDoctor: [[]],
  memoryHelp: [[]],
  memoryMallocStats: [[]],
  memoryPurge: [[]],
  memoryStats: [[]],
  memoryUsage: [['k', { samples: 5 }], [Buffer.from('k')]],
};
