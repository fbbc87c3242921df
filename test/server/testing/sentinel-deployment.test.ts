import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Valkey } from '../../../src/index.ts';
import { ValkeySentinel, ValkeyServer } from '../../../src/testing/index.ts';

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
