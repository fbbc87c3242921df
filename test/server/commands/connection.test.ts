import assert from 'node:assert/strict';
import { type ClientFilter } from '../../../src/commands/index.ts';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses } from './harness.ts';

await everyWay('connection', {
  'echo and ping': async ({ client, text }) => {
    assert.equal(await client.ping(), 'PONG');
    assert.deepEqual(await client.ping('héllo'), text('héllo'));
    assert.deepEqual(await client.echo(Buffer.from('hi')), text('hi'));
    assert.deepEqual(await client.ping(''), text(''));
  },

  auth: async ({ client }) => {
    await client.executeCommand('ACL', 'SETUSER', 'ada', 'on', '>secret', '+@all', '~*');
    {
      await using session = await client.session();
      assert.equal(await session.auth('ada', 'secret'), 'OK');
      await assert.rejects(session.auth('ada', 'wrong'), { name: 'ResponseError', code: 'WRONGPASS' });
      await assert.rejects(session.auth('password of nobody'), ResponseError);
    }
    await client.executeCommand('ACL', 'DELUSER', 'ada');
  },

  select: async ({ client, text }) => {
    await using session = await client.session();
    assert.equal(await session.select(1), 'OK');
    await session.set('k', 'v');
    assert.equal(await client.get('k'), null);
    assert.equal(await session.select(0n), 'OK');
    await assert.rejects(session.select(99), ResponseError);
    assert.equal(await client.select(1), 'OK');
    assert.deepEqual(await client.get('k'), text('v'));
  },

  hello: async ({ client, int }) => {
    await using session = await client.session();
    const hello = await session.hello();
    assert.match(hello.server, /^(valkey|redis)$/);
    assert.match(hello.version, /^\d+\.\d+\.\d+$/);
    assert.equal(hello.mode, 'standalone');
    assert.equal(hello.role, 'master');
    assert.deepEqual(hello.id, await session.clientId());
    assert.ok(Array.isArray(hello.modules));
    for (const module of hello.modules) assert.equal(typeof module.name, 'string');
    const auth = { username: 'default', password: 'any' };
    const named = await session.hello(hello.proto === int(3) ? 3 : 2, { setname: 'greeter', auth });
    assert.deepEqual(named.proto, hello.proto);
    assert.equal(await session.clientGetname(), 'greeter');
    refuses(() => session.hello(undefined, { setname: 'x' }), /only after a protocol/);
  },

  'hello with an availability zone': async ({ atLeast, client, since }) => {
    await since('8.0', async () => {
      await client.executeCommand('CONFIG', 'SET', 'availability-zone', 'zone-a');
      await using session = await client.session();
      // 8.0 has the setting and does not tell it.
      assert.equal((await session.hello()).availabilityZone, atLeast('8.1') ? 'zone-a' : undefined);
      await client.executeCommand('CONFIG', 'SET', 'availability-zone', '');
    });
  },

  'reset and quit': async ({ client }) => {
    await using session = await client.session();
    assert.equal(await session.reset(), 'RESET');
    await using another = await client.session();
    assert.equal(await another.quit(), 'OK');
  },

  'client id, name, info, list': async ({ client, int }) => {
    const id = await client.clientId();
    assert.equal(await client.clientGetname(), null);
    assert.equal(await client.clientSetname('a=b'), 'OK');
    assert.equal(await client.clientGetname(), 'a=b');
    const info = await client.clientInfo();
    assert.deepEqual(int(info.id), id);
    assert.equal(info.name, 'a=b');
    assert.equal(info.db, 0);
    assert.equal(info.flags, 'N');
    assert.equal(info.user, 'default');
    assert.equal(info.cmd, 'client|info');
    assert.equal(typeof info.totMem, 'number');
    assert.equal(typeof info.qbufFree, 'number');
    assert.match(info.addr, /^127\.0\.0\.1:\d+$/);
    assert.deepEqual((await client.clientList()).map((each) => int(each.id)).includes(id), true);
    assert.deepEqual(
      (await client.clientList({ id })).map((each) => each.name),
      ['a=b'],
    );
    assert.deepEqual(await client.clientList({ id: [id, 123456789] }).then((list) => list.length), 1);
    assert.deepEqual(await client.clientList({ type: 'pubsub' }), []);
    assert.equal(await client.clientSetname(''), 'OK');
    assert.match((await client.clientHelp())[0]!, /^CLIENT/);
    refuses(() => client.clientList({ id: [] }), /needs at least one id/);
  },

  'client list with the filters of 8.1 and 9.0': async ({ client, since }) => {
    await client.clientSetname('me');
    const me = await client.clientInfo();
    const finds = async (filter: ClientFilter): Promise<boolean> =>
      (await client.clientList(filter)).some((each) => each.id === me.id);
    await since('8.1', async () => {
      assert.equal(await finds({ user: 'default', addr: me.addr, laddr: me.laddr, skipme: false }), true);
      assert.equal(await finds({ maxage: 3600 }), false);
      assert.equal(await finds({ skipme: true }), false);
    });
    await client.executeCommand('ACL', 'SETUSER', 'ada');
    await since('9.0', async () => {
      assert.equal(await finds({ name: 'me', flags: 'N', db: 0, ip: '127.0.0.1' }), true);
      assert.equal(await finds({ idle: 3600 }), false);
      assert.equal(await finds({ libName: me.libName, libVer: me.libVer }), true);
      assert.equal(await finds({ capa: 'r' }), me.capa?.includes('r') ?? false);
      const other: ClientFilter = {
        notName: 'you',
        notFlags: 'S',
        notDb: 7,
        notIp: '10.0.0.1',
        notId: [123456789],
        notType: 'replica',
        notUser: 'ada',
        notAddr: '10.0.0.1:1',
        notLaddr: '10.0.0.1:1',
        notLibName: 'x',
        notLibVer: 'x',
      };
      assert.equal(await finds(other), true);
      assert.equal(await finds({ notName: 'me' }), false);
      assert.equal(await finds({ notCapa: 'r' }), !(me.capa?.includes('r') ?? false));
    });
  },

  'client kill': async ({ client, int, since }) => {
    const victim = async (name: string) => {
      const session = await client.session();
      await session.clientSetname(name);
      return { session, ...(await session.clientInfo()) };
    };
    const gone = async ({ session }: Awaited<ReturnType<typeof victim>>): Promise<void> => {
      await assert.rejects(session.ping());
      await session.close();
    };
    const first = await victim('first');
    assert.deepEqual(await client.clientKill(first.addr), int(1));
    await gone(first);
    await assert.rejects(client.clientKill('127.0.0.1:1'), ResponseError);
    const second = await victim('second');
    const filter: ClientFilter = { id: second.id, type: 'normal', user: 'default', addr: second.addr, skipme: true };
    assert.deepEqual(await client.clientKill({ ...filter, laddr: second.laddr }), int(1));
    await gone(second);
    assert.deepEqual(await client.clientKill({ type: 'pubsub' }), int(0));
    await since('8.0', async () => assert.deepEqual(await client.clientKill({ maxage: 3600 }), int(0)));
    await since('8.1', async () => assert.deepEqual(await client.clientKill({ id: [123456788, 123456789] }), int(0)));
    await since('9.0', async () => {
      const third = await victim('third');
      assert.deepEqual(await client.clientKill({ name: 'third', notId: [1, 2], notType: 'pubsub' }), int(1));
      await gone(third);
    });
    refuses(() => client.clientKill({}), /needs at least one filter/);
    refuses(() => client.clientKill({ nmae: 'x' } as ClientFilter), /has no filter nmae/);
  },

  'client settings of the connection': async ({ client, since }) => {
    for (const setting of ['on', 'off'] as const) {
      assert.equal(await client.clientNoEvict(setting), 'OK');
      await since('7.2', async () => assert.equal(await client.clientNoTouch(setting), 'OK'));
    }
    await since('7.2', async () => {
      assert.equal(await client.clientSetinfo('lib-name', 'mine'), 'OK');
      assert.equal(await client.clientSetinfo('lib-ver', '1.2'), 'OK');
      const { libName, libVer } = await client.clientInfo();
      assert.deepEqual([libName, libVer], ['mine', '1.2']);
    });
    await using session = await client.session();
    assert.equal(await session.clientReply('on'), 'OK');
    await since('8.0', async () => {
      assert.equal(await session.clientCapa('redirect'), 'OK');
      assert.equal(await session.clientCapa(['redirect', 'something-else']), 'OK');
    });
    refuses(() => session.clientCapa([]), /at least one capability/);
  },

  'client import-source': async ({ client, since }) => {
    await since('8.1', async () => {
      await client.executeCommand('CONFIG', 'SET', 'import-mode', 'yes');
      await using session = await client.session();
      assert.equal(await session.clientImportSource('on'), 'OK');
      assert.equal(await session.clientImportSource('off'), 'OK');
      await client.executeCommand('CONFIG', 'SET', 'import-mode', 'no');
      await assert.rejects(session.clientImportSource('on'), ResponseError);
    });
  },

  'client pause and unpause': async ({ client }) => {
    assert.equal(await client.clientPause(5000, { mode: 'write' }), 'OK');
    assert.equal(await client.clientUnpause(), 'OK');
    assert.equal(await client.clientPause(10, { mode: 'all' }), 'OK');
    assert.equal(await client.set('k', 'v'), 'OK');
    assert.equal(await client.clientPause(1), 'OK');
  },

  'client tracking': async ({ client, int, texts }) => {
    const off = { flags: ['off'], redirect: int(-1), prefixes: [] };
    assert.deepEqual(await client.clientTrackinginfo(), off);
    assert.deepEqual(await client.clientGetredir(), int(-1));
    const id = await client.clientId();
    await using session = await client.session();
    const options = { bcast: true, prefix: ['a:', Buffer.from('b:')], noloop: true, redirect: id } as const;
    assert.equal(await session.clientTracking('on', options), 'OK');
    const info = await session.clientTrackinginfo();
    assert.deepEqual(info.flags, ['on', 'bcast', 'noloop']);
    assert.deepEqual([info.redirect, await session.clientGetredir()], [id, id]);
    assert.deepEqual([...info.prefixes].sort(), texts('a:', 'b:'));
    assert.equal(await session.clientTracking('off'), 'OK');
    for (const [mode, answer] of [
      ['optin', 'yes'],
      ['optout', 'no'],
    ] as const) {
      const chosen = mode === 'optin' ? { optin: true } : { optout: true };
      assert.equal(await session.clientTracking('on', { ...chosen, redirect: id }), 'OK');
      assert.equal(await session.clientCaching(answer), 'OK');
      assert.deepEqual((await session.clientTrackinginfo()).flags.slice(0, 2), ['on', mode]);
      assert.equal(await session.clientTracking('off'), 'OK');
    }
    assert.equal(await session.clientTracking('on', { bcast: true, prefix: 'c:', redirect: id }), 'OK');
    refuses(() => session.clientTracking('on', { optin: true, optout: true } as never), /only one of bcast/);
    refuses(() => session.clientTracking('on', { bcast: true, prefix: [] }), /at least one prefix/);
  },

  'client unblock': async ({ client }) => {
    const blocked = async () => {
      const session = await client.session();
      const id = await session.clientId();
      const answer = session.blpop('nothing', 0);
      // What it ends with is looked at below; it may end before.
      answer.catch(() => undefined);
      while ((await client.clientList({ id }))[0]?.flags !== 'b');
      return { session, id, answer };
    };
    const first = await blocked();
    assert.equal(await client.clientUnblock(first.id), true);
    assert.equal(await first.answer, null);
    assert.equal(await client.clientUnblock(first.id), false);
    await first.session.close();
    const second = await blocked();
    assert.equal(await client.clientUnblock(second.id, { type: 'error' }), true);
    await assert.rejects(second.answer, { code: 'UNBLOCKED' });
    await second.session.close();
    const third = await blocked();
    assert.equal(await client.clientUnblock(third.id, { type: 'timeout' }), true);
    assert.equal(await third.answer, null);
    await third.session.close();
  },
});
