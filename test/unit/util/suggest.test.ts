import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { suggest } from '../../../src/util/suggest.ts';

const KNOWN = [
  'host',
  'port',
  'password',
  'socketTimeout',
  'connectTimeout',
  'clientName',
  'noDelay',
  'maxConnections',
];

describe('suggest', () => {
  for (const [name, meant] of [
    ['hosst', 'host'],
    ['Host', 'host'],
    ['prot', 'port'],
    ['pasword', 'password'],
    ['passwordd', 'password'],
    ['socket_timeout', 'socketTimeout'],
    ['SOCKET-TIMEOUT', 'socketTimeout'],
    ['sockettimeout', 'socketTimeout'],
    ['socketTimeuot', 'socketTimeout'],
    ['connTimeout', 'connectTimeout'],
    ['client_name', 'clientName'],
    ['nodelay', 'noDelay'],
    ['maxConnection', 'maxConnections'],
    ['max_conections', 'maxConnections'],
  ] as const) {
    it(`finds ${meant} for ${name}`, () => {
      assert.equal(suggest(name, KNOWN), meant);
    });
  }

  for (const name of [
    'zzz',
    'completelyDifferent',
    'database',
    'sslCertReqs',
    '__proto__',
    'constructor',
    '数据库',
    '💥💥💥💥',
  ]) {
    it(`finds nothing for ${name}`, () => {
      assert.equal(suggest(name, KNOWN), undefined);
    });
  }

  it('finds nothing among nothing', () => {
    assert.equal(suggest('host', []), undefined);
  });

  it('does not guess at names of one letter or none', () => {
    for (const name of ['', 'x', '?']) assert.equal(suggest(name, ['db', 'host', 'tls']), undefined);
  });

  it('takes the nearest, and the first of equals', () => {
    assert.equal(suggest('timeout', ['timeouts', 'timeout2', 'time']), 'timeouts');
    assert.equal(suggest('tineout', ['timeouts', 'timeout']), 'timeout');
  });
});
