import { given, rest, type Readers, type Word } from '../words.ts';

export const modules: Readers = {
  'MODULE HELP': () => ['moduleHelp'],
  'MODULE LIST': () => ['moduleList'],
  'MODULE LOAD': (words) => ['moduleLoad', words.next(), ...rest(words)],
  'MODULE LOADEX': (words) => {
    const path = words.next();
    const config: [Word, Word][] = [];
    const { args } = words.options({
      CONFIG: (words) => config.push([words.next(), words.next()]),
      ARGS: (words) => words.take(),
    });
    return ['moduleLoadex', path, ...given({ config: config.length === 0 ? undefined : config, args })];
  },
  'MODULE UNLOAD': (words) => ['moduleUnload', words.next()],
};
