import { given, rest, type Call, type Readers, type Words } from '../words.ts';

const flush =
  (method: string) =>
  (words: Words): Call => [method, ...given({ mode: words.oneOf('ASYNC', 'SYNC') })];

export const server: Readers = {
  BGREWRITEAOF: () => ['bgrewriteaof'],
  BGSAVE: (words) => ['bgsave', ...given(words.options({ SCHEDULE: 0, CANCEL: 0 }))],
  DBSIZE: () => ['dbsize'],
  DEBUG: (words) => ['debug', words.next(), words.take()],
  FLUSHALL: flush('flushall'),
  FLUSHDB: flush('flushdb'),
  INFO: (words) => ['info', ...rest(words)],
  LASTSAVE: () => ['lastsave'],
  LOLWUT: (words) => {
    const { version } = words.options({ VERSION: 1 });
    return ['lolwut', ...given({ version, parameters: rest(words)[0] })];
  },
  SAVE: () => ['save'],
  SHUTDOWN: (words) => {
    const options = { SAVE: 0, NOSAVE: () => false, NOW: 0, FORCE: 0, SAFE: 0, FAILOVER: 0, ABORT: 0 } as const;
    const { nosave, ...flags } = words.options(options);
    return ['shutdown', ...given(nosave === undefined ? flags : { ...flags, save: nosave })];
  },
  SWAPDB: (words) => ['swapdb', ...words.take(2)],
  TIME: () => ['time'],
};
