/** Where valkey-py's replies and ours differ on purpose, and what of the recording is not compared. */

/** Differences that are decided, and why. */
export interface Decision {
  /** The commands it is about; each must have it somewhere in the recording. */
  readonly of: readonly string[];
  /** The differences, as `path: ours for theirs`. */
  readonly difference: RegExp;
  /** Only under this protocol. */
  readonly protocol?: 2 | 3;
  /** Only with replies as text, or as bytes. */
  readonly encoding?: 'utf8' | 'buffer';
  readonly reason: string;
}

const IN_TEXT = { encoding: 'utf8' } as const;
const IN_BYTES = { encoding: 'buffer' } as const;

const WORDS_OF_THE_SERVER = `valkey-py gives the server's own words as bytes, some of them under RESP3 only; ours gives text in every encoding,
  because names, types, flags, digests and reports are text whatever the data is`;

const IDS = `valkey-py gives the ids of a stream as bytes; ours gives text in every encoding, because an id is two numbers and a dash, and is
  compared and sent again`;

export const DECIDED: readonly Decision[] = [
  {
    of: [
      'ACL DRYRUN',
      'CLIENT CAPA',
      'CLIENT NO-EVICT',
      'CLIENT NO-TOUCH',
      'CLIENT TRACKING',
      'CLIENT UNPAUSE',
      'FCALL',
      'RESET',
      'RESTORE',
    ],
    difference: /^\$: text for bytes$/,
    ...IN_BYTES,
    reason: `valkey-py gives b'OK' where it has no callback, True where it has one; ours gives 'OK' everywhere, because a status is the
      server's word, never a user's data`,
  },
  {
    of: [
      'ACL GENPASS',
      'ACL WHOAMI',
      'CLIENT GETNAME',
      'FUNCTION LOAD',
      'LOLWUT',
      'MEMORY MALLOC-STATS',
      'OBJECT ENCODING',
      'TYPE',
    ],
    difference: /^\$: text for bytes$/,
    ...IN_BYTES,
    reason: WORDS_OF_THE_SERVER,
  },
  {
    of: ['ACL CAT', 'ACL HELP', 'ACL LIST', 'ACL USERS', 'COMMAND LIST', 'GEOHASH'],
    difference: /^\$\[\d+\]: text for bytes$/,
    ...IN_BYTES,
    reason: WORDS_OF_THE_SERVER,
  },
  {
    of: ['ACL GETUSER', 'CLIENT TRACKINGINFO', 'COMMAND GETKEYSANDFLAGS', 'MODULE LIST'],
    difference: /^\$(\.databases|\.flags\[\d\]|\[1\]\[\d\]|\[\d\]\[1\]\[\d\]|\[\d\]\.(name|path)): text for bytes$/,
    ...IN_BYTES,
    reason: WORDS_OF_THE_SERVER,
  },
  {
    of: ['FUNCTION LIST'],
    difference: /^\$\[\d\](\.library_name|\.engine|\.functions\[\d\](\.name|\.flags\[\d\])): text for bytes$/,
    protocol: 3,
    ...IN_BYTES,
    reason: WORDS_OF_THE_SERVER,
  },
  {
    of: ['FUNCTION LIST'],
    difference: /^\$\[\d\](\[1\]|\[3\]|\[5\]\[\d\](\[1\]|\[5\]\[\d\])): text for bytes$/,
    protocol: 2,
    ...IN_BYTES,
    reason: WORDS_OF_THE_SERVER,
  },
  {
    of: ['XADD', 'XAUTOCLAIM', 'XCLAIM', 'XRANGE', 'XREAD', 'XREADGROUP', 'XREVRANGE'],
    difference: /^\$(\.stream)?(\[\d?\])*: text for bytes$/,
    ...IN_BYTES,
    reason: IDS,
  },
  {
    of: ['XINFO GROUPS', 'XINFO STREAM', 'XPENDING'],
    difference: /\.([a-z-]+-id|message_id|min|max|(first|last)-entry\[\]|pending\[\]\[\]): text for bytes$/,
    ...IN_BYTES,
    reason: IDS,
  },
  {
    of: ['ACL GETUSER', 'ACL LOG', 'COMMAND GETKEYS'],
    difference: /: bytes for text$/,
    ...IN_BYTES,
    reason: `valkey-py decodes keys, patterns of keys and objects of the ACL log as text, the keys of COMMAND GETKEYS under RESP2 only; ours
      gives bytes, because a key may be any bytes`,
  },
  {
    of: ['CLIENT INFO', 'CLIENT LIST', 'ACL LOG'],
    difference: /: "num" for "str"$/,
    reason: `valkey-py reads some numbers of CLIENT INFO and of the ACL log and none of CLIENT LIST; ours reads all in all three, because they
      describe the same thing`,
  },
  {
    of: ['ACL LOG'],
    difference: /^\$\[\]\.client-info: \{.* for "str"$/,
    protocol: 3,
    reason:
      'valkey-py reads the client of an entry under RESP2 only; ours reads it under both, because the reply must not tell the protocol',
  },
  {
    of: ['INFO'],
    difference: /^\$\.(redis_git_sha1|master_replid2): "str" for "num"$/,
    reason: `valkey-py makes a number of an id that has digits only, such as one of forty zeros; ours keeps ids as text, because their type
      must not depend on their value`,
  },
  {
    of: ['INFO'],
    difference: /^\$\.(listener0: missing|listeners: one more|replicas: one more)$/,
    reason: `valkey-py gives a key for each listener and replica, numbered from 0; ours gives lists of them, because that is what the numbers
      stand for`,
  },
  {
    of: ['BZMPOP', 'MEMORY STATS', 'ZMPOP', 'ZRANK', 'ZREVRANK'],
    difference: /: ("num" for "str"|[\d.]+ for ("[\d.]+"|\{"\$b":"[\d.]+"\}))$/,
    protocol: 2,
    reason: `valkey-py leaves some doubles of RESP2 as the text they came in; ours gives numbers under both protocols`,
  },
  {
    of: ['ZDIFF', 'ZRANDMEMBER'],
    difference: /^\$(: 1 items for 2|: \[\[.*,3\]\] for \[.*\]|\[\]: \["(bytes","num|num","str)"\] for "(bytes|str)")$/,
    protocol: 2,
    reason: `valkey-py leaves members and scores of RESP2 flat, and the scores as text; ours gives { member, score } under both protocols`,
  },
  {
    of: ['LCS', 'MGET', 'XADD', 'XTRIM'],
    difference: /^\$: \{"\$err":\["DataError"\]\} for (\[\]|\{"\$err":\["ResponseError",.*)$/,
    reason: `valkey-py sends options that exclude each other, and an empty list of keys, of which it turns the error into []; ours throws at
      once, because the call is wrong whatever the server holds`,
  },
  {
    of: ['EXEC'],
    difference:
      /^\$(\[1\]: \{"\$err":\["DataError"\]\} for \[\]|: \{"\$err":\["DataError"\]\} for (\[true,\[\],true\]|\{"\$err":\["ResponseError",.*))$/,
    reason: `valkey-py queues a command without keys or members, and learns from the server that it is wrong; ours throws at the call, before
      anything of it is sent`,
  },
  {
    of: ['EXEC'],
    difference:
      /^\$: \{"\$err":\["(\w+)","(.*)"\]\} for \{"\$err":\["\1","Command # \d+ \(.*\) of pipeline caused error: \2"\]\}$/,
    reason: `valkey-py puts the command and its arguments into the message; ours leaves the server's message as it is and has the command's name
      beside it, because arguments may be secrets`,
  },
  {
    of: ['GET', 'GEORADIUS', 'GEORADIUSBYMEMBER', 'GEOSEARCH'],
    difference: /\uFFFD.* for \{"\$err":\["UnicodeDecodeError",.*$/,
    ...IN_TEXT,
    reason: `valkey-py raises when bytes are not text; ours puts U+FFFD in their place as JavaScript's decoders do, because one value
      must not fail a whole reply: who stores bytes asks for encoding 'buffer' or 'latin1'`,
  },
  {
    of: ['GET'],
    difference: /^\$: "foo\uFFFD" for "foo"$/,
    ...IN_TEXT,
    reason: `valkey-py drops bytes that are not text when it is told to ignore errors; ours has no such option, because it loses data silently`,
  },
  {
    of: ['GET'],
    difference: /^\$: null for \{"\$err":\["KeyError","'a'"\]\}$/,
    reason: `valkey-py raises for client[key] without a key, in Python's manner; ours has get() only, which gives null`,
  },
  {
    of: ['AUTH'],
    difference: /^\$: \{"\$err":\["ResponseError","(.*)"\]\} for \{"\$err":\["AuthenticationError","\1"\]\}$/,
    reason: `valkey-py raises AuthenticationError, a ConnectionError; ours rejects with a ResponseError whose code is the server's, because the
      connection is as good as before: AuthenticationError says that none could be made`,
  },
  {
    of: ['ROLE'],
    difference: /^\$\[0\]: "primary" for ("master"|\{"\$b":"master"\})$/,
    reason: `valkey-py gives the server's word; ours says primary and replica, as Valkey's documentation does`,
  },
  {
    of: ['SORT'],
    difference: /^\$: (\d items for 3|\[.*\] for \[\[.*\]\])$/,
    reason: `valkey-py can group the items of several GET patterns into tuples; ours gives the server's list, because the caller knows the number
      of patterns`,
  },
  {
    of: ['XREADGROUP'],
    difference:
      /^\$(\.stream)?(\[\d?\])*: ("null" for \{\}|null for \{"\$m":\[\]\}|"null" for "bytes"|"str" for \{\})$/,
    reason: `valkey-py gives no fields for a message that is pending and was deleted; ours gives null, because no message is without fields`,
  },
];

/** Commands that were not recorded, and why. */
export const SKIPPED: Readonly<Record<string, string>> = {
  BGSAVE: 'writes files',
  'CLIENT REPLY': 'takes away the replies that there are to compare',
  DEBUG: 'DEBUG SEGFAULT ends the server',
  FAILOVER: 'needs a replica',
  'MODULE LOAD': 'needs a module',
  'MODULE LOADEX': 'needs a module',
  REPLICAOF: 'changes what the server is',
  SYNC: 'is answered by a stream',
};

/** Words that no method takes, which executeCommand sends: they are wrong, to see the server's error. */
export const UNTYPED: readonly string[] = [
  'BITCOUNT mykey 5 30 but',
  'BITPOS mykey 1 7 15 bite',
  'COMMAND LIST FILTERBY ACLCAT list PATTERN l*',
  'FUNCTION FLUSH ABC',
  'LMPOP 2 bar foo up COUNT 2',
];

/** Why nothing was sent: what Python raised instead. */
export const UNSENT: Readonly<Record<string, string>> = {
  DataError: 'valkey-py refuses arguments before it sends them; how ours does, the tests of each family say',
  NotImplementedError: 'valkey-py leaves the command out; ours has it',
  TypeError: 'the arguments are of types that are wrong in Python',
  ValueError: 'the arguments are of types that are wrong in Python',
  'a builder': 'valkey-py has an object that collects the operations of BITFIELD; ours takes a list',
};
