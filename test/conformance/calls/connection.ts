import { given, type Readers, type Words } from '../words.ts';

function onOff(words: Words): string {
  return words.literal('ON', 'OFF');
}

const FILTERS = ['TYPE', 'USER', 'ADDR', 'LADDR', 'NAME', 'FLAGS', 'LIB-NAME', 'LIB-VER', 'DB', 'CAPA', 'IP'];

/** `ID 1 2 TYPE normal NOT-TYPE pubsub SKIPME yes ...` */
function filter(words: Words): Record<string, unknown> {
  const ids = (words: Words): unknown[] => words.all(/^\d+$/);
  const ofOne = Object.fromEntries(FILTERS.flatMap((name) => [name, `NOT-${name}`]).map((name) => [name, 1] as const));
  const skipme = (words: Words): boolean => words.literal('YES', 'NO') === 'yes';
  return words.options({ ID: ids, 'NOT-ID': ids, SKIPME: skipme, MAXAGE: 1, IDLE: 1, ...ofOne });
}

export const connection: Readers = {
  AUTH: (words) => ['auth', ...words.take()],
  'CLIENT CACHING': (words) => ['clientCaching', words.literal('YES', 'NO')],
  'CLIENT CAPA': (words) => ['clientCapa', words.take()],
  'CLIENT GETNAME': () => ['clientGetname'],
  'CLIENT GETREDIR': () => ['clientGetredir'],
  'CLIENT HELP': () => ['clientHelp'],
  'CLIENT ID': () => ['clientId'],
  'CLIENT IMPORT-SOURCE': (words) => ['clientImportSource', onOff(words)],
  'CLIENT INFO': () => ['clientInfo'],
  'CLIENT KILL': (words) => ['clientKill', words.left === 1 ? words.next() : filter(words)],
  'CLIENT LIST': (words) => ['clientList', ...given(filter(words))],
  'CLIENT NO-EVICT': (words) => ['clientNoEvict', onOff(words)],
  'CLIENT NO-TOUCH': (words) => ['clientNoTouch', onOff(words)],
  'CLIENT PAUSE': (words) => ['clientPause', words.next(), ...given({ mode: words.oneOf('WRITE', 'ALL') })],
  'CLIENT REPLY': (words) => ['clientReply', words.literal('ON', 'OFF', 'SKIP')],
  'CLIENT SETINFO': (words) => ['clientSetinfo', words.literal('LIB-NAME', 'LIB-VER'), words.next()],
  'CLIENT SETNAME': (words) => ['clientSetname', words.next()],
  'CLIENT TRACKING': (words) => {
    const setting = onOff(words);
    const prefix: unknown[] = [];
    const options = words.options({
      REDIRECT: 1,
      PREFIX: (words) => prefix.push(words.next()),
      BCAST: 0,
      OPTIN: 0,
      OPTOUT: 0,
      NOLOOP: 0,
    });
    return ['clientTracking', setting, ...given({ ...options, prefix: prefix.length === 0 ? undefined : prefix })];
  },
  'CLIENT TRACKINGINFO': () => ['clientTrackinginfo'],
  'CLIENT UNBLOCK': (words) => ['clientUnblock', words.next(), ...given({ type: words.oneOf('TIMEOUT', 'ERROR') })],
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
