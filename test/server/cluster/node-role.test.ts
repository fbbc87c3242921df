import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionSettings, poolBounds, retrySettings, sessionState } from '../../../src/client/options.ts';
import { Node } from '../../../src/topology/node.ts';
import { until } from '../client/tools.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';

const nobody = { refused: () => false, noted: () => undefined, lost: () => undefined, rotationFailed: () => undefined };

test('a node that becomes a primary while it is connected to is told so', async (t) => {
  const told: string[] = [];
  let release: (() => void) | undefined;
  await using server = await ScriptedServer.start(([name = ''], { socket }) => {
    told.push(name);
    if (name === 'HELLO') return GREETING;
    if (name !== 'READONLY') return '+OK\r\n';
    release = () => socket.write('+OK\r\n');
    return undefined;
  });
  const options = {
    settings: connectionSettings({}),
    session: sessionState({}),
    retry: retrySettings(),
    bounds: { maxQueuedCommands: 100, maxQueuedBytes: 100_000 },
    poolBounds: poolBounds({}),
    grace: 1000,
    healthCheckInterval: 15_000,
    socketTimeout: 5000,
  };
  const node = new Node('node', '127.0.0.1', server.port, options, nobody);
  t.after(() => node.destroy());
  node.role = 'replica';
  const connecting = node.link.connect();
  await until('it is being told that it is a replica', () => release !== undefined);
  // A replica that has taken over, as others say meanwhile: left as it is, it would be read as a replica when it is one again.
  node.role = 'primary';
  node.measure();
  release!();
  await connecting;
  await until('it is told that it is none', () => told.includes('PING'));
  const roles = told.filter((name) => name !== 'HELLO' && name !== 'CLIENT');
  assert.deepEqual(roles, ['READONLY', 'READWRITE', 'PING'], 'before all that waited');
});
