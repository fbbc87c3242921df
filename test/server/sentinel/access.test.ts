import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AuthenticationError, PrimaryNotFoundError, type SentinelOptions } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { clientInfo, failureOf, open, until } from '../client/tools.ts';
import { openSentinel } from './tools.ts';

const deployment = await ValkeyServer.startSentinel({
  replicas: 1,
  sentinels: 2,
  tls: true,
  acl: ['app on >app-secret ~* &* +@all'],
  sentinelPassword: 'sentinel-secret',
  sentinelAcl: [
    'nobody on >secret ~* &* -@all',
    'asker on >secret resetchannels -@all +sentinel|get-master-addr-by-name',
    'reader on >secret ~* &* -@all +sentinel|master +sentinel|get-master-addr-by-name +sentinel|replicas +sentinel|sentinels +sentinel|myid +subscribe',
  ],
});
after(() => deployment.stop());
const { addresses, ca } = deployment;
const primary = await deployment.primary();
const tls = { ca };

/** The servers' credentials and TLS, and other ones for the Sentinels. */
function optionsFor(username: string, password: string, protocol: 2 | 3 = 3): SentinelOptions {
  return {
    username: 'app',
    password: 'app-secret',
    tls,
    protocol,
    sentinelOptions: { username, password, tls, protocol },
  };
}

for (const protocol of [3, 2] as const) {
  test(`Sentinels and servers have credentials and TLS of their own, RESP${protocol}`, async (t) => {
    const sentinel = openSentinel(t, addresses, optionsFor('default', 'sentinel-secret', protocol));
    const client = sentinel.primaryFor('main', { clientName: 'secured' });
    await client.set('secured', '1');
    const info = await clientInfo(client);
    assert.deepEqual([info['user'], info['name'], info['resp']], ['app', 'secured', String(protocol)]);
    const replica = sentinel.replicaFor('main');
    await until('it is there', async () => (await replica.get('secured')) === '1');
    const blocked = client.blpop('queue', 5);
    await client.rpush('queue', '1');
    await blocked;
    const list = String(await primary.call('CLIENT', 'LIST'));
    assert.ok(!/user=default/.test(list), 'every connection is the user that was asked for');
  });

  test(`a user with few permissions gets by, RESP${protocol}`, async (t) => {
    for (const user of ['asker', 'reader']) {
      const sentinel = openSentinel(t, addresses, optionsFor(user, 'secret', protocol));
      assert.equal((await sentinel.discoverPrimary('main')).port, primary.port);
      assert.equal(await sentinel.primaryFor('main').set('few', user), 'OK');
    }
  });

  test(`a user without permissions is told so, RESP${protocol}`, async (t) => {
    const sentinel = openSentinel(t, addresses, optionsFor('nobody', 'secret', protocol));
    const error = await failureOf(sentinel.discoverPrimary('main'), PrimaryNotFoundError);
    assert.equal(error.answers.size, 2);
    for (const answer of error.answers.values()) assert.match(answer, /NOPERM/);
  });

  test(`a wrong password is told, and not shown, RESP${protocol}`, async (t) => {
    const sentinel = openSentinel(t, addresses, optionsFor('default', 'wrong-secret', protocol));
    const start = performance.now();
    const error = await failureOf(sentinel.discoverPrimary('main'), PrimaryNotFoundError);
    assert.ok(performance.now() - start < 5000);
    for (const answer of error.answers.values()) assert.match(answer, /refused the username or password/);
    assert.ok(!error.message.includes('wrong-secret'));
    await failureOf(sentinel.primaryFor('main').get('key'), PrimaryNotFoundError);
  });
}

test('the servers refuse a wrong password for themselves', async (t) => {
  const options = { ...optionsFor('default', 'sentinel-secret'), password: 'wrong' };
  await failureOf(openSentinel(t, addresses, options).primaryFor('main').get('key'), AuthenticationError);
});

test('Sentinels are asked in plain only when nobody says otherwise', async (t) => {
  const sentinel = openSentinel(t, addresses, { tls, sentinelOptions: { password: 'sentinel-secret' } });
  const error = await failureOf(sentinel.discoverPrimary('main'), PrimaryNotFoundError);
  for (const answer of error.answers.values()) assert.match(answer, /speaks TLS|TLS/);
});

test('a URL that asks for TLS asks for it everywhere', async (t) => {
  const url = deployment.url.replace('://', '://app:app-secret@');
  const sentinel = openSentinel(t, url, { tls, sentinelOptions: { password: 'sentinel-secret' } });
  assert.equal(await sentinel.primaryFor('main').set('url', '1'), 'OK');
});

test('a client of one server is not what finds Sentinels', async (t) => {
  const sentinel = deployment.sentinels[0]!;
  const client = open(t, { port: sentinel.port, password: 'sentinel-secret', tls });
  assert.equal((await client.sentinelGetMasterAddrByName('main'))?.port, primary.port);
});
