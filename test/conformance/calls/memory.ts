import { given, type Readers } from '../words.ts';

export const memory: Readers = {
  'MEMORY DOCTOR': () => ['memoryDoctor'],
  'MEMORY HELP': () => ['memoryHelp'],
  'MEMORY MALLOC-STATS': () => ['memoryMallocStats'],
  'MEMORY PURGE': () => ['memoryPurge'],
  'MEMORY STATS': () => ['memoryStats'],
  'MEMORY USAGE': (words) => ['memoryUsage', words.next(), ...given(words.options({ SAMPLES: 1 }))],
};
