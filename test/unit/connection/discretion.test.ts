import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { discreet } from '../../../src/connection/discretion.ts';
import type { Argument } from '../../../src/protocol/encoder.ts';

type Case = readonly [message: string, name: string, args: readonly Argument[], shown: string];

const CASES: readonly Case[] = [
  // What repeats nothing stays.
  ['WRONGTYPE Operation against a key', 'GET', ['k'], 'WRONGTYPE Operation against a key'],
  [
    'ERR value is not an integer or out of range',
    'SET',
    ['key', 'value'],
    'ERR value is not an integer or out of range',
  ],
  [
    "ERR wrong number of arguments for 'get' command",
    'GET',
    ['get', 'x'],
    "ERR wrong number of arguments for 'get' command",
  ],
  ['NOPERM no permissions', 'SET', ['NOPERM', 'permissions'], 'NOPERM no permissions'],
  // Arguments in quotes, of whatever length and form.
  [
    "NOGROUP No such key 'k' or consumer group 'a group'",
    'XREADGROUP',
    ['GROUP', 'a group', 'me', 'STREAMS', 'k', '>'],
    "NOGROUP No such key '...' or consumer group '...'",
  ],
  ["ERR No such user '5'", 'CLIENT KILL', ['USER', 5], "ERR No such user '...'"],
  ["ERR No such user '5'", 'CLIENT KILL', ['USER', 5n], "ERR No such user '...'"],
  ['ERR no such "é b"', 'X', [Buffer.from('é b')], 'ERR no such "..."'],
  ["ERR it is 'a b'", 'X', ['a\nb'], "ERR it is '...'"],
  ["ERR Unknown category 'aaa'", 'ACL CAT', ['aaa'], "ERR Unknown category '...'"],
  [`ERR Unknown category '${'a'.repeat(128)}'`, 'ACL CAT', ['a'.repeat(500)], "ERR Unknown category '...'"],
  [`ERR Unknown category '${'a'.repeat(128)}'`, 'ACL CAT', [Buffer.alloc(500, 97)], "ERR Unknown category '...'"],
  ["ERR 'x' and 'x'", 'Y', ['x'], "ERR '...' and '...'"],
  ["ERR x 'x'", 'X Y', ['x', 'y'], "ERR x 'x'"],
  // Arguments that stand by themselves, unless they look like words of the error.
  ['ERR member m-1 does not exist', 'GEODIST', ['geo', 'm-1', 'm-2'], 'ERR member m-1 does not exist'],
  ['ERR member m-17 does not exist', 'GEODIST', ['geo', 'm-17', 'm-2'], 'ERR member ... does not exist'],
  ['ERR at xm-17 or m-17x', 'X', ['m-17'], 'ERR at xm-17 or m-17x'],
  ['ERR user_script:1: hunter2 script', 'EVAL', ['error()', 0, 'hunter2'], 'ERR user_script:1: ... script'],
  ['ERR Unknown option given: secret', 'X', ['secret'], 'ERR Unknown option given: ...'],
  ['ERR no secret', 'X', ['secret'], 'ERR no secret'],
  ['ERR -inf', 'X', ['', 'inf'], 'ERR -inf'],
  ['hunter2 it is', 'EVAL', ['hunter2'], '... it is'],
  // Pieces of arguments.
  ["ERR unknown command 'FOO', with args beginning with: 'a' 'b' ", 'FOO', ['a', 'b'], "ERR unknown command 'FOO'"],
  [
    "ERR Error in ACL SETUSER modifier '>pass'word': Syntax error",
    'ACL SETUSER',
    ['u', ">pass'word"],
    "ERR Error in ACL SETUSER modifier '...': Syntax error",
  ],
  [
    "ERR Unmatched parenthesis in acl selector starting at '(+get'.",
    'ACL SETUSER',
    ['u', '(+get ~x'],
    "ERR Unmatched parenthesis in acl selector starting at '...'.",
  ],
  [
    "ERR Error compiling script (new function): user_script:1: '=' expected near 'local'",
    'EVAL',
    ['x local', 0],
    "ERR Error compiling script (new function): user_script:1: '=' expected near 'local'",
  ],
  [
    "ERR Error compiling script (new function): user_script:1: '<eof>' expected near ''hunter2''",
    'EVAL',
    ["return 1 'hunter2'", 0],
    "ERR Error compiling script (new function): user_script:1: '<eof>' expected near '...'",
  ],
  [
    'ERR invalid longitude,latitude pair 500.000000,-1.500000',
    'GEOADD',
    ['geo', 500, -1.5, 'm'],
    'ERR invalid longitude,latitude pair ...',
  ],
  // Words of the syntax.
  [
    "ERR unknown subcommand 'LSIT'. Try CLIENT HELP.",
    'CLIENT',
    ['LSIT'],
    "ERR unknown subcommand 'LSIT'. Try CLIENT HELP.",
  ],
  ["ERR unknown subcommand 'p4ss'. Try ACL HELP.", 'ACL', ['p4ss'], "ERR unknown subcommand '...'. Try ACL HELP."],
  [
    "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value",
    'CONFIG SET',
    ['maxmemory', 'x'],
    "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value",
  ],
  // Where to go.
  ['MOVED 3999 127.0.0.1:6381', 'GET', ['3999', '127.0.0.1:6381'], 'MOVED 3999 127.0.0.1:6381'],
  ['ASK 3999 127.0.0.1:6381', 'GET', ['127.0.0.1:6381'], 'ASK 3999 127.0.0.1:6381'],
  ['REDIRECT 127.0.0.1:6381', 'GET', ['127.0.0.1:6381'], 'REDIRECT 127.0.0.1:6381'],
];

describe('an error reply', () => {
  for (const [message, name, args, shown] of CASES) {
    it(`${JSON.stringify(message.slice(0, 80))} to ${name} ${JSON.stringify(args.map(String)).slice(0, 40)}`, () => {
      assert.equal(discreet(message, name, args), shown);
    });
  }

  it('to a command of very many arguments is soon read', () => {
    const args = Array.from({ length: 100_000 }, (_, i) => `argument ${i}`);
    assert.equal(discreet("ERR it is 'argument 99999'", 'MSET', args), "ERR it is '...'");
  });
});
