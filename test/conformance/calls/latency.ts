import { rest, type Readers } from '../words.ts';

export const latency: Readers = {
  'LATENCY DOCTOR': () => ['latencyDoctor'],
  'LATENCY GRAPH': (words) => ['latencyGraph', words.next()],
  'LATENCY HELP': () => ['latencyHelp'],
  'LATENCY HISTOGRAM': (words) => ['latencyHistogram', ...rest(words)],
  'LATENCY HISTORY': (words) => ['latencyHistory', words.next()],
  'LATENCY LATEST': () => ['latencyLatest'],
  'LATENCY RESET': (words) => ['latencyReset', ...rest(words)],
};
