import type { Readers } from '../words.ts';

export const config: Readers = {
  'CONFIG GET': (words) => ['configGet', words.take()],
  'CONFIG HELP': () => ['configHelp'],
  'CONFIG RESETSTAT': () => ['configResetstat'],
  'CONFIG REWRITE': () => ['configRewrite'],
  'CONFIG SET': (words) => ['configSet', words.pairs()],
};
