/** The guide to testing names all of the kit: what it exports, and every public member of its server and its proxies. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CertificateAuthority, FaultProxy, TlsProxy, ValkeyServer } from '../../src/testing/index.ts';

const page = await readFile(new URL('../../docs/testing.md', import.meta.url), 'utf8');

/** Which section tells of which class: a name of one is no name of another. */
const SECTIONS = [
  [ValkeyServer, ''],
  [FaultProxy, '## The fault proxy'],
  [TlsProxy, '## Certificates'],
  [CertificateAuthority, '## Certificates'],
] as const;

for (const [type, heading] of SECTIONS) {
  test(`every member of ${type.name} is named`, () => {
    const statics = Object.getOwnPropertyNames(type).filter((name) => !['length', 'name', 'prototype'].includes(name));
    const own = Object.getOwnPropertyNames(type.prototype).filter((name) => name !== 'constructor');
    const from = page.indexOf(heading);
    const text = heading === '' ? page : page.slice(from, page.indexOf('\n## ', from));
    assert.ok(from >= 0);
    const missing = [...statics, ...own].filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
    assert.deepEqual(missing, []);
    assert.ok(own.length > 1);
  });
}
