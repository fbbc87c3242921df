import { request, type ClientRequest, type IncomingMessage } from 'node:http';

/** Responses and certificates are a few kilobytes. */
const MOST_BYTES = 256 * 1024;
const MOST_REDIRECTS = 3;

/** What is sent, and where to. */
export interface Message {
  readonly url: string;
  readonly type: string;
  /** POSTed; without it, GET. */
  readonly body?: Buffer;
}

/**
 * The body of the answer to a request, bounded in size, until `signal` fires.
 *
 * Uses a connection of its own, so that nothing is left open. Rejects with an `Error` that says why.
 */
export async function exchange(message: Message, signal: AbortSignal, redirects = 0): Promise<Buffer> {
  const url = URL.parse === undefined ? new URL(message.url) : URL.parse(message.url);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new Error(`${message.url} is no web address`);
  const response = await answerOf(url, message, signal);
  const { statusCode = 0, headers } = response;
  if (statusCode === 200) return await bodyOf(response);
  response.destroy();
  const { location } = headers;
  if (statusCode >= 300 && statusCode < 400 && location !== undefined && redirects < MOST_REDIRECTS) {
    return await exchange({ ...message, url: new URL(location, url).href }, signal, redirects + 1);
  }
  throw new Error(`${url.href} answered with the HTTP status ${statusCode}`);
}

async function answerOf(url: URL, { type, body }: Message, signal: AbortSignal): Promise<IncomingMessage> {
  const ask = url.protocol === 'https:' ? (await import('node:https')).request : request;
  const headers =
    body === undefined ? { accept: type } : { 'content-type': type, 'content-length': body.length, accept: '*/*' };
  return await new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const asked: ClientRequest = ask(url, { method, headers, agent: false, signal }, resolve);
    asked.on('error', reject);
    asked.end(body);
  });
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error(`the answer is longer than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
