import assert from 'node:assert/strict';
import type { CommandlogType } from '../../../src/commands/index.ts';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, type Way } from './harness.ts';

/** Lets every command count as slow while `run` runs. */
async function allSlow(client: Way['client'], run: () => Promise<unknown>): Promise<void> {
  await client.slowlogReset();
  await client.configSet('slowlog-log-slower-than', 0);
  await run();
  await client.configSet('slowlog-log-slower-than', -1);
}

await everyWay('commandlog', {
  slowlog: async ({ client, int, text, texts }) => {
    await client.clientSetname('me');
    const { addr } = await client.clientInfo();
    await allSlow(client, async () => {
      await client.set('a b', 'é');
      await client.rpush('l', ['1', '', '2']);
    });
    const [rpush, set] = await client.slowlogGet();
    assert.ok(rpush !== undefined && set !== undefined);
    assert.deepEqual(rpush.args, texts('RPUSH', 'l', '1', '', '2'));
    assert.deepEqual(set.args, [text('SET'), text('a b'), text('é')]);
    assert.deepEqual([set.clientAddress, set.clientName], [addr, 'me']);
    assert.ok(Math.abs(Number(set.startTime) * 1000 - Date.now()) < 60_000);
    assert.equal(typeof set.duration, typeof int(0));
    assert.ok(Number(set.duration) < 1_000_000);
    assert.equal(Number(rpush.id), Number(set.id) + 1);
    assert.deepEqual(Object.keys(set), ['id', 'startTime', 'duration', 'args', 'clientAddress', 'clientName']);
    assert.deepEqual(await client.slowlogGet(1), [rpush]);
    const all = await client.slowlogGet(-1);
    assert.deepEqual(await client.slowlogLen(), int(all.length));
    assert.equal(await client.slowlogReset(), 'OK');
    assert.deepEqual(await client.slowlogGet(10n), []);
    assert.match((await client.slowlogHelp())[0]!, /^SLOWLOG /);
    await assert.rejects(client.slowlogGet(-2), ResponseError);
  },

  'arguments that are left out': async ({ client, text }) => {
    await allSlow(client, () => client.rpush('l', ['x'.repeat(200), ...Array.from({ length: 50 }, (_, i) => i)]));
    const rpush = (await client.slowlogGet()).find(({ args }) => String(args[0]) === 'RPUSH');
    assert.equal(rpush?.args.length, 32);
    assert.deepEqual(rpush.args[2], text(`${'x'.repeat(128)}... (72 more bytes)`));
    assert.match(String(rpush.args[31]), /^\.\.\. \(\d+ more arguments\)$/);
  },

  'commandlog of slow commands': async ({ client, int, texts, since }) => {
    await since('8.1', async () => {
      await allSlow(client, () => client.set('a', 1));
      const [set] = await client.commandlogGet(-1, 'slow');
      assert.deepEqual(set?.args, texts('SET', 'a', '1'));
      assert.equal(typeof set?.duration, typeof int(0));
      assert.deepEqual(await client.commandlogGet(2, 'slow'), await client.slowlogGet(2));
      assert.deepEqual(await client.commandlogLen('slow'), await client.slowlogLen());
      assert.equal(await client.commandlogReset('slow'), 'OK');
      assert.deepEqual(await client.commandlogLen('slow'), int(0));
      assert.match((await client.commandlogHelp())[0]!, /^COMMANDLOG /);
    });
  },

  'commandlog of large commands and replies': async ({ client, int, text, since }) => {
    await since('8.1', async () => {
      assert.equal(await client.commandlogReset('large-request'), 'OK');
      assert.equal(await client.commandlogReset('large-reply'), 'OK');
      await client.configSet({ 'commandlog-request-larger-than': 1000, 'commandlog-reply-larger-than': 1000 });
      await client.set('large', 'x'.repeat(2000));
      await client.get('large');
      await client.configSet({ 'commandlog-request-larger-than': 1048576, 'commandlog-reply-larger-than': 1048576 });
      const [request, ...others] = await client.commandlogGet(10, 'large-request');
      assert.deepEqual(others, []);
      assert.ok(request !== undefined);
      assert.deepEqual(request.args.slice(0, 2), [text('SET'), text('large')]);
      assert.equal(typeof request.size, typeof int(0));
      assert.ok(Number(request.size) >= 2000 && Number(request.size) < 4000);
      assert.equal('duration' in request, false);
      const [reply] = await client.commandlogGet(1n, 'large-reply');
      assert.deepEqual(reply?.args, [text('GET'), text('large')]);
      assert.ok(Number(reply.size) >= 2000 && Number(reply.size) < 3000);
      for (const type of ['large-request', 'large-reply'] as CommandlogType[]) {
        assert.deepEqual(await client.commandlogLen(type), int(1));
        assert.equal((await client.commandlogGet(-1, type)).length, 1);
      }
      await assert.rejects(client.commandlogLen('nonsense' as CommandlogType), ResponseError);
    });
  },
});
