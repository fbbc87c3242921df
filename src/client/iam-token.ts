import { createHash, createHmac } from 'node:crypto';

/** What AWS knows its caller by. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** When temporary credentials end. No token made with them outlives them. */
  readonly expiration?: Date | undefined;
}

/** A GET request that is to be signed. */
export interface PresignedRequest {
  readonly host: string;
  /** Names and values of the query. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly date: Date;
  /** How long the signature is valid, in seconds. */
  readonly expires: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * The host, path and query of a GET request, signed with AWS Signature Version 4, without the scheme.
 *
 * The body is empty, the path is `/`, and the host is the only header that is signed.
 */
export function presigned(request: PresignedRequest): string {
  const { host, service, region, credentials, expires } = request;
  // 2015-08-30T12:36:00.000Z becomes 20150830T123600Z.
  const time = request.date.toISOString().replace(/[:-]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const query: (readonly [string, string])[] = [
    ...request.query,
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${scope}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', String(expires)],
    ['X-Amz-SignedHeaders', 'host'],
  ];
  if (credentials.sessionToken !== undefined) query.push(['X-Amz-Security-Token', credentials.sessionToken]);
  const sorted = query
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map((pair) => pair.join('='))
    .join('&');
  const canonical = ['GET', '/', sorted, `host:${host}`, '', 'host', sha256('')].join('\n');
  const text = [ALGORITHM, time, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  return `${host}/?${sorted}&X-Amz-Signature=${hmac(key, text).toString('hex')}`;
}

/** Percent-encoding of everything but the unreserved characters of RFC 3986. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** By bytes, not by any language. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
