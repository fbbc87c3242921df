import type { Readers } from '../words.ts';

export const pubsub: Readers = {
  PUBLISH: (words) => ['publish', ...words.take(2)],
  'PUBSUB CHANNELS': (words) => ['pubsubChannels', ...words.take()],
  'PUBSUB HELP': () => ['pubsubHelp'],
  'PUBSUB NUMPAT': () => ['pubsubNumpat'],
  'PUBSUB NUMSUB': (words) => ['pubsubNumsub', words.take()],
  'PUBSUB SHARDCHANNELS': (words) => ['pubsubShardchannels', ...words.take()],
  'PUBSUB SHARDNUMSUB': (words) => ['pubsubShardnumsub', words.take()],
  SPUBLISH: (words) => ['spublish', ...words.take(2)],
};
