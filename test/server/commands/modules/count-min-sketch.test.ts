import assert from 'node:assert/strict';
import { ResponseError } from '../../../../src/errors.ts';
import { refuses } from '../harness.ts';
import { everyModuleWay } from './harness.ts';
import { error, map, OK } from './resp.ts';

everyModuleWay('cms', {
  'initbydim, initbyprob, info': async ({ client, expect, int }) => {
    expect('CMS.INITBYDIM s 1000 5', OK);
    assert.equal(await client.cms.initbydim('s', 1000, 5), 'OK');
    expect('CMS.INITBYPROB s 0.001 0.01', error('CMS: key already exists'));
    await assert.rejects(client.cms.initbyprob('s', 0.001, 0.01), ResponseError);
    expect('CMS.INITBYPROB t 0.001 0.01', OK);
    assert.equal(await client.cms.initbyprob('t', 0.001, 0.01), 'OK');
    expect('CMS.INFO s', map(['width', 1000], ['depth', 5], ['count', 0]));
    assert.deepEqual(await client.cms.info('s'), { width: int(1000), depth: int(5), count: int(0) });
  },

  'incrby, query': async ({ client, expect, int, ints }) => {
    expect('CMS.INCRBY s a 1 b 2', [1, 2]);
    assert.deepEqual(await client.cms.incrby('s', { a: 1, b: 2 }), ints(1, 2));
    expect(['CMS.INCRBY', 's', Buffer.of(0xff), '3'], [error('CMS: INCRBY overflow')]);
    const [overflow] = await client.cms.incrby('s', [[Buffer.of(0xff), 3]]);
    assert.ok(overflow instanceof ResponseError);
    expect('CMS.QUERY s a none', [1, 0]);
    assert.deepEqual(await client.cms.query('s', ['a', 'none']), [int(1), int(0)]);
    refuses(() => client.cms.incrby('s', {}), /CMS.INCRBY needs at least one item/);
    refuses(() => client.cms.query('s', []), /CMS.QUERY needs at least one item/);
  },

  merge: async ({ client, expect }) => {
    expect('CMS.MERGE d 1 s', OK);
    assert.equal(await client.cms.merge('d', 's'), 'OK');
    expect('CMS.MERGE d 2 s t WEIGHTS 1 0.5', OK);
    assert.equal(await client.cms.merge('d', ['s', 't'], { weights: [1, 0.5] }), 'OK');
    refuses(() => client.cms.merge('d', ['s', 't'], { weights: 1 }), /as many weights as sources/);
    refuses(() => client.cms.merge('d', []), /at least one source/);
  },
});
