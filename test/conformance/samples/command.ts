import type { Samples } from './samples.ts';

export const command: Samples = {
  command: [[]],
  commandCount: [[]],
  commandDocs: [[['get', 'config|get']], ['set'], []],
  commandGetkeys: [[['MSET', 'a', 1, Buffer.from('b'), 2n]]],
  commandGetkeysandflags: [[['LMOVE', 'a', 'b', 'left', 'right']]],
  commandHelp: [[]],
  commandInfo: [[['get', 'nonsense']], ['set'], []],
  commandList: [
    [{ filterby: { module: 'json' } }],
    [{ filterby: { aclcat: 'read' } }],
    [{ filterby: { pattern: 'xread*' } }],
    [{}],
    [],
  ],
};
