import assert from 'node:assert/strict';
import { everyWay, refuses } from './harness.ts';

await everyWay('memory', {
  'memory usage': async ({ client, int }) => {
    await client.rpush(
      'list',
      Array.from({ length: 1000 }, (_, i) => 'x'.repeat(i)),
    );
    const type = typeof int(0);
    const whole = await client.memoryUsage('list', { samples: 0 });
    assert.equal(typeof whole, type);
    assert.ok(Number(whole) > 300_000);
    assert.equal(typeof (await client.memoryUsage('list', { samples: 2n })), type);
    assert.equal(typeof (await client.memoryUsage(Buffer.from('list'))), type);
    assert.equal(typeof (await client.memoryUsage('list', {})), type);
    assert.equal(await client.memoryUsage('nothing'), null);
    refuses(() => client.memoryUsage('list', 5 as unknown as object), /its options as an object/);
  },

  'memory stats': async ({ client, int, atLeast }) => {
    await client.set('a', 1);
    await client.set('b', 1, { ex: 60 });
    const stats = await client.memoryStats();
    const type = typeof int(0);
    assert.deepEqual(stats.keysCount, int(2));
    assert.equal(typeof stats.totalAllocated, type);
    assert.equal(typeof stats.keysBytesPerKey, type);
    assert.equal(typeof stats.clientsSlaves, type);
    assert.equal(typeof stats.datasetPercentage, 'number');
    assert.ok(stats.peakPercentage > 50 && stats.peakPercentage < 110);
    assert.equal(typeof stats.fragmentation, 'number');
    assert.equal(typeof stats.allocatorFragmentationRatio, 'number');
    assert.equal(typeof stats.allocatorFragmentationBytes, type);
    assert.equal(typeof stats.rssOverheadRatio, 'number');
    const database = stats['db.0'];
    assert.ok(database !== undefined);
    assert.equal(typeof database.overheadHashtableMain, type);
    assert.ok(Number(database.overheadHashtableMain) > 0);
    assert.equal(typeof database.overheadHashtableExpires, type);
    assert.equal(typeof stats.overheadDbHashtableLut, atLeast('8.0') ? type : 'undefined');
    assert.equal(typeof stats.clusterSlotImport, atLeast('9.0') ? type : 'undefined');
    for (const value of Object.values(stats)) assert.ok(['number', 'bigint', 'object'].includes(typeof value));
  },

  'memory doctor, malloc-stats, purge and help': async ({ client }) => {
    assert.match(await client.memoryDoctor(), /Sam/);
    assert.match(await client.memoryMallocStats(), /\n/);
    assert.equal(await client.memoryPurge(), 'OK');
    assert.match((await client.memoryHelp())[0]!, /^MEMORY /);
  },
});
