import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import {
  ConnectionError,
  ConnectionPool,
  DataError,
  NoBackoff,
  ReadOnlyError,
  Valkey,
  type RetryOptions,
  type ValkeyOptions,
  type ViewOptions,
} from '../../../src/index.ts';

/** What no option takes, `undefined` aside, which is as good as nothing. */
const NEVER_FIT: readonly unknown[] = [null, NaN, Symbol('x')];

/** For every option, some that would be misunderstood if they were taken. */
const BAD: Readonly<Record<keyof ValkeyOptions, readonly unknown[]>> = {
  url: [5, {}, new URL('valkey://h')],
  host: ['', 5, {}, ['h']],
  port: [0, -1, 65_536, 1.5, '6379', Infinity, 6379n],
  path: ['', 5, {}],
  family: [5, '4', true],
  db: [-1, 1.5, '0', Infinity, 2 ** 53, true],
  username: [5, {}, Buffer.from('u')],
  password: [5, {}, Buffer.from('p')],
  credentialProvider: [{}, { getCredentials: 'x' }, { getCredentials: () => ({}), onChange: 'x' }, 'x', 5],
  tls: ['true', 1, 0],
  socketTimeout: [0, -1, '5', true],
  connectTimeout: [0, -1, '5', Infinity, 2 ** 31],
  keepAlive: [0, -1, 1.5, 'true', Infinity],
  noDelay: [0, 1, 'true'],
  protocol: [0, 1, 4, '3'],
  encoding: ['utf-8', 'UTF8', 'hex', '', 1, true],
  integers: ['string', 'BigInt', '', 1],
  clientName: ['a b', 'a\nb', 5],
  libName: [5, {}],
  libVersion: [5, {}],
  retry: [3, true, 'x', () => 5, []],
  healthCheckInterval: [-1, '5', Infinity, true],
  maxConnections: [0, -1, 1.5, '5', Infinity],
  maxWaiters: [-1, 1.5, NaN, '1'],
  idleTimeout: [0, -1, '5', NaN],
  maxLifetime: [0, -1, '5', NaN],
  connectionPool: [{}, 'x', 5],
  singleConnectionClient: [0, 1, 'true'],
  maxQueuedCommands: [0, -1, 1.5, '5', Infinity],
  maxQueuedBytes: [0, -1, 1.5, '5', Infinity],
  whenDown: ['later', '', true, 1],
  redirect: [0, 1, 'follow'],
  onConnect: [{}, 'x', true],
  cache: [0, 1, 'true'],
  readFrom: ['replicas', true, 1],
};

/** For every option, some at the edge of what is taken. Those that exclude others stand alone. */
const GOOD: Readonly<Record<keyof ValkeyOptions, readonly unknown[]>> = {
  url: ['valkey://h', 'unix:///run/valkey.sock'],
  host: ['h', '::1'],
  port: [1, 65_535],
  path: ['/run/valkey.sock'],
  family: [0, 4, 6],
  db: [0, 15, 10_000],
  username: [],
  password: ['', 'p', 'p w\n'],
  credentialProvider: [
    { getCredentials: () => ({ password: 'p' }) },
    { getCredentials: () => ({ password: 'p' }), onChange: () => () => undefined },
  ],
  tls: [true, false, {}, { rejectUnauthorized: false }],
  socketTimeout: [0.5, 1, Infinity],
  connectTimeout: [0.5, 1, 2 ** 31 - 1],
  keepAlive: [true, false, 1, 30_000],
  noDelay: [true, false],
  protocol: [2, 3],
  encoding: ['utf8', 'latin1', 'buffer'],
  integers: ['number', 'bigint'],
  clientName: ['', 'worker-1'],
  libName: ['', 'mine'],
  libVersion: ['', '1.0'],
  retry: [
    {},
    { retries: 0 },
    { retries: 5, backoff: new NoBackoff(), idempotent: true },
    { retryOnError: [], retryOnTimeout: false },
    { retryOnError: ['OOM', ReadOnlyError, ConnectionError], retryOnTimeout: true },
  ],
  healthCheckInterval: [0, 0.5, 1000],
  maxConnections: [1, 1000],
  maxWaiters: [0, 7, Infinity],
  idleTimeout: [1, Infinity],
  maxLifetime: [1, Infinity],
  connectionPool: [],
  singleConnectionClient: [true, false],
  maxQueuedCommands: [1, 2 ** 40],
  maxQueuedBytes: [1, 2 ** 40],
  whenDown: ['wait', 'fail'],
  redirect: [true, false],
  onConnect: [() => undefined, async () => undefined],
  cache: [true, false, {}, { maxEntries: 1, ttl: 5, mode: 'bcast', prefixes: ['a:', 'b:'] }],
  readFrom: ['primary'],
};

const BAD_RETRY: Readonly<Record<keyof RetryOptions, readonly unknown[]>> = {
  retries: [-1, 1.5, '3', Infinity],
  backoff: [{}, () => 5, 5, 'x'],
  idempotent: [0, 1, 'true'],
  retryOnError: ['OOM', {}, [5], [Error], [''], [new Error('x')], () => true],
  retryOnTimeout: [0, 1, 'true'],
};

const BAD_VIEW: Readonly<Record<keyof ViewOptions, readonly unknown[]>> = {
  encoding: BAD.encoding,
  integers: BAD.integers,
  timeout: BAD.socketTimeout,
  signal: [{}, 'x', 5, new AbortController()],
  whenDown: BAD.whenDown,
  retry: BAD.retry,
};

/** What a pool does not decide. */
const OF_CLIENTS: readonly (keyof ValkeyOptions)[] = [
  'connectionPool',
  'encoding',
  'integers',
  'singleConnectionClient',
  'maxQueuedCommands',
  'maxQueuedBytes',
  'whenDown',
  'cache',
  'readFrom',
];

/** Anything a caller without types may pass. */
function make(options: unknown): Valkey {
  return new Valkey(options as ValkeyOptions);
}

function assertRefused(
  run: () => unknown,
  message: RegExp,
  code: 'INVALID_OPTION' | 'UNKNOWN_OPTION' = 'INVALID_OPTION',
): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof DataError, `threw ${String(error)}`);
    assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  });
}

function names<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}

describe('options of a client', () => {
  for (const name of names(BAD)) {
    it(`refuses a bad ${name}, naming it`, () => {
      for (const value of [...BAD[name], ...NEVER_FIT]) {
        assertRefused(() => make({ [name]: value }), new RegExp(`^the option ${name} must be `));
        const [wanted, code] = OF_CLIENTS.includes(name)
          ? ([new RegExp(`^unknown option ${name}`), 'UNKNOWN_OPTION'] as const)
          : ([new RegExp(`^the option ${name} must be `), 'INVALID_OPTION'] as const);
        assertRefused(() => new ConnectionPool({ [name]: value }), wanted, code);
      }
    });
  }

  for (const name of names(GOOD)) {
    it(`takes a good ${name}, and none`, () => {
      for (const value of [...GOOD[name], undefined]) make({ [name]: value }).destroy();
    });
  }

  for (const name of names(BAD_RETRY)) {
    it(`refuses a bad retry.${name}, naming it`, () => {
      for (const value of [...BAD_RETRY[name], ...NEVER_FIT]) {
        assertRefused(() => make({ retry: { [name]: value } }), new RegExp(`^the retry option ${name} must be `));
      }
    });
  }

  it('takes none at all', () => {
    make(undefined).destroy();
    make({}).destroy();
  });

  it('refuses what is no object of options', () => {
    for (const value of [null, 5, true, Symbol('x'), () => undefined]) {
      assert.throws(() => make(value), DataError, String(value));
      assert.throws(() => new ConnectionPool(value as ValkeyOptions), DataError, String(value));
    }
  });

  for (const [name, meant] of [
    ['hots', 'host'],
    ['Port', 'port'],
    ['database', undefined],
    ['pasword', 'password'],
    ['socket_timeout', 'socketTimeout'],
    ['commandTimeout', undefined],
    ['connecttimeout', 'connectTimeout'],
    ['maxConnection', 'maxConnections'],
    ['client_name', 'clientName'],
    ['keepalive', 'keepAlive'],
    ['zzzzzzzzzz', undefined],
    ['constructor', undefined],
    ['toString', undefined],
  ] as const) {
    it(`refuses the unknown ${name}${meant === undefined ? '' : ` and suggests ${meant}`}`, () => {
      const hint = meant === undefined ? '' : `: did you mean ${meant}\\?$`;
      assertRefused(() => make({ [name]: 1 }), new RegExp(`^unknown option ${name}${hint}`), 'UNKNOWN_OPTION');
      assertRefused(() => make({ [name]: undefined }), /unknown option/, 'UNKNOWN_OPTION');
    });
  }

  it('refuses an own __proto__, and changes no prototype', () => {
    assertRefused(
      () => make(JSON.parse('{ "__proto__": { "host": "evil" } }')),
      /unknown option __proto__/,
      'UNKNOWN_OPTION',
    );
    assert.equal(Reflect.get({}, 'host'), undefined);
  });

  it('refuses unknown options of retry', () => {
    assertRefused(
      () => make({ retry: { retires: 3 } }),
      /unknown retry option retires: did you mean retries\?/,
      'UNKNOWN_OPTION',
    );
    assertRefused(() => make({ retry: { constructor: 3 } }), /unknown retry option constructor/, 'UNKNOWN_OPTION');
  });
});

describe('options that exclude each other', () => {
  const provider = { getCredentials: () => ({ password: 'p' }) };

  for (const [first, second, options] of [
    ['path', 'host', { path: '/s', host: 'h' }],
    ['path', 'port', { path: '/s', port: 1 }],
    ['credentialProvider', 'username', { credentialProvider: provider, username: 'u', password: 'p' }],
    ['credentialProvider', 'password', { credentialProvider: provider, password: 'p' }],
    ['path', 'host', { path: '/s', url: 'valkey://h' }],
    ['path', 'host', { host: 'h', url: 'unix:///s' }],
    ['credentialProvider', 'password', { credentialProvider: provider, url: 'valkey://:p@h' }],
  ] as const) {
    it(`are ${first} and ${second} of ${names(options).join(' and ')}`, () => {
      const wanted = new RegExp(`options ${first} and ${second} exclude each other`);
      assertRefused(() => make(options), wanted);
      assertRefused(() => new ConnectionPool(options), wanted);
    });
  }

  it('are a connectionPool and whatever says how to connect', () => {
    const pool = new ConnectionPool();
    const connecting: ValkeyOptions = {
      url: 'valkey://h',
      host: 'h',
      port: 1,
      path: '/s',
      family: 4,
      db: 1,
      password: 'p',
      credentialProvider: provider,
      tls: true,
      connectTimeout: 1,
      keepAlive: true,
      noDelay: true,
      protocol: 3,
      clientName: 'n',
      libName: 'n',
      libVersion: '1',
      maxConnections: 5,
      onConnect: () => undefined,
    };
    for (const name of names(connecting)) {
      const wanted = new RegExp(`options connectionPool and ${name} exclude each other`);
      assertRefused(() => make({ connectionPool: pool, [name]: connecting[name] }), wanted);
    }
    make({
      connectionPool: pool,
      socketTimeout: 5,
      encoding: 'buffer',
      retry: { retries: 1 },
      whenDown: 'fail',
    }).destroy();
  });

  it('are none when they are undefined', () => {
    make({ path: '/s', host: undefined, port: undefined }).destroy();
    make({ connectionPool: undefined, host: 'h' }).destroy();
  });

  it('say that a username needs a password', () => {
    assertRefused(() => make({ username: 'u' }), /username needs a password/);
    assertRefused(() => make('valkey://u@h'), /username needs a password/);
    make({ username: 'u', password: '' }).destroy();
    make({ url: 'valkey://u@h', password: 'p' }).destroy();
    make({ url: 'valkey://:p@h', username: 'u' }).destroy();
    make({ url: 'valkey://h?password=p', username: 'u' }).destroy();
  });
});

describe('a URL and options beside it', () => {
  it('give the options of both, and the URL wins', () => {
    const pool = new ConnectionPool({
      url: 'valkey://u:p@h:1/2?connectTimeout=77&clientName=fromUrl',
      host: 'beside',
      port: 9,
      db: 5,
      username: 'v',
      password: 'q',
      connectTimeout: 5,
      clientName: 'beside',
      libName: 'beside',
      maxConnections: 3,
    }).inner;
    assert.deepEqual(pool.settings.address, { host: 'h', port: 1 });
    assert.equal(pool.settings.connectTimeout, 77);
    assert.equal(pool.settings.libName, 'beside');
    assert.equal(pool.maxConnections, 3);
    const { db, username, password, clientName } = pool.session;
    assert.deepEqual([db, username, password, clientName], [2, 'u', 'p', 'fromUrl']);
  });

  it('give the defaults for what neither says', () => {
    const { settings, session, maxConnections } = new ConnectionPool('valkey://h').inner;
    assert.deepEqual(settings.address, { host: 'h', port: 6379 });
    assert.deepEqual(
      [settings.connectTimeout, settings.keepAlive, settings.noDelay, settings.protocol],
      [10_000, 30_000, true, 3],
    );
    assert.deepEqual(
      [settings.tls, settings.family, settings.libName, maxConnections],
      [undefined, undefined, 'valkey-ts', 50],
    );
    assert.deepEqual(
      [session.db, session.username, session.password, session.clientName],
      [0, undefined, undefined, undefined],
    );
    assert.deepEqual(new ConnectionPool().inner.settings.address, { host: '127.0.0.1', port: 6379 });
  });

  it('keep the details of TLS beside a URL that asks for it', () => {
    const tls = { servername: 'cache.example.com', ca: '-----BEGIN CERTIFICATE-----' };
    assert.deepEqual(new ConnectionPool({ url: 'valkeys://h', tls }).inner.settings.tls, tls);
    assert.deepEqual(new ConnectionPool({ url: 'valkey://h', tls }).inner.settings.tls, tls);
    assert.deepEqual(new ConnectionPool({ url: 'valkeys://h', tls: true }).inner.settings.tls, {});
    // A URL that asks for TLS gets it.
    assert.notEqual(new ConnectionPool({ url: 'valkeys://h', tls: false }).inner.settings.tls, undefined);
  });

  it('are checked both', () => {
    assertRefused(() => make({ url: 'valkey://h', hots: 'x' }), /unknown option hots/, 'UNKNOWN_OPTION');
    assertRefused(() => make({ url: 'valkey://h?db=1', db: -1 }), /option db must be/);
    assertRefused(() => make({ url: 'valkey://h?maxConnections=0' }), /option maxConnections must be/);
    assertRefused(() => Valkey.fromUrl('valkey://h', { port: 0 }), /option port must be/);
    assertRefused(() => Valkey.fromUrl('valkey://h:0'), /option port must be/);
  });

  it('leave the object of the caller as it was', () => {
    const options = Object.freeze({ url: 'valkey://u:p@h:1/2?encoding=buffer', host: 'beside' });
    make(options).destroy();
    assert.deepEqual(options, { url: 'valkey://u:p@h:1/2?encoding=buffer', host: 'beside' });
  });
});

describe('options of a view', () => {
  const client = make({});

  for (const name of names(BAD_VIEW)) {
    it(`refuses a bad ${name}, naming it`, () => {
      for (const value of [...BAD_VIEW[name], ...NEVER_FIT]) {
        const options = { [name]: value } as ViewOptions;
        assertRefused(() => client.withOptions(options), new RegExp(`^the option of a view ${name} must be `));
        assertRefused(() => client.withOptions({}).withOptions(options), new RegExp(name));
      }
    });
  }

  it('refuses unknown ones, those of a client among them', () => {
    for (const [name, hint] of [
      ['timout', /timout: did you mean timeout\?/],
      ['encodng', /did you mean encoding\?/],
      ['socketTimeout', /unknown option of a view socketTimeout/],
      ['host', /unknown option of a view host/],
      ['constructor', /unknown option of a view constructor/],
    ] as const) {
      assertRefused(() => client.withOptions({ [name]: 1 }), hint, 'UNKNOWN_OPTION');
    }
    assertRefused(
      () => client.withOptions({ retry: { retires: 1 } as RetryOptions }),
      /did you mean retries\?/,
      'UNKNOWN_OPTION',
    );
  });

  it('refuses what is no object', () => {
    for (const value of [null, undefined, 5, 'utf8'])
      assertRefused(() => client.withOptions(value as never), /must be an object/);
  });

  it('takes good ones', () => {
    const { signal } = new AbortController();
    client.withOptions({});
    client.withOptions({
      encoding: 'buffer',
      integers: 'bigint',
      timeout: Infinity,
      signal,
      whenDown: 'fail',
      retry: { retries: 0 },
    });
    client.withOptions({ timeout: 0.5 }).withOptions({ retry: { idempotent: true } });
  });
});

describe('options of a call', () => {
  const NO_OPTIONS: readonly unknown[] = [500, true, null, 'x', [], () => ({})];
  const refused = (code: string) => (error: unknown) => error instanceof DataError && error.code === code;

  it('are an object, or the call rejects and does nothing', async () => {
    const client = new Valkey();
    const pool = new ConnectionPool();
    for (const given of NO_OPTIONS as readonly never[]) {
      const calls = [client.connect(given), client.session(given), client.close(given)];
      for (const call of [...calls, pool.acquire(given), pool.close(given)]) {
        await assert.rejects(call, refused('INVALID_OPTION'), inspect(given));
      }
      if (given !== null) assert.throws(() => client.pipeline(given), refused('INVALID_OPTION'), inspect(given));
    }
    assert.equal(client.state, 'idle');
    client.destroy();
    pool.destroy();
  });

  it('are checked by close()', async () => {
    const client = new Valkey();
    const times: readonly unknown[] = [NaN, -1, '5', null];
    for (const timeout of times as readonly never[]) {
      await assert.rejects(client.close({ timeout }), refused('INVALID_OPTION'), inspect(timeout));
    }
    await assert.rejects(client.close({ timeuot: 5 } as never), refused('UNKNOWN_OPTION'));
    assert.equal(client.state, 'idle');
    for (const timeout of [0, 0.5, Infinity]) await client.close({ timeout });
    assert.equal(client.state, 'closed');
  });
});

describe('a password', () => {
  const SECRET = 's3cret-p4ss';

  function assertHidden(value: unknown, what: string): void {
    for (const shown of [
      inspect(value, { depth: Infinity, showHidden: true, getters: true }),
      JSON.stringify(value) ?? '',
      String(value),
    ]) {
      assert.ok(!shown.includes(SECRET), what);
    }
  }

  it('is in nothing that a client shows', () => {
    for (const options of [
      { password: SECRET },
      { username: 'u', password: SECRET },
      { url: `valkey://u:${SECRET}@127.0.0.1:1` },
      { url: `valkey://127.0.0.1?password=${SECRET}` },
      { singleConnectionClient: true, password: SECRET },
    ]) {
      const client = make(options);
      assertHidden(client, 'client');
      assertHidden(client.withOptions({ timeout: 5 }), 'view');
      assertHidden(client.stats(), 'statistics');
      assertHidden(client.events, 'events');
      client.destroy();
    }
  });

  it('is in no pool, when it is printed', () => {
    const pool = new ConnectionPool({ username: 'u', password: SECRET });
    for (const shown of [inspect(pool), inspect(pool, { depth: Infinity, showHidden: true }), JSON.stringify(pool)]) {
      assert.ok(!shown.includes(SECRET));
    }
    assertHidden(pool.stats(), 'statistics');
  });

  it('is in no error of a connection that cannot be made', async () => {
    // Nothing listens at port 1.
    const client = make({ url: `valkey://u:${SECRET}@127.0.0.1:1`, retry: { retries: 0 } });
    await assert.rejects(client.connect(), (error: unknown) => {
      assertHidden(error, 'error');
      assert.ok(!(error as Error).stack!.includes(SECRET));
      return true;
    });
    client.destroy();
  });

  it('is in no error about options', () => {
    for (const options of [
      { password: SECRET, path: '/s', host: 'h' },
      { password: SECRET, hots: 'h' },
      { password: [SECRET] },
      { username: SECRET },
      { url: { href: SECRET } },
      { clientName: `a ${SECRET}` },
      { credentialProvider: SECRET },
    ]) {
      assert.throws(
        () => make(options),
        (error: unknown) => {
          assert.ok(error instanceof DataError);
          assertHidden(error, error.message);
          return true;
        },
      );
    }
  });

  it('is in no error about arguments', () => {
    const client = make({});
    for (const args of [
      ['AUTH', SECRET, null],
      ['SET', 'key', { value: SECRET }],
      ['SET', 'key', [SECRET]],
      ['SET', SECRET, undefined],
      ['SET', 'key', Symbol(SECRET)],
    ] as const) {
      assert.throws(
        () => void client.executeCommand(...(args as unknown as [string, ...string[]])),
        (error: unknown) => {
          assert.ok(error instanceof DataError);
          assert.equal(error.command, args[0]);
          assertHidden(error, error.message);
          return true;
        },
      );
    }
    client.destroy();
  });
});
