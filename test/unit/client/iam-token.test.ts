import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { presigned, type AwsCredentials } from '../../../src/client/iam-token.ts';
import {
  AuthenticationError,
  DataError,
  ElastiCacheIamCredentialProvider,
  MemoryDbIamCredentialProvider,
  type IamCredentialOptions,
} from '../../../src/index.ts';

/** Those of the AWS signing test suite. */
const EXAMPLE: AwsCredentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const TOKEN = '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267';
const UNRESERVED = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Cases of the AWS signing test suite, version 4, signed in the query. */
const CASES: readonly (readonly [name: string, query: readonly (readonly [string, string])[], signature: string])[] = [
  ['get-vanilla-query', [], 'e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d'],
  [
    'get-vanilla-empty-query-key',
    [['Param1', 'value1']],
    '49096700cbbaa5753443850f40df10f904fc2fdb544dc9512203cc77c471a9de',
  ],
  [
    'get-vanilla-query-order-key-case',
    [
      ['Param2', 'value2'],
      ['Param1', 'value1'],
    ],
    '86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5',
  ],
  [
    'get-vanilla-query-order-encoded',
    [
      ['Param-3', 'Value3'],
      ['Param', 'Value2'],
      ['\u1234', 'Value1'],
    ],
    'c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787',
  ],
  [
    'get-vanilla-query-unreserved',
    [[UNRESERVED, UNRESERVED]],
    '8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf',
  ],
  ['get-vanilla-utf8-query', [['\u1234', 'bar']], '0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600'],
];

const REQUEST = {
  host: 'example.amazonaws.com',
  service: 'service',
  region: 'us-east-1',
  credentials: EXAMPLE,
  date: new Date('2015-08-30T12:36:00Z'),
  expires: 3600,
};

describe('a presigned request', () => {
  for (const [name, query, signature] of CASES) {
    it(`is signed as the case ${name} of AWS's test suite`, () => {
      const url = presigned({ ...REQUEST, query });
      assert.ok(url.startsWith('example.amazonaws.com/?'));
      assert.equal(new URLSearchParams(url.slice(url.indexOf('?'))).get('X-Amz-Signature'), signature);
    });
  }

  it("is signed as the case get-vanilla-with-session-token of AWS's test suite", () => {
    const url = presigned({ ...REQUEST, query: [], credentials: { ...EXAMPLE, sessionToken: TOKEN } });
    assert.equal(
      url,
      'example.amazonaws.com/?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z' +
        `&X-Amz-Expires=3600&X-Amz-Security-Token=${TOKEN}&X-Amz-SignedHeaders=host` +
        '&X-Amz-Signature=7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c',
    );
  });

  it('encodes all that is not unreserved', () => {
    const url = presigned({ ...REQUEST, query: [["a b!'()*+/é", "c d!'()*+/é"]] });
    assert.ok(url.includes('&a%20b%21%27%28%29%2A%2B%2F%C3%A9=c%20d%21%27%28%29%2A%2B%2F%C3%A9&'), url);
  });
});

const OPTIONS: IamCredentialOptions = {
  username: 'app-user',
  cacheName: 'Orders-01',
  region: 'eu-central-1',
  credentials: () => EXAMPLE,
};

const fieldsOf = (token: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(token.slice(token.indexOf('?'))));

const FORMS = [
  ['elasticache', {}, (options: IamCredentialOptions) => new ElastiCacheIamCredentialProvider(options)],
  [
    'elasticache',
    { ResourceType: 'ServerlessCache' },
    (options: IamCredentialOptions) => new ElastiCacheIamCredentialProvider({ ...options, serverless: true }),
  ],
  ['memorydb', {}, (options: IamCredentialOptions) => new MemoryDbIamCredentialProvider(options)],
] as const;

for (const [service, further, make] of FORMS) {
  describe(`a token for ${service}${'ResourceType' in further ? ', serverless' : ''}`, () => {
    it('has the documented form', async () => {
      const before = Date.now();
      const { username, password } = await make(OPTIONS).getCredentials();
      assert.equal(username, 'app-user');
      assert.match(
        password,
        /^orders-01\/\?Action=connect&(ResourceType=ServerlessCache&)?User=app-user&X-Amz-Algorithm=/,
      );
      const { 'X-Amz-Date': date, 'X-Amz-Signature': signature, ...rest } = fieldsOf(password);
      assert.deepEqual(rest, {
        Action: 'connect',
        User: 'app-user',
        ...further,
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': `AKIDEXAMPLE/${date!.slice(0, 8)}/eu-central-1/${service}/aws4_request`,
        'X-Amz-Expires': '900',
        'X-Amz-SignedHeaders': 'host',
      });
      const time = Date.parse(date!.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
      assert.ok(time >= before - 1000 && time <= Date.now());
      assert.match(signature!, /^[0-9a-f]{64}$/);
      const query = Object.entries({ Action: 'connect', User: 'app-user', ...further });
      const request = { host: 'orders-01', query, service, region: 'eu-central-1', credentials: EXAMPLE, expires: 900 };
      assert.equal(password, presigned({ ...request, date: new Date(time) }));
    });

    it('is made once for all who ask at a time, and used for most of its life', async () => {
      let asked = 0;
      const provider = make({ ...OPTIONS, credentials: async () => (asked++, EXAMPLE) });
      const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => provider.getCredentials()));
      assert.equal(asked, 1);
      for (const other of others) assert.equal(other, first);
      assert.equal(await provider.getCredentials(), first);
      assert.equal(asked, 1);
    });

    it('holds the token of temporary credentials, and does not outlive them', async () => {
      let asked = 0;
      const credentials = (): AwsCredentials => {
        asked++;
        return { ...EXAMPLE, sessionToken: 'a/b+c=', expiration: new Date(Date.now() - 1) };
      };
      const provider = make({ ...OPTIONS, credentials });
      const { password } = await provider.getCredentials();
      assert.equal(fieldsOf(password)['X-Amz-Security-Token'], 'a/b+c=');
      await provider.getCredentials();
      assert.equal(asked, 2);
    });

    it('is made with the credentials and the region of the environment by default', async () => {
      const names = [
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
        'AWS_REGION',
        'AWS_DEFAULT_REGION',
      ];
      const before = names.map((name) => [name, process.env[name]] as const);
      const own = { username: 'u', cacheName: 'c' };
      try {
        for (const name of names) delete process.env[name];
        assert.throws(() => make(own), /the option region must be a region of AWS, or AWS_REGION be set/);
        process.env['AWS_DEFAULT_REGION'] = 'eu-west-1';
        const provider = make(own);
        await assert.rejects(provider.getCredentials(), (error: AuthenticationError) => {
          assert.ok(error instanceof AuthenticationError);
          assert.equal(error.code, 'CREDENTIALS_FAILED');
          return /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/.test(error.message);
        });
        process.env['AWS_ACCESS_KEY_ID'] = 'AKIDENVIRONMENT';
        process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
        process.env['AWS_SESSION_TOKEN'] = 'session';
        const fields = fieldsOf((await provider.getCredentials()).password);
        assert.match(fields['X-Amz-Credential']!, /^AKIDENVIRONMENT\/\d{8}\/eu-west-1\//);
        assert.equal(fields['X-Amz-Security-Token'], 'session');
      } finally {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      }
    });

    it('names the option that cannot be used', () => {
      for (const [wrong, message] of [
        [{ username: '' }, /the option username must be/],
        [{ username: 5 }, /the option username must be/],
        [{ cacheName: 'orders.cache.amazonaws.com' }, /the option cacheName must be .*neither dots nor a port/],
        [{ cacheName: '' }, /the option cacheName must be/],
        [{ region: '' }, /the option region must be/],
        [{ credentials: EXAMPLE }, /the option credentials must be a function/],
        [{ cacheNam: 'x' }, /unknown option .*cacheNam/],
      ] as const) {
        assert.throws(
          () => make({ ...OPTIONS, ...wrong } as never),
          (error: DataError) => error instanceof DataError && message.test(error.message),
        );
      }
    });

    it('shows no secret, whatever it was given', async () => {
      for (const given of [EXAMPLE, undefined, { ...EXAMPLE, accessKeyId: 5 }, { ...EXAMPLE, expiration: 'soon' }]) {
        const provider = make({ ...OPTIONS, credentials: () => given as never });
        const outcome = await provider.getCredentials().then(
          () => undefined,
          (error: unknown) => error,
        );
        assert.equal(outcome === undefined, given === EXAMPLE);
        const shown = [provider, outcome].map((each) => inspect(each, { showHidden: true, depth: 9 })).join();
        for (const secret of ['wJalr', 'X-Amz-Signature']) assert.ok(!shown.includes(secret), shown);
        assert.equal(JSON.stringify(provider), '{}');
      }
    });
  });
}
