import assert from 'node:assert/strict';
import { ResponseError } from '../../../../src/errors.ts';
import { refuses } from '../harness.ts';
import { everyModuleWay } from './harness.ts';
import { double, error, map, OK } from './resp.ts';

everyModuleWay('tdigest', {
  'create, add, reset, merge': async ({ client, expect }) => {
    expect('TDIGEST.CREATE d', OK);
    assert.equal(await client.tdigest.create('d'), 'OK');
    expect('TDIGEST.CREATE d COMPRESSION 500', error('ERR T-Digest: key already exists'));
    await assert.rejects(client.tdigest.create('d', { compression: 500 }), ResponseError);
    expect('TDIGEST.ADD d 1 -2.5 9007199254740993', OK);
    assert.equal(await client.tdigest.add('d', [1, -2.5, 9007199254740993n]), 'OK');
    expect('TDIGEST.RESET d', OK);
    assert.equal(await client.tdigest.reset('d'), 'OK');
    expect('TDIGEST.MERGE s 1 d', OK);
    assert.equal(await client.tdigest.merge('s', 'd'), 'OK');
    expect('TDIGEST.MERGE s 2 d e COMPRESSION 100 OVERRIDE', OK);
    assert.equal(await client.tdigest.merge('s', ['d', 'e'], { compression: 100, override: true }), 'OK');
    refuses(() => client.tdigest.add('d', []), /TDIGEST.ADD needs at least one value/);
    refuses(() => client.tdigest.add('d', NaN), /argument 2 is NaN/);
    refuses(() => client.tdigest.merge('s', []), /TDIGEST.MERGE needs at least one source/);
  },

  'min, max, trimmedMean': async ({ client, expect }) => {
    expect('TDIGEST.MIN d', double('nan'));
    expect('TDIGEST.MAX d', double('5.5'));
    expect('TDIGEST.TRIMMED_MEAN d 0.1 0.9', double('-1e-07'));
    const replies = [await client.tdigest.min('d'), await client.tdigest.max('d')];
    assert.deepEqual([...replies, await client.tdigest.trimmedMean('d', 0.1, 0.9)], [NaN, 5.5, -1e-7]);
  },

  'values by quantile and rank': async ({ client, expect }) => {
    expect('TDIGEST.QUANTILE d 0 0.5', [double('1'), double('nan')]);
    assert.deepEqual(await client.tdigest.quantile('d', [0, 0.5]), [1, NaN]);
    expect('TDIGEST.CDF d 2', [double('0.375')]);
    assert.deepEqual(await client.tdigest.cdf('d', 2), [0.375]);
    expect('TDIGEST.BYRANK d 0 9', [double('1'), double('inf')]);
    assert.deepEqual(await client.tdigest.byrank('d', [0, 9]), [1, Infinity]);
    expect('TDIGEST.BYREVRANK d 9', [double('-inf')]);
    assert.deepEqual(await client.tdigest.byrevrank('d', 9), [-Infinity]);
  },

  'rank, revrank, info': async ({ client, expect, int, ints }) => {
    expect('TDIGEST.RANK d 1 5', [-1, 2]);
    assert.deepEqual(await client.tdigest.rank('d', [1, 5]), ints(-1, 2));
    expect('TDIGEST.REVRANK d 1', [-2]);
    assert.deepEqual(await client.tdigest.revrank('d', 1), ints(-2));
    expect(
      'TDIGEST.INFO d',
      map(
        ['Compression', 100],
        ['Capacity', 610],
        ['Merged nodes', 0],
        ['Unmerged nodes', 5],
        ['Merged weight', 0],
        ['Unmerged weight', 5],
        ['Observations', 5],
        ['Total compressions', 0],
        ['Memory usage', 9768],
      ),
    );
    assert.deepEqual(await client.tdigest.info('d'), {
      compression: int(100),
      capacity: int(610),
      mergedNodes: int(0),
      unmergedNodes: int(5),
      mergedWeight: int(0),
      unmergedWeight: int(5),
      observations: int(5),
      totalCompressions: int(0),
      memoryUsage: int(9768),
    });
  },
});
