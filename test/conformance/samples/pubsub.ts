import type { Samples } from './samples.ts';

export const pubsub: Samples = {
  publish: [['news', 'it rains']],
  pubsubChannels: [['n*'], []],
  pubsubHelp: [[]],
  pubsubNumpat: [[]],
  pubsubNumsub: [[['news', Buffer.of(255)]], ['news']],
  pubsubShardchannels: [['o*'], []],
  pubsubShardnumsub: [[['orders', Buffer.of(255)]], ['orders']],
  spublish: [['orders', Buffer.of(1, 2)]],
};
