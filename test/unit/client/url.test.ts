import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { parseUrl } from '../../../src/client/url.ts';
import { DataError, Valkey } from '../../../src/index.ts';

type Options = ReturnType<typeof parseUrl>;

const READ: readonly (readonly [url: string, options: Options])[] = [
  // Schemes
  ['valkey://', {}],
  ['valkey://h', { host: 'h' }],
  ['redis://h', { host: 'h' }],
  ['valkeys://h', { tls: true, host: 'h' }],
  ['rediss://h', { tls: true, host: 'h' }],
  ['VALKEY://h', { host: 'h' }],
  ['Valkeys://h', { tls: true, host: 'h' }],
  ['REDISS://h', { tls: true, host: 'h' }],
  // Host, port and database
  ['valkey://h/', { host: 'h' }],
  ['valkey://h:', { host: 'h' }],
  ['valkey://h:6380', { host: 'h', port: 6380 }],
  ['valkey://h:1', { host: 'h', port: 1 }],
  ['valkey://h:65535', { host: 'h', port: 65_535 }],
  ['valkey://h:6379/', { host: 'h', port: 6379 }],
  ['valkey://h/0', { host: 'h', db: 0 }],
  ['valkey://h:6380/15', { host: 'h', port: 6380, db: 15 }],
  ['valkey:///3', { db: 3 }],
  ['valkey://10.1.2.3:7000', { host: '10.1.2.3', port: 7000 }],
  ['valkey://cache-01.eu.example.com', { host: 'cache-01.eu.example.com' }],
  ['valkey://my_host', { host: 'my_host' }],
  ['valkey://h%41', { host: 'hA' }],
  ['valkey://[::1]', { host: '::1' }],
  ['valkey://[::1]:7000/2', { host: '::1', port: 7000, db: 2 }],
  ['valkeys://[2001:db8::7]:6380', { tls: true, host: '2001:db8::7', port: 6380 }],
  // User and password, percent-decoded once
  ['valkey://user:pass@h', { username: 'user', password: 'pass', host: 'h' }],
  ['valkey://:pass@h', { password: 'pass', host: 'h' }],
  ['valkey://user@h', { username: 'user', host: 'h' }],
  ['valkey://us%65r:p%40ss@h', { username: 'user', password: 'p@ss', host: 'h' }],
  ['valkey://u:p%2540@h', { username: 'u', password: 'p%40', host: 'h' }],
  ['valkey://u:100%25@h', { username: 'u', password: '100%', host: 'h' }],
  ['valkey://u:%2F%3F%23%3A%5B@h', { username: 'u', password: '/?#:[', host: 'h' }],
  ['valkey://u:a+b%20c@h', { username: 'u', password: 'a+b c', host: 'h' }],
  ['valkey://u:p@ss@h', { username: 'u', password: 'p@ss', host: 'h' }],
  ['valkey://u:a:b@h', { username: 'u', password: 'a:b', host: 'h' }],
  ['valkey://u:%C3%A9%E2%82%AC@h', { username: 'u', password: 'é€', host: 'h' }],
  ['valkey://u:é€@h', { username: 'u', password: 'é€', host: 'h' }],
  // Query options of ours, in milliseconds
  ['valkey://h?', { host: 'h' }],
  ['valkey://h?db=2', { host: 'h', db: 2 }],
  ['valkey://h/1?db=2', { host: 'h', db: 2 }],
  ['valkey://h/1?&db=2&', { host: 'h', db: 2 }],
  ['valkey://h?socketTimeout=500', { host: 'h', socketTimeout: 500 }],
  ['valkey://h?connectTimeout=250.5', { host: 'h', connectTimeout: 250.5 }],
  ['valkey://h?healthCheckInterval=0', { host: 'h', healthCheckInterval: 0 }],
  ['valkey://h?maxConnections=5', { host: 'h', maxConnections: 5 }],
  ['valkey://h?maxQueuedCommands=10&maxQueuedBytes=2000', { host: 'h', maxQueuedCommands: 10, maxQueuedBytes: 2000 }],
  ['valkey://h?clientName=worker-1', { host: 'h', clientName: 'worker-1' }],
  ['valkey://h?libName=mine&libVersion=1.2', { host: 'h', libName: 'mine', libVersion: '1.2' }],
  ['valkey://h?libName=', { host: 'h', libName: '' }],
  ['valkey://h?protocol=2', { host: 'h', protocol: 2 }],
  ['valkey://h?protocol=3', { host: 'h', protocol: 3 }],
  ['valkey://h?family=6', { host: 'h', family: 6 }],
  ['valkey://h?keepAlive=true', { host: 'h', keepAlive: true }],
  ['valkey://h?keepAlive=1', { host: 'h', keepAlive: true }],
  ['valkey://h?keepAlive=no', { host: 'h', keepAlive: false }],
  ['valkey://h?keepAlive=10000', { host: 'h', keepAlive: 10_000 }],
  ['valkey://h?noDelay=FALSE', { host: 'h', noDelay: false }],
  ['valkey://h?noDelay=Yes', { host: 'h', noDelay: true }],
  ['valkey://h?singleConnectionClient=on', { host: 'h', singleConnectionClient: true }],
  ['valkey://h?tls=true', { host: 'h', tls: true }],
  ['valkeys://h?tls=true', { host: 'h', tls: true }],
  ['valkey://h?encoding=buffer', { host: 'h', encoding: 'buffer' }],
  ['valkey://h?encoding=latin1&integers=bigint', { host: 'h', encoding: 'latin1', integers: 'bigint' }],
  ['valkey://h?whenDown=fail', { host: 'h', whenDown: 'fail' }],
  ['valkey://h?username=u&password=p%2540%26', { host: 'h', username: 'u', password: 'p%40&' }],
  ['valkey://a:b@h?username=u&password=p', { host: 'h', username: 'u', password: 'p' }],
  ['valkey://h?d%62=4', { host: 'h', db: 4 }],
  ['valkey://h?clientName=a=b', { host: 'h', clientName: 'a=b' }],
  // Query options as valkey-py spells them, in seconds
  ['valkey://h?socket_timeout=0.5', { host: 'h', socketTimeout: 500 }],
  ['valkey://h?socket_connect_timeout=2', { host: 'h', connectTimeout: 2000 }],
  ['valkey://h?health_check_interval=30', { host: 'h', healthCheckInterval: 30_000 }],
  ['valkey://h?max_connections=7', { host: 'h', maxConnections: 7 }],
  ['valkey://h?client_name=w&lib_name=l&lib_version=2', { host: 'h', clientName: 'w', libName: 'l', libVersion: '2' }],
  ['valkey://h?socket_keepalive=True', { host: 'h', keepAlive: true }],
  ['valkey://h?socket_keepalive=0', { host: 'h', keepAlive: false }],
  ['valkey://h?single_connection_client=yes', { host: 'h', singleConnectionClient: true }],
  ['valkey://h?decode_responses=True', { host: 'h', encoding: 'utf8' }],
  ['valkey://h?decode_responses=false', { host: 'h', encoding: 'buffer' }],
  // Unix sockets
  ['unix:///run/valkey.sock', { path: '/run/valkey.sock' }],
  ['UNIX:///run/valkey.sock', { path: '/run/valkey.sock' }],
  ['unix:/run/valkey.sock', { path: '/run/valkey.sock' }],
  ['unix:///run/a%20b%2525', { path: '/run/a b%25' }],
  ['unix:///run/valkey.sock?db=2&socketTimeout=100', { path: '/run/valkey.sock', db: 2, socketTimeout: 100 }],
  ['unix:///run/v.sock?username=u&password=p', { path: '/run/v.sock', username: 'u', password: 'p' }],
  ['unix://user:p%40ss@/run/v.sock?db=2', { username: 'user', password: 'p@ss', path: '/run/v.sock', db: 2 }],
  ['unix://user@/run/v.sock?password=p', { username: 'user', password: 'p', path: '/run/v.sock' }],
  ['unix://:p@/run/v.sock', { password: 'p', path: '/run/v.sock' }],
  ['unix:///run/v.sock?protocol=2&socket_timeout=3', { path: '/run/v.sock', protocol: 2, socketTimeout: 3000 }],
  // Clusters
  ['valkey+cluster://a', { topology: 'cluster', startupNodes: [{ host: 'a', port: 6379 }] }],
  [
    'valkey+cluster://a,b:7000,[::1]:7001,[2001:db8::7]',
    {
      topology: 'cluster',
      startupNodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7000 },
        { host: '::1', port: 7001 },
        { host: '2001:db8::7', port: 6379 },
      ],
    },
  ],
  [
    'valkeys+cluster://user:p%40ss@a,b/2?socketTimeout=100&client_name=w',
    {
      topology: 'cluster',
      startupNodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 6379 },
      ],
      username: 'user',
      password: 'p@ss',
      db: 2,
      tls: true,
      socketTimeout: 100,
      clientName: 'w',
    },
  ],
  ['redis+cluster://h%41:1', { topology: 'cluster', startupNodes: [{ host: 'hA', port: 1 }] }],
  [
    'REDISS+Cluster://:p@a/',
    { topology: 'cluster', startupNodes: [{ host: 'a', port: 6379 }], password: 'p', tls: true },
  ],
  // Sentinels
  ['valkey+sentinel://s/main', { topology: 'sentinel', sentinels: [{ host: 's', port: 26_379 }], service: 'main' }],
  [
    'valkey+sentinel://u:p%2F@s1,s2:5000,[::1]/my%20service/3?decode_responses=no',
    {
      topology: 'sentinel',
      sentinels: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 5000 },
        { host: '::1', port: 26_379 },
      ],
      service: 'my service',
      username: 'u',
      password: 'p/',
      db: 3,
      encoding: 'buffer',
    },
  ],
  [
    'rediss+sentinel://s/main/',
    { topology: 'sentinel', sentinels: [{ host: 's', port: 26_379 }], service: 'main', tls: true },
  ],
];

/** URLs that are no good, and what must be said about them. */
const REFUSED: readonly (readonly [url: string, message: RegExp])[] = [
  ['', /must begin with valkey:\/\//],
  ['localhost', /must begin with valkey:\/\//],
  ['localhost:6379', /must begin with/],
  ['//localhost', /must begin with/],
  ['http://h', /must begin with/],
  ['valkeyy://h', /must begin with/],
  ['constructor://h', /must begin with/],
  ['__proto__://h', /must begin with/],
  [' valkey://h', /must begin with/],
  ['valkey:h', /must be followed by \/\//],
  ['valkey:/h', /must be followed by \/\//],
  ['valkey+cluster://a,b', /valkey\+cluster:.*a cluster, not one server/],
  ['VALKEY+CLUSTER://a', /a cluster, not one server/],
  ['rediss+cluster://a', /rediss\+cluster:.*a cluster, not one server/],
  ['valkey://a,b', /several hosts.*valkey\+cluster/],
  ['valkey://h:65536', /host or port/],
  ['valkey://h:-1', /host or port/],
  ['valkey://h:port', /host or port/],
  ['valkey://a:1,b:2', /several hosts.*valkey\+cluster/],
  ['valkey://[::1', /host or port/],
  ['valkey://[::g]', /host or port/],
  ['valkey://::1', /host or port/],
  ['valkey://a b', /host or port/],
  ['valkey://h/x', /database/],
  ['valkey://h/1x', /database/],
  ['valkey://h/-1', /database/],
  ['valkey://h/1.5', /database/],
  ['valkey://h/1/2', /database/],
  ['valkey://u%:p@h', /user name has a %/],
  ['valkey://u:%zz@h', /password has a %/],
  ['valkey://u:%ff@h', /password has a %/],
  ['valkey://h%?db=1', /host/],
  ['valkey://h?db=%', /query has a %/],
  ['unix:///run/%zz', /path has a %/],
  ['unix://host/run/valkey.sock', /three slashes/],
  ['unix://', /path of the socket/],
  ['unix:', /path of the socket/],
  ['unix:///', /path of the socket/],
  // Values
  ['valkey://h?db=', /option db must be a number/],
  ['valkey://h?db=x', /option db must be a number/],
  ['valkey://h?db=-1', /option db must be/],
  ['valkey://h?db=1.5', /option db must be/],
  ['valkey://h:0', /option port must be/],
  ['valkey://h?socketTimeout', /option socketTimeout must be a number/],
  ['valkey://h?socketTimeout=1e3', /option socketTimeout must be a number/],
  ['valkey://h?socketTimeout=0x10', /option socketTimeout must be a number/],
  ['valkey://h?socketTimeout=Infinity', /option socketTimeout must be a number/],
  ['valkey://h?socketTimeout=%201', /option socketTimeout must be a number/],
  ['valkey://h?socketTimeout=0', /option socketTimeout must be/],
  ['valkey://h?socket_timeout=None', /option socket_timeout must be a number/],
  ['valkey://h?connectTimeout=0', /option connectTimeout must be/],
  ['valkey://h?maxConnections=0', /option maxConnections must be/],
  ['valkey://h?maxConnections=1.5', /option maxConnections must be/],
  ['valkey://h?maxQueuedBytes=0', /option maxQueuedBytes must be/],
  ['valkey://h?clientName=a%20b', /option clientName must be/],
  ['valkey://h?protocol=1', /option protocol must be 2 or 3/],
  ['valkey://h?protocol=', /option protocol must be 2 or 3/],
  ['valkey://h?family=5', /option family must be/],
  ['valkey://h?keepAlive=maybe', /option keepAlive must be/],
  ['valkey://h?noDelay=2', /option noDelay must be true or false/],
  ['valkey://h?tls=', /option tls must be true or false/],
  ['valkey://h?encoding=utf-8', /option encoding must be utf8 or latin1 or buffer/],
  ['valkey://h?encoding=UTF8', /option encoding must be/],
  ['valkey://h?integers=string', /option integers must be/],
  ['valkey://h?whenDown=later', /option whenDown must be/],
  ['valkey://h?decode_responses=maybe', /option decode_responses must be true or false/],
  // Names
  ['valkey://h?socketTimeut=1', /socketTimeut.*did you mean socketTimeout\?/],
  ['valkey://h?sockettimeout=1', /did you mean socketTimeout\?/],
  ['valkey://h?socket_timeut=1', /did you mean socket_?[tT]imeout\?/],
  ['valkey://h?DB=1', /DB.*did you mean db\?/],
  ['valkey://h?passwort=1', /passwort.*did you mean password\?/],
  ['valkey://h?ssl_cert_reqs=none', /unknown option in the URL: ssl_cert_reqs/],
  ['valkey://h?host=x', /unknown option/],
  ['valkey://h?__proto__=1', /unknown option/],
  ['valkey://h?constructor=1', /unknown option/],
  ['valkey://h?toString=1', /unknown option/],
  ['valkey://h?=1', /unknown option/],
  // What would be dropped without a word, or do another thing than it says
  ['valkey://h/0#fragment', /#/],
  ['valkeys://h?tls=false', /tls/],
  ['rediss://h?tls=0', /tls/],
  ['valkeys+cluster://h?tls=no', /tls/],
  // Twice the same
  ['valkey://h?db=1&db=2', /option db must be given once/],
  ['valkey://h?db=1&db=1', /option db must be given once/],
  ['valkey://h?socketTimeout=1&socket_timeout=1', /option socket_timeout must be left out beside socketTimeout/],
  ['valkey://h?client_name=a&clientName=a', /option clientName must be left out beside client_name/],
  ['valkey://h?encoding=utf8&decode_responses=no', /option decode_responses must be left out beside encoding/],
  ['valkey://h?keepAlive=1&socket_keepalive=0', /option socket_keepalive must be left out beside keepAlive/],
  // Several hosts
  ['valkey+cluster://', /a host is missing/],
  ['valkey+cluster://a,', /a host is missing/],
  ['valkey+cluster://,a', /a host is missing/],
  ['valkey+cluster://a,,b', /a host is missing/],
  ['valkey+cluster://:7000', /host/],
  ['valkey+cluster://a:0', /option port must be/],
  ['valkey+cluster://a:65536', /host or port/],
  ['valkey+cluster://a,b:x', /host or port/],
  ['valkey+cluster://a,::1', /host or port/],
  ['valkey+cluster://a/x', /database/],
  ['valkey+cluster://a?host=b', /unknown option/],
  ['valkey+cluster:a,b', /must be followed by \/\//],
  ['valkey+sentinel://s', /name of the service is missing/],
  ['valkey+sentinel://s/', /name of the service is missing/],
  ['valkey+sentinel://s//0', /name of the service is missing/],
  ['valkey+sentinel://s/main/x', /database/],
  ['valkey+sentinel://s/main/1/2', /database/],
  ['valkey+sentinel://s/%zz', /service has a %/],
  ['valkey+sentinel:///main', /a host is missing/],
];

const SECRET = 's3cret';

/** A password that stands where none belongs must not be shown, whatever is wrong with the URL. */
const WITH_A_PASSWORD: readonly string[] = [
  SECRET,
  `u:${SECRET}@h`,
  `http://u:${SECRET}@h`,
  `valkey:u:${SECRET}@h`,
  `valkey+cluster://u:${SECRET}@h`,
  `valkey+sentinel://u:${SECRET}@h`,
  `valkey+cluster://u:${SECRET}@h,`,
  `valkey+cluster://u:12/${SECRET}@h,g`,
  `valkey://h?password=${SECRET}&password=${SECRET}`,
  `valkey://h?client_name=${SECRET}&clientName=${SECRET}`,
  `valkey://u:${SECRET}@h:port`,
  `valkey://u:${SECRET}@h:99999`,
  `valkey://u:${SECRET}@[::1`,
  `valkey://u:${SECRET}@a,b`,
  `valkey://u:${SECRET}@h/x`,
  `valkey://u:${SECRET}%@h`,
  `valkey://${SECRET}%:p@h`,
  `valkey://u:${SECRET}@h?db=x`,
  `valkey://u:${SECRET}@h?nonsense=1`,
  `valkey://u:${SECRET}@h:0`,
  `valkey://h?password=${SECRET}&db=x`,
  `valkey://h?password=${SECRET}%`,
  `valkey://h?pasword=${SECRET}`,
  `valkey://h?passwd=${SECRET}`,
  // Reserved letters of a password that were not percent-encoded
  `valkey://u:12/${SECRET}@h`,
  `valkey://u:x/${SECRET}@h`,
  `valkey://u:12?${SECRET}@h`,
  `valkey://u:x?${SECRET}@h`,
  `valkey://u:12#${SECRET}@h`,
  `valkey://u:x#${SECRET}@h`,
  `valkey://u:12?x&${SECRET}@h:6379/0`,
  `valkey://h?password=a&${SECRET}`,
  `unix://u:${SECRET}@host/run/valkey.sock`,
  `unix://u:${SECRET}@`,
];

/** What a URL is refused with: as a URL, or as one of a single server. */
function errorOf(url: string): unknown {
  try {
    parseUrl(url);
    new Valkey(url).destroy();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('parseUrl', () => {
  for (const [url, options] of READ) {
    it(`reads ${url}`, () => {
      assert.deepStrictEqual(parseUrl(url), options);
    });
  }

  it('gives options that a client takes, wherever a password goes with the user', () => {
    for (const [url, options] of READ) {
      if (options.topology !== undefined || (options.username !== undefined && options.password === undefined))
        continue;
      new Valkey(url).destroy();
    }
  });

  for (const [url, message] of REFUSED) {
    it(`refuses ${JSON.stringify(url)}`, () => {
      const error = errorOf(url);
      assert.ok(error instanceof DataError, `gave ${String(error)}`);
      assert.match(error.message, message);
      assert.ok(['INVALID_URL', 'INVALID_OPTION', 'UNKNOWN_OPTION'].includes(error.code), error.code);
    });
  }

  for (const url of WITH_A_PASSWORD) {
    it(`does not show the password of ${url.replace(SECRET, '***')}`, () => {
      const error = errorOf(url);
      assert.ok(error instanceof DataError, `gave ${String(error)}`);
      for (const shown of [
        error.message,
        String(error.stack),
        inspect(error, { depth: Infinity, showHidden: true }),
        JSON.stringify(error),
      ]) {
        assert.ok(!shown.includes(SECRET), shown.split('\n', 1)[0]);
      }
    });
  }

  it('suggests nothing for a name that resembles none', () => {
    const error = errorOf('valkey://h?ssl_cert_reqs=none');
    assert.ok(error instanceof DataError);
    assert.equal(error.message, 'unknown option in the URL: ssl_cert_reqs');
    assert.equal(error.code, 'UNKNOWN_OPTION');
  });

  it('changes no prototype', () => {
    const names = Reflect.ownKeys(Object.prototype);
    for (const url of ['valkey://h?__proto__=1', 'valkey://h?__proto__.db=1', 'valkey://__proto__:constructor@h'])
      errorOf(url);
    assert.deepEqual(Reflect.ownKeys(Object.prototype), names);
    assert.equal(Reflect.get({}, 'db'), undefined);
  });
});
