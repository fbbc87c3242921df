import type { Samples } from './samples.ts';

const SHA1 = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';

export const scripting: Samples = {
  eval: [['return KEYS', ['a', Buffer.from('b')], ['x', 1, 2n, Buffer.of(255)]], ['return 1', 'a', 7], ['return 1']],
  eval_ro: [['return KEYS', ['a', 'b'], ['x', 1]], ['return 1', 'a', 'x'], ['return 1']],
  evalsha: [[SHA1, ['a', 'b'], ['x', 1]], [SHA1, 'a', 'x'], [SHA1]],
  evalsha_ro: [[SHA1, ['a', 'b'], ['x', 1]], [SHA1, 'a', 'x'], [SHA1]],
  scriptDebug: [['yes'], ['sync'], ['no', 'lua']],
  scriptExists: [[[SHA1, 'f'.repeat(40)]], [SHA1]],
  scriptFlush: [[{ mode: 'async' }], [{ mode: 'sync' }], []],
  scriptHelp: [[]],
  scriptKill: [[]],
  scriptLoad: [['return 1'], [Buffer.from('return 1')]],
  scriptShow: [[SHA1]],
};
