import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { CertificateAuthority } from '../../../src/testing/certificate-authority.ts';
import type { Certificate } from '../../../src/testing/certificate.ts';
import { findFreePort } from '../../../src/testing/free-port.ts';
import { ServerProcess } from '../../../src/testing/server-process.ts';
import { TemporaryFolder } from '../../../src/testing/temporary-folder.ts';

const run = promisify(execFile);

/** How a response is made. */
export interface Response {
  /** Who signs it; default the authority itself. */
  readonly signer?: Certificate;
  /** For how many minutes it holds; default an hour. `0` does not say. */
  readonly minutes?: number;
  /** Further words for `openssl ocsp`, such as `-badsig`. */
  readonly words?: readonly string[];
}

/** The answer of a real responder, DER, to a request, DER. */
export async function respond(
  authority: CertificateAuthority,
  request: Buffer,
  response: Response = {},
): Promise<Buffer> {
  const folder = await TemporaryFolder.create('ocsp');
  try {
    const { signer = authority, minutes = 60, words = [] } = response;
    await writeFile(folder.file('request'), request);
    await writeFile(folder.file('signer.crt'), signer.cert);
    await writeFile(folder.file('signer.key'), signer.key, { mode: 0o600 });
    const who = ['-index', authority.file('index.txt'), '-CA', authority.file('authority.crt')];
    const how = ['-rsigner', 'signer.crt', '-rkey', 'signer.key', ...(minutes === 0 ? [] : ['-nmin', String(minutes)])];
    const files = ['-reqin', 'request', '-respout', 'response'];
    await run('openssl', ['ocsp', ...who, ...how, ...files, ...words], { cwd: folder.path });
    return await readFile(folder.file('response'));
  } finally {
    await folder.remove();
  }
}

/** The status of a certificate as its server would staple it. */
export async function stapleFor(
  authority: CertificateAuthority,
  { cert }: Pick<Certificate, 'cert'>,
  response?: Response,
): Promise<Buffer> {
  const folder = await TemporaryFolder.create('ocsp');
  try {
    await writeFile(folder.file('leaf.crt'), cert);
    const about = ['-issuer', authority.file('authority.crt'), '-cert', 'leaf.crt'];
    await run('openssl', ['ocsp', ...about, '-no_nonce', '-reqout', 'request'], { cwd: folder.path });
    return await respond(authority, await readFile(folder.file('request')), response);
  } finally {
    await folder.remove();
  }
}

type Handler = (request: Buffer, response: ServerResponse, message: IncomingMessage) => void | Promise<void>;

/** A responder on the loopback, which has `openssl ocsp` make each answer: that program's own server listens to the world. */
export class OcspResponder implements AsyncDisposable {
  readonly port: number;
  /** How many requests came. */
  requests = 0;
  /** What is done with a request. */
  handle: Handler;
  readonly #server: Server;

  private constructor(server: Server, handle: Handler) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.handle = handle;
    server.on('request', (message, response) => void this.#answer(message, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Starts a responder for the certificates of this authority. */
  static async start(authority: CertificateAuthority, how?: Response): Promise<OcspResponder> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref();
    return new OcspResponder(server, async (request, response) => {
      response.setHeader('content-type', 'application/ocsp-response').end(await respond(authority, request, how));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const chunks: Buffer[] = [];
    for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
    await this.handle(Buffer.concat(chunks), response, message);
  }
}

/**
 * The server that comes with `openssl ocsp`, as a process of its own. It listens on all addresses of the machine, since it cannot
 * be told otherwise, and reads the index when it starts.
 */
export class OpensslResponder implements AsyncDisposable {
  readonly port: number;
  readonly #authority: CertificateAuthority;
  readonly #folder: TemporaryFolder;
  #process: ServerProcess;

  private constructor(authority: CertificateAuthority, folder: TemporaryFolder, port: number) {
    this.#authority = authority;
    this.#folder = folder;
    this.port = port;
    this.#process = this.#launch();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  static async start(authority: CertificateAuthority): Promise<OpensslResponder> {
    const folder = await TemporaryFolder.create('ocsp');
    const responder = new OpensslResponder(authority, folder, await findFreePort());
    await responder.#ready();
    return responder;
  }

  /** Starts it again, so that it knows the certificates of today. */
  async restart(): Promise<void> {
    await this.#process.end('SIGTERM', 1000);
    await rm(this.#folder.file('log'));
    this.#process = this.#launch();
    await this.#ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.end('SIGTERM', 1000);
    await this.#folder.remove();
  }

  #launch(): ServerProcess {
    const file = (name: string): string => this.#authority.file(name);
    const who = ['-index', file('index.txt'), '-CA', file('authority.crt')];
    const how = ['-rsigner', file('authority.crt'), '-rkey', file('authority.key'), '-nmin', '60'];
    const words = ['ocsp', '-port', String(this.port), ...who, ...how];
    return new ServerProcess({ command: 'openssl', args: [] }, words, this.#folder.path, this.#folder.file('log'));
  }

  /** It says when it listens. A connection that asks nothing would hold it up for ever. */
  async #ready(): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!(await readFile(this.#folder.file('log'), 'utf8')).includes('ACCEPT')) {
      if (performance.now() > deadline || !this.#process.isRunning) throw new Error('openssl ocsp did not start');
      await sleep(10);
    }
  }
}
