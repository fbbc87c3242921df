/** The packages that OCSP needs are optional: nobody else pays for them, and who lacks them is told. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { CertificateAuthority, TlsProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { TemporaryFolder } from '../../../src/testing/temporary-folder.ts';
import { stapleFor } from './ocsp-responder.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
const PROGRAM = `
import { Valkey } from '${join(ROOT, 'src/index.ts')}';
const { port, ca, ocsp } = JSON.parse(process.argv[2]);
const client = new Valkey({ port, tls: { ca, ocsp } });
const outcome = await client.get('none').then((reply) => ({ reply }), ({ code, message }) => ({ code, message }));
client.destroy();
console.log(JSON.stringify(outcome));
`;

const server = await ValkeyServer.start();
const authority = await CertificateAuthority.create();
const folder = await TemporaryFolder.create('library');
const leaf = await authority.issue();
const proxy = await TlsProxy.start(server, leaf);
proxy.staple = await stapleFor(authority, leaf);
after(async () => {
  await Promise.all([proxy.close(), folder.remove()]);
  await Promise.all([server.stop(), authority.close()]);
});

/** What a program says that is in a folder without packages. */
async function outcome(ocsp: object | undefined): Promise<Record<string, unknown>> {
  const outfile = folder.file('program.mjs');
  const stdin = { contents: PROGRAM, resolveDir: ROOT };
  const external = ['pkijs', 'asn1js'];
  await build({ stdin, outfile, external, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  const input = JSON.stringify({ port: proxy.port, ca: authority.cert, ocsp });
  const { stdout } = await run(process.execPath, [outfile, input], { cwd: folder.path, timeout: 30_000 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('TLS works without them', async () => {
  assert.deepEqual(await outcome(undefined), { reply: null });
});

for (const mode of ['staple', 'fetch']) {
  test(`who asks for OCSP without them is told, ${mode}`, async () => {
    const { code, message } = await outcome({ mode });
    assert.equal(code, 'OCSP_LIBRARY_MISSING');
    assert.match(String(message), /: the tls option ocsp needs two packages: npm install pkijs asn1js$/);
  });
}
