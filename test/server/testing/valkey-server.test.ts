import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { provision, serverInvocation, ValkeyServer } from '../../../src/testing/index.ts';
import type { ServerVersion } from '../../../src/testing/index.ts';
import { eventually, RawClient } from './raw-client.ts';

const PONG = '+PONG\r\n';
const isPong = (text: string): boolean => text === PONG;

/** A program that starts a server, prints its process id and then does `rest`. */
function program(rest: string): string {
  const module = new URL('../../../src/testing/index.ts', import.meta.url).href;
  return `
    import { ValkeyServer } from ${JSON.stringify(module)};
    const server = await ValkeyServer.start({ unixSocket: true });
    console.log(server.pid + ' ' + server.unixSocket);
    ${rest}
  `;
}

async function runProgram(
  rest: string,
): Promise<{ pid: number; socket: string; kill: () => void; exit: Promise<number> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program(rest)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit').then(([code]) => Number(code));
  const [output] = await once(child.stdout, 'data');
  const [pid = '', socket = ''] = String(output).trim().split(' ');
  return { pid: Number(pid), socket, kill: () => child.kill('SIGKILL'), exit };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('ValkeyServer', () => {
  const versions: readonly ServerVersion[] = ['9.1', '8.0', 'redis-7.0'];
  for (const version of versions) {
    it(`starts ${version} and answers`, async () => {
      await using server = await ValkeyServer.start({ version });
      using client = RawClient.connect({ host: server.host, port: server.port });
      assert.equal(await client.send('PING\r\n').read(isPong), PONG);
      client.send('INFO server\r\n');
      const info = await client.read((text) => text.includes('tcp_port:'));
      assert.ok(info.includes(`${server.product}_version:${server.version}\r\n`), info);
      assert.ok(info.includes(`process_id:${server.pid}\r\n`), info);
      assert.equal(server.url, `valkey://127.0.0.1:${server.port}`);
    });
  }

  it('listens on a Unix socket when asked', async () => {
    await using server = await ValkeyServer.start({ unixSocket: true });
    using client = RawClient.connect({ path: server.unixSocket });
    assert.equal(await client.send('PING\r\n').read(isPong), PONG);
    await using other = await ValkeyServer.start();
    assert.throws(() => other.unixSocket, /unixSocket: true/);
  });

  it('wants the password it was given', async () => {
    await using server = await ValkeyServer.start({ password: 'a/b' });
    assert.equal(server.url, `valkey://:a%2Fb@127.0.0.1:${server.port}`);
    using client = RawClient.connect({ port: server.port });
    await client.send('PING\r\n').read((text) => text.startsWith('-NOAUTH'));
    await client.send('AUTH a/b\r\n').read((text) => text.endsWith('+OK\r\n'));
  });

  it('passes further arguments on, which override its own', async () => {
    await using server = await ValkeyServer.start({ args: ['--maxmemory', '10mb', '--appendonly', 'yes'] });
    using client = RawClient.connect({ port: server.port });
    client.send('CONFIG GET maxmemory\r\nCONFIG GET appendonly\r\n');
    await client.read((text) => text.includes('10485760\r\n') && text.includes('yes\r\n'));
  });

  it('uses the port it was given, and says so when it is taken', async () => {
    await using server = await ValkeyServer.start();
    await assert.rejects(ValkeyServer.start({ port: server.port }), /exited with code 1[^]*in use/i);
  });

  it('rejects with the log when the server does not start', async () => {
    await assert.rejects(ValkeyServer.start({ args: ['--no-such-option', '1'] }), (error: Error) => {
      assert.match(error.message, /^The server [\d.]+ exited with code 1 at its start\./);
      assert.match(error.message, /no-such-option/);
      return true;
    });
  });

  it('starts many at once on ports of their own', async () => {
    const servers = await Promise.all(Array.from({ length: 8 }, () => ValkeyServer.start()));
    assert.equal(new Set(servers.map((server) => server.port)).size, 8);
    await Promise.all(servers.map((server) => server.stop()));
  });
});

describe('ValkeyServer and the environment', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'valkey-ts-environment-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Writes a program that becomes the server of a version, as an installed one is. */
  async function install(name: string, version: ServerVersion): Promise<string> {
    const { command, args } = serverInvocation(await provision(version));
    const words = [command, ...args].map((word) => `'${word}'`).join(' ');
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
    return path;
  }

  /** Starts servers of the given versions in another process and returns what they are. */
  async function startWith(
    environment: NodeJS.ProcessEnv,
    versions: readonly (ServerVersion | '')[],
  ): Promise<string[]> {
    const module = new URL('../../../src/testing/index.ts', import.meta.url).href;
    const code = `
      import { ValkeyServer } from ${JSON.stringify(module)};
      for (const version of ${JSON.stringify(versions)}) {
        const server = await ValkeyServer.start(version === '' ? {} : { version });
        console.log(server.product + ' ' + server.version.split('.').slice(0, 2).join('.'));
        await server.stop();
      }`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', code];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...environment } });
    return stdout.trim().split('\n');
  }

  it('uses VALKEY_SERVER when no version, or its own, is wanted', async () => {
    const environment = { VALKEY_SERVER: await install('any-name', 'redis-7.0'), VALKEY_VERSION: '' };
    const started = await startWith(environment, ['', 'redis-7.0', '8.0']);
    assert.deepEqual(started, ['redis 7.0', 'redis 7.0', 'valkey 8.0']);
  });

  it('uses the server on PATH when it is of the wanted line', async () => {
    // Nothing is cached and nothing can be fetched here.
    await install('valkey-server', '8.0');
    await symlink('/bin/sh', join(folder, 'sh'));
    const environment = { PATH: folder, XDG_CACHE_HOME: folder, VALKEY_SERVER: '', VALKEY_VERSION: '8.0' };
    assert.deepEqual(await startWith(environment, ['', '8.0']), ['valkey 8.0', 'valkey 8.0']);
    const sentence = /needs a Valkey 9\.1 server: install one \(.*\) or set VALKEY_SERVER to its path\./;
    await assert.rejects(startWith(environment, ['9.1']), sentence);
    // Without a wish for a version it is better than none.
    assert.deepEqual(await startWith({ ...environment, VALKEY_VERSION: '' }, ['']), ['valkey 8.0']);
  });
});

describe('ValkeyServer with TLS', () => {
  it('has a certificate for its name and its addresses', async () => {
    await using server = await ValkeyServer.start({ tls: true });
    assert.notEqual(server.tlsPort, server.port);
    using plain = RawClient.connect({ port: server.port });
    assert.equal(await plain.send('PING\r\n').read(isPong), PONG);
    for (const servername of ['localhost', undefined]) {
      const options = servername === undefined ? {} : { servername };
      const socket = connectTls({ host: '127.0.0.1', port: server.tlsPort, ca: server.ca, ...options });
      using client = new RawClient(socket);
      assert.equal(await client.send('PING\r\n').read(isPong), PONG);
      assert.equal(socket.authorized, true);
    }
  });

  it('is not trusted without its authority, nor under another name', async () => {
    await using server = await ValkeyServer.start({ tls: 'only' });
    const unknown = connectTls({ host: '127.0.0.1', port: server.tlsPort });
    const [untrusted] = await once(unknown, 'error').catch((error: unknown) => [error]);
    assert.match(String(untrusted), /self-signed|unable to/i);
    const other = connectTls({ host: '127.0.0.1', port: server.tlsPort, ca: server.ca, servername: 'example.org' });
    const [misnamed] = await once(other, 'error').catch((error: unknown) => [error]);
    assert.match(String(misnamed), /altnames/);
  });

  it('opens no plain port with "only", and knows its clients by certificate', async () => {
    await using server = await ValkeyServer.start({ tls: 'only', args: ['--tls-auth-clients', 'yes'] });
    assert.equal(server.port, 0);
    assert.equal(server.url, `valkeys://127.0.0.1:${server.tlsPort}`);
    const address = { host: '127.0.0.1', port: server.tlsPort, ca: server.ca };
    using known = new RawClient(connectTls({ ...address, ...server.clientCertificate }));
    assert.equal(await known.send('PING\r\n').read(isPong), PONG);
    using unknown = new RawClient(connectTls(address));
    unknown.send('PING\r\n');
    await unknown.ended();
    assert.equal(unknown.text, '');
  });

  it('has no certificate without tls', async () => {
    await using server = await ValkeyServer.start();
    assert.equal(server.tlsPort, 0);
    assert.throws(() => server.ca, /tls: true/);
    assert.throws(() => server.clientCertificate, /tls: true/);
  });
});

describe('ValkeyServer over its life', () => {
  it('stops, removes its folder and keeps its logs', async () => {
    const server = await ValkeyServer.start({ unixSocket: true });
    const { pid, unixSocket } = server;
    assert.equal(server.isRunning, true);
    await server.stop();
    assert.equal(server.isRunning, false);
    assert.equal(isAlive(pid), false);
    assert.equal(existsSync(unixSocket), false);
    assert.match(server.logs, /ready to accept connections/i);
    await server.stop();
  });

  it('restarts on the same ports', async () => {
    await using server = await ValkeyServer.start({ tls: true });
    const { port, tlsPort, pid } = server;
    using before = RawClient.connect({ port });
    await before.send('PING\r\n').read(isPong);
    await server.restart();
    await before.ended();
    assert.deepEqual([server.port, server.tlsPort], [port, tlsPort]);
    assert.notEqual(server.pid, pid);
    using after = RawClient.connect({ port });
    assert.equal(await after.send('PING\r\n').read(isPong), PONG);
  });

  it('comes back after a kill and after a stop', async () => {
    await using server = await ValkeyServer.start();
    const { port } = server;
    await server.kill();
    assert.equal(server.isRunning, false);
    assert.throws(() => server.pause(), /has ended/);
    await server.restart();
    await server.stop();
    await server.restart();
    assert.equal(server.port, port);
    using client = RawClient.connect({ port });
    assert.equal(await client.send('PING\r\n').read(isPong), PONG);
  });

  it('answers nothing while paused', async () => {
    await using server = await ValkeyServer.start();
    using client = RawClient.connect({ port: server.port });
    await client.send('PING\r\n').read(isPong);
    server.pause();
    client.send('PING\r\n');
    await sleep(50);
    assert.equal(client.text, PONG);
    server.resume();
    await client.read((text) => text === PONG + PONG);
  });

  it('can be stopped and restarted while paused', async () => {
    const server = await ValkeyServer.start();
    server.pause();
    await server.restart();
    using client = RawClient.connect({ port: server.port });
    assert.equal(await client.send('PING\r\n').read(isPong), PONG);
    server.pause();
    await server.stop();
    assert.equal(isAlive(server.pid), false);
  });

  it('dies with a parent that is killed', async () => {
    const parent = await runProgram('setInterval(() => {}, 1000);');
    assert.equal(isAlive(parent.pid), true);
    parent.kill();
    await parent.exit;
    await eventually(() => !isAlive(parent.pid));
    await eventually(() => !existsSync(parent.socket));
  });

  it('dies with a parent that is killed even while it is paused', async () => {
    const parent = await runProgram('server.pause(); setInterval(() => {}, 1000);');
    parent.kill();
    await parent.exit;
    await eventually(() => !isAlive(parent.pid));
  });

  it('neither keeps its parent alive nor outlives it', async () => {
    const parent = await runProgram('');
    assert.equal(await parent.exit, 0);
    await eventually(() => !isAlive(parent.pid));
    assert.equal(existsSync(parent.socket), false);
  });

  it('can be stopped by a parent that has nothing else to do', async () => {
    const parent = await runProgram('await server.restart(); await server.stop(); process.exitCode = 7;');
    assert.equal(await parent.exit, 7);
  });
});
