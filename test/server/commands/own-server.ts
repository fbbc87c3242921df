import { writeFile } from 'node:fs/promises';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { Valkey } from '../../../src/client/valkey.ts';
import { findFreePort } from '../../../src/testing/free-port.ts';
import { provision, serverInvocation } from '../../../src/testing/provision.ts';
import { waitUntilReady } from '../../../src/testing/readiness.ts';
import { ServerProcess } from '../../../src/testing/server-process.ts';
import { TemporaryFolder } from '../../../src/testing/temporary-folder.ts';
import { type CallsOfWay, type Way, checkCalls } from './harness.ts';
import { recorded } from './recorder.ts';

const GRACE = 3_000;
const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'buffer', integers: 'bigint' },
] as const;

type OwnWay = Pick<Way, 'client' | 'text' | 'texts' | 'int' | 'atLeast'> & { readonly folder: string };

/**
 * Like `everyWay`, on a server that has a configuration file and an ACL file, `server.conf` and `users.acl` in its folder, and may load
 * modules. Methods in `without` need not succeed.
 */
export async function everyWayOnOwnServer(
  family: string,
  tests: Readonly<Record<string, (way: OwnWay) => Promise<void>>>,
  without: readonly string[] = [],
): Promise<void> {
  const { folder, port, version } = await start();
  const called: CallsOfWay[] = [];
  for (const { protocol, encoding, integers } of WAYS) {
    const way: CallsOfWay = { protocol, encoding, integers, calls: [] };
    called.push(way);
    describe(`${family} commands, RESP${protocol}, ${encoding}, ${integers}`, () => {
      let client: Way['client'];
      beforeEach(async () => {
        client = recorded(new Valkey({ port, protocol, encoding, integers }), way.calls);
        await client.executeCommand('FLUSHALL');
      });
      afterEach(() => client.close());
      for (const [name, run] of Object.entries(tests)) test(name, () => run(wayOf(client, way, folder, version)));
    });
  }
  await checkCalls(family, version, called, without);
}

function wayOf(client: Way['client'], { encoding, integers }: CallsOfWay, folder: string, version: string): OwnWay {
  const text: Way['text'] = (value) => (encoding === 'utf8' ? value : Buffer.from(value));
  return {
    folder,
    client,
    text,
    texts: (...values) => values.map(text),
    int: (value) => (integers === 'number' ? value : BigInt(value)),
    atLeast: (wanted) => version.localeCompare(wanted, 'en', { numeric: true }) >= 0,
  };
}

async function start(): Promise<{ folder: string; port: number; version: string }> {
  const binary = await provision();
  const folder = await TemporaryFolder.create('own-server');
  const port = await findFreePort();
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    'save ""',
    `dir ${folder.path}`,
    `unixsocket ${folder.file('socket')}`,
    `aclfile ${folder.file('users.acl')}`,
    'enable-module-command yes',
    'enable-debug-command yes',
  ];
  await writeFile(folder.file('server.conf'), `${settings.join('\n')}\n`);
  await writeFile(folder.file('users.acl'), '');
  const server = new ServerProcess(
    serverInvocation(binary),
    [folder.file('server.conf')],
    folder.path,
    folder.file('log'),
  );
  after(async () => {
    await server.end('SIGTERM', GRACE);
    await folder.remove();
  });
  const isReady = await waitUntilReady(folder.file('socket'), () => !server.isRunning);
  if (!isReady) throw new Error(`the server ${binary.version} did not start`);
  server.unref();
  return { folder: folder.path, port, version: binary.version };
}
