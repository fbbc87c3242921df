import type { Samples } from './samples.ts';

export const latency: Samples = {
  latencyDoctor: [[]],
  latencyGraph: [['command']],
  latencyHelp: [[]],
  latencyHistogram: [[['set', 'config|get']], ['set'], []],
  latencyHistory: [['command']],
  latencyLatest: [[]],
  latencyReset: [[['command', 'fork']], ['command'], []],
};
