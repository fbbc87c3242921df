import { given, type Call, type Readers, type Words } from '../words.ts';

/** What is run, its keys and its arguments. */
const run =
  (method: string) =>
  (words: Words): Call => [method, words.next(), words.counted(), words.take()];

export const scripting: Readers = {
  EVAL: run('eval'),
  EVALSHA: run('evalsha'),
  EVALSHA_RO: run('evalsha_ro'),
  EVAL_RO: run('eval_ro'),
  'SCRIPT DEBUG': (words) => ['scriptDebug', words.literal('YES', 'SYNC', 'NO'), ...words.take()],
  'SCRIPT EXISTS': (words) => ['scriptExists', words.take()],
  'SCRIPT FLUSH': (words) => ['scriptFlush', ...given({ mode: words.oneOf('ASYNC', 'SYNC') })],
  'SCRIPT HELP': () => ['scriptHelp'],
  'SCRIPT KILL': () => ['scriptKill'],
  'SCRIPT LOAD': (words) => ['scriptLoad', words.next()],
  'SCRIPT SHOW': (words) => ['scriptShow', words.next()],
};
