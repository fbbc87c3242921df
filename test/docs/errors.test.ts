/** The page of errors lists every code and class there is, and none that there is not. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as errors from '../../src/errors.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const page = await readFile(join(ROOT, 'docs/errors.md'), 'utf8');
const files = (await readdir(join(ROOT, 'src'), { recursive: true })).filter((file) => file.endsWith('.ts'));
const sources = await Promise.all(files.map((file) => readFile(join(ROOT, 'src', file), 'utf8')));
const source = sources.join('\n');

/** What looks like a code on the page: capitals in backticks. */
const listed = new Set([...page.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`/g)].map(([, code]) => code!));
const thrown = new Set(
  [/\bcode: '([A-Z][A-Z_0-9]*)'/g, /\b(?:refuse|error)\(\s*'([A-Z][A-Z_0-9]*)'/g, /'((?:OCSP|TLS)_[A-Z_]+)'/g].flatMap(
    (form) => [...source.matchAll(form)].map(([, code]) => code!),
  ),
);
/** Warnings of the process, and defaults of classes whose errors all have a code of their own. */
const NO_ERRORS = new Set([
  'VALKEY_PUBSUB_HANDLER',
  'VALKEY_LEASE_LEAKED',
  'VALKEY_CACHE_STORE_FAILED',
  'VALKEY_ERROR',
  'CLUSTER_ERROR',
  'LOCK_ERROR',
  'PUBSUB_ERROR',
  'CLUSTER_ERROR',
]);
/** Codes of the system, of Node's TLS and of servers, which the source does not spell. */
const OF_OTHERS =
  /^(E[A-Z]+|ERR|ERR_TLS_.*|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_SIGNATURE_FAILURE|NOPERM|WRONGTYPE|CLIENT|SELECT|AUTH|MULTI|EXEC)$/;

test('every code that is thrown is listed', () => {
  const missing = [...thrown].filter((code) => !listed.has(code) && !NO_ERRORS.has(code));
  assert.deepEqual(missing.toSorted(), []);
});

test('every code that is listed exists', () => {
  const unknown = [...listed].filter((code) => !source.includes(`'${code}'`) && !OF_OTHERS.test(code));
  assert.deepEqual(unknown.toSorted(), []);
});

test('every class is listed', () => {
  const classes = Object.entries(errors).filter(([, value]) => typeof value === 'function' && 'kind' in value);
  const missing = classes.map(([name]) => name).filter((name) => !page.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
  assert.ok(classes.length > 20);
});
