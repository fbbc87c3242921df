import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AclSetuserOptions } from '../../../src/commands/index.ts';
import { ResponseError } from '../../../src/errors.ts';
import { refuses, sorted } from './harness.ts';
import { everyWayOnOwnServer } from './own-server.ts';

const digest = (password: string): string => createHash('sha256').update(password).digest('hex');

await everyWayOnOwnServer('acl', {
  'acl cat': async ({ client }) => {
    const categories = await client.aclCat();
    for (const category of ['read', 'write', 'dangerous']) assert.ok(categories.includes(category));
    assert.deepEqual(sorted(await client.aclCat('transaction')), ['discard', 'exec', 'multi', 'unwatch', 'watch']);
    await assert.rejects(client.aclCat('nonsense'), ResponseError);
  },

  'acl setuser by rules, acl getuser': async ({ client, texts, atLeast }) => {
    assert.equal(await client.aclGetuser('ada'), null);
    assert.equal(await client.aclSetuser('ada'), 'OK');
    const databases = atLeast('9.1') ? { databases: 'alldbs' } : {};
    const fresh = await client.aclGetuser('ada');
    assert.ok(fresh !== null);
    assert.equal(fresh.enabled, false);
    assert.ok(fresh.flags.includes('off'));
    assert.deepEqual([fresh.passwords, fresh.commands, fresh.categories], [[], '-@all', ['-@all']]);
    assert.deepEqual([fresh.keys, fresh.channels, fresh.selectors], [[], [], []]);
    assert.equal(fresh.databases, databases.databases);

    const rules = ['on', '>secret', '+@hash', '-hset', '+config|get', '~cache:*', '%R~user:*', '&news:*', '(+get ~a*)'];
    assert.equal(await client.aclSetuser('ada', rules), 'OK');
    assert.equal(await client.aclSetuser('ada', '(%W~b:* +@write)'), 'OK');
    const ada = await client.aclGetuser('ada');
    assert.ok(ada !== null);
    const { flags, commands, ...rest } = ada;
    assert.ok(flags.includes('on'));
    // Redis 7.0 gives the rules in an order of its own.
    assert.deepEqual(sorted(commands.split(' ')), ['+@hash', '+config|get', '-@all', '-hset']);
    assert.deepEqual(rest, {
      enabled: true,
      passwords: [digest('secret')],
      categories: ['-@all', '+@hash'],
      keys: texts('~cache:*', '%R~user:*'),
      channels: texts('&news:*'),
      ...databases,
      selectors: [
        { commands: '-@all +get', categories: ['-@all'], keys: texts('~a*'), channels: [], ...databases },
        {
          commands: '-@all +@write',
          categories: ['-@all', '+@write'],
          keys: texts('%W~b:*'),
          channels: [],
          ...databases,
        },
      ],
    });
    assert.ok((await client.aclList()).some((line) => line.startsWith('user ada on ')));
    assert.deepEqual(sorted(await client.aclUsers()), ['ada', 'default']);
    await assert.rejects(client.aclSetuser('ada', ['nonsense']), ResponseError);
    // The server repeats the rule, which may be a password.
    await assert.rejects(client.aclSetuser('ada', '<hunter2'), (error) => !inspect(error).includes('hunter2'));
    assert.deepEqual(await client.aclDeluser(['ada', 'nobody']).then(Number), 1);
    assert.deepEqual(await client.aclDeluser('ada').then(Number), 0);
    await assert.rejects(client.aclDeluser('default'), ResponseError);
    refuses(() => client.aclDeluser([]), /at least one username/);
  },

  'acl setuser by options': async ({ client, texts, atLeast }) => {
    const options: AclSetuserOptions = {
      reset: true,
      enabled: true,
      passwords: ['one', Buffer.from('two')],
      hashedPasswords: digest('three'),
      sanitizePayload: true,
      categories: ['+@read', '-@bitmap'],
      commands: ['-hget', '+set', '+config|get'],
      keys: ['cache:*', 'objects:*'],
      readKeys: 'user:*',
      writeKeys: ['log:*'],
      channels: 'news:*',
      selectors: [
        { commands: '+del', keys: 'tmp:*' },
        { categories: '+@list', channels: ['x', 'y'] },
      ],
    };
    assert.equal(await client.aclSetuser('ada', options), 'OK');
    const ada = await client.aclGetuser('ada');
    assert.ok(ada !== null);
    assert.equal(ada.enabled, true);
    assert.deepEqual(sorted(ada.passwords), sorted([digest('one'), digest('two'), digest('three')]));
    assert.ok(ada.commands.split(' ').includes('+config|get'));
    if (atLeast('7.2')) {
      assert.equal(ada.commands, '-@all +@read -@bitmap -hget +set +config|get');
      assert.deepEqual(ada.categories, ['-@all', '+@read', '-@bitmap']);
    }
    assert.deepEqual(ada.keys, texts('~cache:*', '~objects:*', '%R~user:*', '%W~log:*'));
    assert.deepEqual(ada.channels, texts('&news:*'));
    assert.deepEqual(
      ada.selectors.map(({ commands, keys, channels }) => [commands, keys, channels]),
      [
        ['-@all +del', texts('~tmp:*'), []],
        ['-@all +@list', [], texts('&x', '&y')],
      ],
    );

    const changes: AclSetuserOptions = {
      passwords: { add: 'four', remove: ['one', 'two'] },
      hashedPasswords: { add: digest('five'), remove: digest('three') },
      clearselectors: true,
      resetkeys: true,
      resetchannels: true,
    };
    assert.equal(await client.aclSetuser('ada', changes), 'OK');
    const changed = await client.aclGetuser('ada');
    assert.deepEqual(sorted(changed?.passwords ?? []), sorted([digest('four'), digest('five')]));
    assert.deepEqual([changed?.keys, changed?.channels, changed?.selectors], [[], [], []]);
    assert.equal(changed?.commands, ada.commands);

    assert.equal(await client.aclSetuser('ada', { resetpass: true, nopass: true, enabled: false }), 'OK');
    const open = await client.aclGetuser('ada');
    assert.deepEqual([open?.enabled, open?.passwords, open?.flags.includes('nopass')], [false, [], true]);
    assert.equal(await client.aclSetuser('ada', { sanitizePayload: false }), 'OK');
    assert.equal(await client.aclSetuser('ada', {}), 'OK');
    assert.equal(await client.aclSetuser('ada', { reset: true }), 'OK');
    assert.equal((await client.aclGetuser('ada'))?.flags.includes('nopass'), false);
    await client.aclDeluser('ada');
  },

  'acl setuser with databases': async ({ client, atLeast }) => {
    const databases = async (options: AclSetuserOptions): Promise<string | undefined> => {
      await client.aclSetuser('ada', options);
      return (await client.aclGetuser('ada'))?.databases;
    };
    if (atLeast('9.1')) {
      assert.equal(await databases({ databases: 1 }), 'db=1');
      assert.equal(await databases({ databases: [0, 2n] }), 'db=0,2');
      assert.equal(await databases({ resetdbs: true }), '');
      assert.equal(await databases({ databases: 'all' }), 'alldbs');
      await client.aclSetuser('ada', { selectors: { databases: [3] } });
      assert.equal((await client.aclGetuser('ada'))?.selectors[0]?.databases, 'db=3');
    } else await assert.rejects(databases({ databases: 1 }), ResponseError);
    await client.aclDeluser('ada');
  },

  'patterns of any bytes': async ({ client, text }) => {
    const pattern = Buffer.from([0x66, 0xe9, 0xfe, 0x2a]);
    await client.aclSetuser('ada', { keys: pattern, selectors: { keys: pattern } });
    const bytes = await client.withOptions({ encoding: 'buffer' }).aclGetuser('ada');
    const wanted = Buffer.concat([Buffer.from('~'), pattern]);
    assert.deepEqual(bytes?.keys, [wanted]);
    assert.deepEqual(bytes.selectors[0]?.keys, [wanted]);
    const latin1 = await client.withOptions({ encoding: 'latin1' }).aclGetuser('ada');
    assert.deepEqual(latin1?.keys, [wanted.toString('latin1')]);
    await client.aclSetuser('ada', { resetkeys: true, keys: 'à:*', clearselectors: true, selectors: { keys: 'à:*' } });
    const ada = await client.aclGetuser('ada');
    assert.deepEqual([ada?.keys, ada?.selectors[0]?.keys], [[text('~à:*')], [text('~à:*')]]);
    await client.aclDeluser('ada');
  },

  'what acl setuser refuses': async ({ client }) => {
    const refused = (options: unknown, message: RegExp): void =>
      refuses(() => client.aclSetuser('ada', options as AclSetuserOptions), message);
    refused({ nopass: true, passwords: 'secret' }, /either nopass or passwords/);
    refused({ nopass: true, hashedPasswords: digest('secret') }, /either nopass or passwords/);
    refused({ passwords: [] }, /at least one password/);
    refused({ passwords: { remove: [] } }, /at least one password/);
    refused({ passwords: { add: null } }, /needs each password as a string or bytes$/);
    refused({ passwords: 12345 }, /needs each password as a string or bytes$/);
    refused({ enabled: 'yes' }, /true or false to choose between on and off/);
    refused({ commands: 'get' }, /commands that begin with \+ or -/);
    refused({ categories: '+read' }, /categories that begin with \+@ or -@/);
    refused({ keys: [] }, /at least one pattern of keys/);
    refused({ databases: [] }, /at least one database/);
    refused({ databases: -1 }, /numbers of databases/);
    refused({ databases: 1.5 }, /numbers of databases/);
    refused({ databases: 'none' }, /numbers of databases/);
    refused({ selectors: [] }, /at least one selector/);
    refused({ selectors: {} }, /at least one permission in a selector/);
    refused({ selectors: '+get' }, /each selector as an object/);
    for (const keys of ['a b', 'a"', "a'", 'a\n', '\0', Buffer.from('a b')]) {
      refused({ selectors: { keys } }, /no blanks and quotes in a selector/);
    }
    assert.equal(await client.aclGetuser('ada'), null);
  },

  'acl dryrun': async ({ client }) => {
    await client.aclSetuser('ada', { commands: '+set', keys: 'a*' });
    assert.equal(await client.aclDryrun('ada', ['SET', 'ab', 1]), 'OK');
    assert.match(await client.aclDryrun('ada', ['SET', Buffer.from('b'), 1n]), /key/);
    assert.match(await client.aclDryrun('ada', ['GET', 'ab']), /'?get'? command/);
    await assert.rejects(client.aclDryrun('nobody', ['GET', 'a']), ResponseError);
    await assert.rejects(client.aclDryrun('ada', ['NONSENSE']), ResponseError);
    refuses(() => client.aclDryrun('ada', []), /at least one word of a command/);
    await client.aclDeluser('ada');
  },

  'acl genpass': async ({ client }) => {
    assert.match(await client.aclGenpass(), /^[0-9a-f]{64}$/);
    assert.match(await client.aclGenpass(5), /^[0-9a-f]{2}$/);
    await assert.rejects(client.aclGenpass(0), ResponseError);
    await assert.rejects(client.aclGenpass(4097), ResponseError);
  },

  'acl log': async ({ client, text, int, atLeast }) => {
    assert.equal(await client.aclLog('reset'), 'OK');
    assert.deepEqual(await client.aclLog(), []);
    await client.aclSetuser('ada', { enabled: true, passwords: 'secret', commands: '+get', keys: 'a*' });
    await using session = await client.session();
    await session.clientSetname('me');
    await assert.rejects(session.auth('ada', 'wrong'), ResponseError);
    await session.auth('ada', 'secret');
    await assert.rejects(session.executeCommand('GET', 'bé'), { code: 'NOPERM' });
    await assert.rejects(session.executeCommand('SET', 'a', 1), { code: 'NOPERM' });
    const log = await client.aclLog();
    assert.deepEqual(
      log.map(({ reason, object, username, context }) => [reason, object, username, context]),
      [
        ['command', text('set'), 'ada', 'toplevel'],
        ['key', text('bé'), 'ada', 'toplevel'],
        ['auth', text('AUTH'), 'ada', 'toplevel'],
      ],
    );
    const [entry] = log;
    assert.ok(entry !== undefined);
    assert.deepEqual(entry.count, int(1));
    assert.equal(typeof entry.ageSeconds, 'number');
    assert.ok(entry.ageSeconds >= 0 && entry.ageSeconds < 60);
    assert.equal(entry.clientInfo.name, 'me');
    assert.equal(entry.clientInfo.cmd, 'set');
    assert.equal(typeof entry.clientInfo.id, 'number');
    if (atLeast('7.2')) {
      assert.equal(typeof entry.entryId, typeof int(0));
      assert.ok(Math.abs(Number(entry.timestampCreated) - Date.now()) < 60_000);
      assert.deepEqual(entry.timestampLastUpdated, entry.timestampCreated);
    } else assert.equal(entry.entryId, undefined);
    assert.deepEqual(
      (await client.aclLog(1)).map((each) => ({ ...each, ageSeconds: 0 })),
      [{ ...entry, ageSeconds: 0 }],
    );
    assert.equal(await client.aclLog('reset'), 'OK');
    await client.aclDeluser('ada');
  },

  'acl save, load, help and whoami': async ({ client, folder }) => {
    await client.aclSetuser('ada', { enabled: true, passwords: 'secret' });
    assert.equal(await client.aclSave(), 'OK');
    assert.match(await readFile(join(folder, 'users.acl'), 'utf8'), /^user ada on /m);
    await client.aclDeluser('ada');
    assert.equal(await client.aclLoad(), 'OK');
    assert.equal((await client.aclGetuser('ada'))?.enabled, true);
    await client.aclDeluser('ada');
    assert.equal(await client.aclSave(), 'OK');
    assert.equal(await client.aclWhoami(), 'default');
    assert.match((await client.aclHelp())[0]!, /^ACL /);
  },
});
