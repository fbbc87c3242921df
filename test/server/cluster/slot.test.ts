import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { Valkey } from '../../../src/index.ts';
import { keySlot } from '../../../src/protocol/slot.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';

const part = fc.constantFrom('{', '}', 'user', '1000', 'é', '€', '😀', '\ud83d', '\0', '\r\n', ' ');
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(part, { maxLength: 10 }).map((parts) => parts.join('')),
);

describe('keySlot and CLUSTER KEYSLOT', () => {
  it('agree on texts and bytes', async () => {
    await using server = await ValkeyServer.start({ args: ['--cluster-enabled', 'yes'] });
    await using client = new Valkey({ port: server.port });
    const texts: (string | Buffer)[] = fc.sample(text, 1000);
    const bytes = fc.sample(fc.uint8Array({ maxLength: 40 }), 1000).map((key) => Buffer.from(key));
    const keys = texts.concat(bytes);
    const slots = await Promise.all(keys.map((key) => client.executeCommand('CLUSTER', 'KEYSLOT', key)));
    assert.deepEqual(keys.map(keySlot), slots);
  });
});
