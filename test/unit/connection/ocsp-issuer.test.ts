import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { certificatesIn, issuerOf } from '../../../src/connection/ocsp-issuer.ts';
import { CertificateAuthority } from '../../../src/testing/index.ts';

const root = await CertificateAuthority.create('one');
const namesake = await CertificateAuthority.create('one');
const middle = await root.createIntermediate('middle');
const low = await middle.createIntermediate('low');
const old = await root.createIntermediate('old', { until: new Date(Date.now() - 60_000) });
after(() => Promise.all([root, namesake, middle, low, old].map((each) => each.close())));

const x509 = ({ cert }: { readonly cert: string }): X509Certificate => new X509Certificate(cert);
const subjectOf = (certificate: X509Certificate | undefined): string | undefined => certificate?.subject;

describe('the issuer of a certificate', () => {
  it('is a trusted authority', async () => {
    const leaf = x509(await root.issue());
    assert.equal(issuerOf(leaf, [], [x509(namesake), x509(root)])?.fingerprint256, x509(root).fingerprint256);
    assert.equal(issuerOf(leaf, [x509(root)], [x509(root)])?.fingerprint256, x509(root).fingerprint256);
  });

  it('is an authority that leads to a trusted one, in any number of steps', async () => {
    const leaf = x509(await low.issue());
    assert.equal(subjectOf(issuerOf(leaf, [x509(middle), x509(low)], [x509(root)])), 'CN=low');
    assert.equal(subjectOf(issuerOf(leaf, [x509(low), leaf, x509(middle), x509(namesake)], [x509(root)])), 'CN=low');
    assert.equal(subjectOf(issuerOf(leaf, [x509(low)], [x509(middle)])), 'CN=low');
  });

  it('is nobody who only fits: a key can be made for a signature', async () => {
    const leaf = x509(await root.issue());
    assert.equal(issuerOf(leaf, [x509(root)], []), undefined);
    assert.equal(issuerOf(leaf, [x509(root)], [x509(namesake)]), undefined);
    assert.equal(issuerOf(x509(await low.issue()), [x509(low)], [x509(root)]), undefined);
  });

  it('is nobody of the same name', async () => {
    const leaf = x509(await root.issue());
    assert.equal(issuerOf(leaf, [x509(namesake)], [x509(namesake)]), undefined);
  });

  it('is no authority whose time is over, and nobody who is none', async () => {
    assert.equal(issuerOf(x509(await old.issue()), [x509(old)], [x509(root)]), undefined);
    const leaf = await root.issue();
    assert.equal(issuerOf(x509(leaf), [x509(leaf)], []), undefined);
  });
});

describe('certificates that sign each other', () => {
  it('are each looked at once', async () => {
    // Of one name and one key, each is the issuer of every other: 16 of them in every order would take years.
    const namesakes = Array.from({ length: 100 }, () => x509(namesake));
    const leaf = x509(await namesake.issue());
    assert.equal(issuerOf(leaf, namesakes, [x509(root)]), undefined);
    const found = issuerOf(leaf, namesakes, [x509(root), x509(namesake)]);
    assert.equal(found?.fingerprint256, x509(namesake).fingerprint256);
  });
});

describe('certificates in PEM texts', () => {
  it('are all that can be read', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const texts = [`# comment\n${root.cert}${broken}${middle.cert}`, Buffer.from(low.cert), 'none'];
    assert.deepEqual(certificatesIn(texts).map(subjectOf), ['CN=one', 'CN=middle', 'CN=low']);
    assert.equal(certificatesIn(texts), certificatesIn(texts));
  });
});
