import { given, joined, LIMIT, type Call, type Readers, type Words } from '../words.ts';

const expire =
  (method: string) =>
  (words: Words): Call => {
    const args = words.take(2);
    return [method, ...args, ...given({ condition: words.oneOf('NX', 'XX', 'GT', 'LT') })];
  };

const sort =
  (method: string) =>
  (words: Words): Call => {
    const key = words.next();
    const get: unknown[] = [];
    const options = words.options({
      ...LIMIT,
      BY: 1,
      GET: (words) => get.push(words.next()),
      ASC: 0,
      DESC: 0,
      ALPHA: 0,
      STORE: 1,
    });
    if (get.length > 0) options['get'] = get;
    return [method, key, ...given(joined(options, { order: ['asc', 'desc'] }))];
  };

export const key: Readers = {
  COPY: (words) => ['copy', ...words.take(2), ...given(words.options({ DB: 1, REPLACE: 0 }))],
  DEL: (words) => ['del', words.take()],
  DUMP: (words) => ['dump', words.next()],
  EXISTS: (words) => ['exists', words.take()],
  EXPIRE: expire('expire'),
  EXPIREAT: expire('expireat'),
  EXPIRETIME: (words) => ['expiretime', words.next()],
  KEYS: (words) => ['keys', words.next()],
  MIGRATE: (words) => {
    const [host, port, key, db, timeout] = words.take(5);
    const options = words.options({
      COPY: 0,
      REPLACE: 0,
      AUTH: (words) => ({ password: words.next() }),
      AUTH2: (words) => ({ username: words.next(), password: words.next() }),
    });
    const { auth2, ...rest } = options;
    const keys = words.has('KEYS') ? words.take() : key;
    return ['migrate', host, port, keys, db, timeout, ...given(auth2 === undefined ? rest : { ...rest, auth: auth2 })];
  },
  MOVE: (words) => ['move', ...words.take(2)],
  'OBJECT ENCODING': (words) => ['objectEncoding', words.next()],
  'OBJECT FREQ': (words) => ['objectFreq', words.next()],
  'OBJECT HELP': () => ['objectHelp'],
  'OBJECT IDLETIME': (words) => ['objectIdletime', words.next()],
  'OBJECT REFCOUNT': (words) => ['objectRefcount', words.next()],
  PERSIST: (words) => ['persist', words.next()],
  PEXPIRE: expire('pexpire'),
  PEXPIREAT: expire('pexpireat'),
  PEXPIRETIME: (words) => ['pexpiretime', words.next()],
  PTTL: (words) => ['pttl', words.next()],
  RANDOMKEY: () => ['randomkey'],
  RENAME: (words) => ['rename', ...words.take(2)],
  RENAMENX: (words) => ['renamenx', ...words.take(2)],
  RESTORE: (words) => {
    const options = { REPLACE: 0, ABSTTL: 0, IDLETIME: 1, FREQ: 1 } as const;
    return ['restore', ...words.take(3), ...given(words.options(options))];
  },
  SCAN: (words) => ['scan', words.next(), ...given(words.options({ MATCH: 1, COUNT: 1, TYPE: 1 }))],
  SORT: sort('sort'),
  SORT_RO: sort('sort_ro'),
  TOUCH: (words) => ['touch', words.take()],
  TTL: (words) => ['ttl', words.next()],
  TYPE: (words) => ['type', words.next()],
  UNLINK: (words) => ['unlink', words.take()],
  WAIT: (words) => ['wait', ...words.take(2)],
  WAITAOF: (words) => ['waitaof', ...words.take(3)],
};
