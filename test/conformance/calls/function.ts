import { given, type Readers } from '../words.ts';

export const functions: Readers = {
  FCALL: (words) => ['fcall', words.next(), words.counted(), words.take()],
  FCALL_RO: (words) => ['fcall_ro', words.next(), words.counted(), words.take()],
  'FUNCTION DELETE': (words) => ['functionDelete', words.next()],
  'FUNCTION DUMP': () => ['functionDump'],
  'FUNCTION FLUSH': (words) => ['functionFlush', ...given({ mode: words.oneOf('ASYNC', 'SYNC') })],
  'FUNCTION HELP': () => ['functionHelp'],
  'FUNCTION KILL': () => ['functionKill'],
  'FUNCTION LIST': (words) => ['functionList', ...given(words.options({ LIBRARYNAME: 1, WITHCODE: 0 }))],
  'FUNCTION LOAD': (words) => {
    const options = words.options({ REPLACE: 0 });
    return ['functionLoad', words.next(), ...given(options)];
  },
  'FUNCTION RESTORE': (words) => [
    'functionRestore',
    words.next(),
    ...given({ policy: words.oneOf('FLUSH', 'APPEND', 'REPLACE') }),
  ],
  'FUNCTION STATS': () => ['functionStats'],
};
