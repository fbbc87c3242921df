import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Valkey } from '../../../src/index.ts';
import { ValkeySentinel, ValkeyServer } from '../../../src/testing/index.ts';
import { SentinelDeployment, type StartWatched } from '../../../src/testing/sentinel-deployment.ts';

describe('SentinelDeployment that fails', () => {
  it('leaves no server behind, even one that is still being started', async () => {
    const started: ValkeyServer[] = [];
    let starting = 0;
    let asked = 0;
    const start: StartWatched = async (options) => {
      if (++asked === 1) throw new Error('there is no more room');
      starting++;
      const server = await ValkeyServer.start(options);
      starting--;
      started.push(server);
      return server;
    };
    const options = { primaries: 2, replicas: 0, sentinels: 1 };
    await assert.rejects(SentinelDeployment.create(start, options), /no more room/);
    assert.deepEqual([asked, starting, started.map(({ isRunning }) => isRunning)], [2, 0, [false]]);
  });
});

describe('ValkeySentinel', () => {
  it('comes back after a kill with what it knew, and after a stop with what it was started with', async () => {
    await using server = await ValkeyServer.start();
    const monitor = (name: string): string => `sentinel monitor ${name} 127.0.0.1 ${server.port} 1`;
    await using sentinel = await ValkeySentinel.start({ config: [monitor('main')] });
    const known = async (): Promise<string[]> => {
      await using client = new Valkey({ port: sentinel.port });
      const names: string[] = [];
      for (const name of ['main', 'other']) {
        const address = await client.executeCommand('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
        if (address !== null) names.push(name);
      }
      return names;
    };
    await using client = new Valkey({ port: sentinel.port });
    await client.executeCommand('SENTINEL', 'MONITOR', 'other', '127.0.0.1', server.port, 1);
    await sentinel.kill();
    await sentinel.restart();
    assert.deepEqual(await known(), ['main', 'other']);
    await sentinel.stop();
    await sentinel.restart();
    assert.deepEqual(await known(), ['main']);
  });
});
