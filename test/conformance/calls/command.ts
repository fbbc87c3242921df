import { given, rest, type Readers, type Words } from '../words.ts';

/** `FILTERBY PATTERN a*` */
function filter(words: Words): Record<string, unknown> {
  return { [words.literal('MODULE', 'ACLCAT', 'PATTERN')]: words.next() };
}

export const command: Readers = {
  COMMAND: () => ['command'],
  'COMMAND COUNT': () => ['commandCount'],
  'COMMAND DOCS': (words) => ['commandDocs', ...rest(words)],
  'COMMAND GETKEYS': (words) => ['commandGetkeys', words.take()],
  'COMMAND GETKEYSANDFLAGS': (words) => ['commandGetkeysandflags', words.take()],
  'COMMAND HELP': () => ['commandHelp'],
  'COMMAND INFO': (words) => ['commandInfo', ...rest(words)],
  'COMMAND LIST': (words) => ['commandList', ...given(words.options({ FILTERBY: filter }))],
};
