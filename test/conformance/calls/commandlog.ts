import type { Readers, Words } from '../words.ts';

function type(words: Words): string {
  return words.literal('SLOW', 'LARGE-REQUEST', 'LARGE-REPLY');
}

export const commandlog: Readers = {
  'COMMANDLOG GET': (words) => ['commandlogGet', words.next(), type(words)],
  'COMMANDLOG HELP': () => ['commandlogHelp'],
  'COMMANDLOG LEN': (words) => ['commandlogLen', type(words)],
  'COMMANDLOG RESET': (words) => ['commandlogReset', type(words)],
  'SLOWLOG GET': (words) => ['slowlogGet', ...words.take()],
  'SLOWLOG HELP': () => ['slowlogHelp'],
  'SLOWLOG LEN': () => ['slowlogLen'],
  'SLOWLOG RESET': () => ['slowlogReset'],
};
