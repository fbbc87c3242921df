import type * as asn1js from 'asn1js';
import type * as pkijs from 'pkijs';
import type { Refuse } from './ocsp-error.ts';

/** The libraries that read ASN.1 and X.509. Both are optional: only OCSP needs them. */
export interface Library {
  readonly pkijs: typeof pkijs;
  readonly asn1js: typeof asn1js;
}

let loaded: Promise<Library> | undefined;

export async function loadLibrary(refuse: Refuse): Promise<Library> {
  loaded ??= load();
  try {
    return await loaded;
  } catch (cause) {
    loaded = undefined;
    throw refuse('OCSP_LIBRARY_MISSING', 'the tls option ocsp needs two packages: npm install pkijs asn1js', cause);
  }
}

async function load(): Promise<Library> {
  const [pki, asn1] = await Promise.all([import('pkijs'), import('asn1js')]);
  return { pkijs: pki, asn1js: asn1 };
}
