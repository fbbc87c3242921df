import { given, type Readers, type Words } from '../words.ts';

function lower(words: Words): string {
  return words.text().toLowerCase();
}

const FILTERS = ['TYPE', 'USER', 'ADDR', 'LADDR', 'NAME', 'FLAGS', 'LIB-NAME', 'LIB-VER', 'DB', 'CAPA', 'IP'];

/** `ID 1 2 TYPE normal NOT-TYPE pubsub SKIPME yes ...` */
function filter(words: Words): Record<string, unknown> {
  const ids = (words: Words): unknown[] => {
    const ids: unknown[] = [];
    for (let id = words.number(); id !== undefined; id = words.number()) ids.push(id);
    return ids;
  };
  const ofOne = Object.fromEntries(FILTERS.flatMap((name) => [name, `NOT-${name}`]).map((name) => [name, 1] as const));
  const skipme = (words: Words): boolean => lower(words) === 'yes';
  return words.options({ ID: ids, 'NOT-ID': ids, SKIPME: skipme, MAXAGE: 1, IDLE: 1, ...ofOne });
}

export const connection: Readers = {
  AUTH: (words) => ['auth', ...words.take()],
  'CLIENT CACHING': (words) => ['clientCaching', lower(words)],
  'CLIENT CAPA': (words) => ['clientCapa', words.take()],
  'CLIENT GETNAME': () => ['clientGetname'],
  'CLIENT GETREDIR': () => ['clientGetredir'],
  'CLIENT HELP': () => ['clientHelp'],
  'CLIENT ID': () => ['clientId'],
  'CLIENT IMPORT-SOURCE': (words) => ['clientImportSource', lower(words)],
  'CLIENT INFO': () => ['clientInfo'],
  'CLIENT KILL': (words) => ['clientKill', words.left === 1 ? words.next() : filter(words)],
  'CLIENT LIST': (words) => ['clientList', ...given(filter(words))],
  'CLIENT NO-EVICT': (words) => ['clientNoEvict', lower(words)],
  'CLIENT NO-TOUCH': (words) => ['clientNoTouch', lower(words)],
  'CLIENT PAUSE': (words) => {
    const timeout = words.next();
    const mode = words.oneOf('WRITE', 'ALL');
    return ['clientPause', timeout, ...given(mode === undefined ? {} : { mode })];
  },
  'CLIENT REPLY': (words) => ['clientReply', lower(words)],
  'CLIENT SETINFO': (words) => ['clientSetinfo', lower(words), words.next()],
  'CLIENT SETNAME': (words) => ['clientSetname', words.next()],
  'CLIENT TRACKING': (words) => {
    const setting = lower(words);
    const prefix: unknown[] = [];
    const { prefix: some, ...options } = words.options({
      REDIRECT: 1,
      PREFIX: (words) => prefix.push(words.next()),
      BCAST: 0,
      OPTIN: 0,
      OPTOUT: 0,
      NOLOOP: 0,
    });
    return ['clientTracking', setting, ...given(some === undefined ? options : { ...options, prefix })];
  },
  'CLIENT TRACKINGINFO': () => ['clientTrackinginfo'],
  'CLIENT UNBLOCK': (words) => {
    const id = words.next();
    const type = words.oneOf('TIMEOUT', 'ERROR');
    return ['clientUnblock', id, ...given(type === undefined ? {} : { type })];
  },
  'CLIENT UNPAUSE': () => ['clientUnpause'],
  ECHO: (words) => ['echo', words.next()],
  HELLO: (words) => {
    if (words.left === 0) return ['hello'];
    const protocol = words.next();
    const auth = (words: Words): unknown => ({ username: words.next(), password: words.next() });
    return ['hello', protocol, ...given(words.options({ AUTH: auth, SETNAME: 1 }))];
  },
  PING: (words) => ['ping', ...words.take()],
  QUIT: () => ['quit'],
  RESET: () => ['reset'],
  SELECT: (words) => ['select', words.next()],
};
