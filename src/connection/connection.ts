import type { Socket } from 'node:net';
import { Conduct } from '../commands/conduct.ts';
import { command, Flag, specOf } from '../commands/spec.ts';
import { closedChannel, connectTrace, isUnderWay, placeCommand } from '../diagnostics.ts';
import { AuthenticationError, ConnectionError, ProtocolError, responseError, type ResponseError } from '../errors.ts';
import type { FastBuffer } from '../protocol/bytes.ts';
import { Scratch } from '../protocol/bulk.ts';
import { Decoder, type ReplySink, type StreamReader } from '../protocol/decoder.ts';
import { Encoder, type ByteSink } from '../protocol/encoder.ts';
import type { Header } from '../protocol/header.ts';
import type { ReplyError } from '../protocol/reply-error.ts';
import type { ReplyMode } from '../protocol/reply-mode.ts';
import { after, clock, earlier, NEVER, reached } from '../util/clock.ts';
import { Deadline } from '../util/deadline.ts';
import { Ring } from '../util/ring.ts';
import { Asking, takeAsking } from './asking.ts';
import type { Traffic } from './counters.ts';
import { dial, type SocketListener } from './dial.ts';
import { dialError, dialTimeout, type DialFailure, type DialPhase } from './failure.ts';
import { discreet } from './discretion.ts';
import { handshake, isRefusal, ownCredentials, type Call, type Greeting } from './handshake.ts';
import { GROUP, type Group, type Part } from './group.ts';
import type { Holding } from './holding.ts';
import { checkedSize, lastResolve, newPromise, OWN_REQUEST, Request, Status, type RequestOptions } from './request.ts';
import { roleOf, type Role } from './locator.ts';
import { OptIn, optOut } from './opt-in.ts';
import { DEFAULT_USER, Reauthentication, type Reauthenticated } from './reauthentication.ts';
import { timeoutError, unfitError } from './request-error.ts';
import { askFor, isRotating } from './rotation.ts';
import {
  endpointOf,
  type Address,
  type ConnectionSettings,
  type Credentials,
  type FreshConnection,
  type SessionState,
} from './settings.ts';

/** Who owns a connection and hears of its life. */
export interface ConnectionOwner {
  /** The socket takes bytes again after `blocked`. */
  drained(connection: Connection): void;
  /** Every request is answered. Told only while `watchIdle` is set. */
  idle(connection: Connection): void;
  /** An error reply came; true when the owner will try the command again, since it did not run or the caller wants it to. */
  refused(request: Request, message: string, makeError: () => ResponseError, connection: Connection): boolean;
  /** A written request is late; true when the owner will send it again, as the caller wants it to. Its place is taken by another. */
  late(request: Request): boolean;
  /** New credentials could not be put to use; the connection goes on as the user it was. */
  rotationFailed(connection: Connection, error: ConnectionError): void;
  /** New credentials were taken, and are another user's. What is answered from now on is for that one. */
  userChanged?(connection: Connection): void;
  /** Out-of-band data came that nobody listens to. Text is Buffers. */
  pushed?(connection: Connection, items: unknown[]): void;
  /** The connection is gone, with these requests written and unanswered. Told once, when it had been ready. */
  closed(connection: Connection, error: ConnectionError, unanswered: readonly Request[]): void;
}

/** Who has a connection to itself, and takes what comes on it without being asked for. */
export interface ConnectionListener {
  /** Sees what comes first. */
  readonly reader: StreamReader;
  /** Out-of-band data that the reader left: RESP3's pushes; under RESP2 every array. Text is Buffers. */
  pushed(items: unknown[]): void;
  /** The connection is gone. Told once, after its owner. */
  closed(error: ConnectionError): void;
}

/** What was written with the request that gives a silent connection away is left to its own deadline; milliseconds. */
const AFTERMATH = 50;
/** Bytes waiting in the socket above which no more commands are written. */
const HIGH_WATER = 1024 * 1024;

const scratch = new Scratch();
const HANDSHAKE_MODE: ReplyMode = { encoding: 'utf8', integers: 'number' };

const FUNCTION_LOAD = command('FUNCTION LOAD');

/** The handshake has one deadline as a whole, `connectTimeout`. */
const HANDSHAKE: RequestOptions = { ...OWN_REQUEST, mode: HANDSHAKE_MODE, timeout: Infinity };

/**
 * One socket, from dial to close. It never reconnects.
 *
 * ```
 *   connecting --> (tls) --> handshake --> ready --> closed
 *        '------------'----------'-----------^
 * ```
 *
 * Requests are answered strictly in the order they were written. A reply that fits no request, or breaks the protocol, destroys the
 * connection: from then on nothing could be trusted.
 */
export class Connection implements ReplySink, ByteSink, SocketListener {
  readonly endpoint: string;
  /** Resolves when user commands may be sent; rejects with what went wrong, within `connectTimeout`. */
  readonly opened: Promise<void>;
  /** The database that it began with. */
  readonly database: number;
  /** The user that it was made as, or that credentials which were renewed have made it. */
  user: string = DEFAULT_USER;
  /** Tells the owner whenever every request is answered. */
  watchIdle = false;
  /** Too many bytes wait in the socket: write nothing until `drained`. */
  blocked = false;
  /** Who has it from a pool. */
  holding: Holding | undefined = undefined;
  /** It was to be to a primary, and has refused a command since its server is none any more. */
  misled = false;
  /** Bytes of the requests that are written and unanswered, as accounted. */
  inFlightBytes = 0;

  readonly #settings: ConnectionSettings;
  readonly #state: Readonly<SessionState>;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #encrypted: boolean;
  readonly #decoder: Decoder;
  readonly #encoder: Encoder;
  readonly #inFlight: Ring<Request> = new Ring<Request>(64);
  /** The scripts that were sent whole, by digest. */
  readonly #loaded = new Set<string>();
  /** Calls of functions for which the library was loaded. */
  readonly #supplied = new WeakMap<Request, Promise<unknown>>();
  readonly #deadline: Deadline = new Deadline((now, late) => this.#sweep(now, late));

  #phase: DialPhase | 'closed';
  #greeting: Greeting | undefined;
  /** Follows the rotations of the provider, if it tells of any. */
  #reauthentication: Reauthentication | undefined;
  #listener: ConnectionListener | undefined;
  /** The user's function that the dial waits for. */
  #asking: string | undefined;
  #heard: Buffer = Buffer.alloc(0);
  readonly #dialTimer: NodeJS.Timeout | undefined;
  #opened!: { resolve(): void; reject(error: Error): void };
  #failure: ConnectionError | undefined;

  #scheduled = false;
  /** The clock as last read: for the first command of a tick, and every sixteenth after it. */
  #tick = 0;
  #batch = 0;
  #lastRead = clock();
  /** When the first of the requests in flight was written to a connection that owed nothing. */
  #busySince = this.#lastRead;

  #readyAt = this.#lastRead;
  #sent = 0;
  /** Of those, the ones that will never be answered. */
  #unanswered = 0;
  #errors = 0;
  #bytesSent = 0;
  #bytesReceived = 0;

  constructor(settings: ConnectionSettings, state: Readonly<SessionState>, owner: ConnectionOwner) {
    this.#settings = settings;
    this.#owner = owner;
    this.endpoint = endpointOf(settings.address);
    this.#encrypted = settings.tls !== undefined;
    this.#decoder = new Decoder(this, settings.limits, scratch);
    this.#encoder = new Encoder(this);
    this.#phase = 'connecting';
    this.opened = new Promise<void>((resolve, reject) => {
      this.#opened = { resolve, reject };
    });
    // Whoever waits for it hears of a failure; nobody has to.
    this.opened.catch(() => undefined);
    this.#state = state;
    this.database = state.db;
    this.#socket = dial(settings, this);
    const expire = (): void => this.destroy(dialTimeout(this.#dialFailure(undefined), settings.connectTimeout));
    this.#dialTimer = setTimeout(expire, settings.connectTimeout);
    if (connectTrace.hasSubscribers) {
      const { endpoint } = this;
      connectTrace.follow({ endpoint, tls: this.#encrypted, startTime: performance.now() }, this.opened);
    }
    if (this.#encrypted) this.#socket.once('connect', () => (this.#phase = 'tls'));
  }

  get address(): Address {
    return this.#settings.address;
  }

  /** The address of the other end, once there is one; of a socket, its path. */
  get peer(): string {
    const { remoteAddress: host, remotePort: port } = this.#socket;
    return host === undefined || port === undefined ? this.endpoint : endpointOf({ host, port });
  }

  /** What the server had to be. */
  get role(): Role | undefined {
    return this.#settings.role;
  }

  /** What the server said that it is; under RESP2 it does not. */
  get foundRole(): Role | undefined {
    return roleOf(this.#greeting?.role);
  }

  get ready(): boolean {
    return this.#phase === 'ready';
  }

  /** The peer may speak, and has not said yet that it is a server. */
  get #introducing(): boolean {
    return this.#phase === 'handshake' || this.#phase === 'revocation';
  }

  get closing(): boolean {
    return this.#phase === 'closed';
  }

  get greeting(): Greeting | undefined {
    return this.#greeting;
  }

  /** How it was made. */
  get settings(): ConnectionSettings {
    return this.#settings;
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** Whether somebody's command is unanswered. */
  get busy(): boolean {
    return this.#inFlight.length > (this.#reauthentication?.inFlight ?? 0);
  }

  /** The request whose reply comes next. */
  get next(): Request | undefined {
    return this.#inFlight.peek();
  }

  /** When bytes last came, on the `clock()`. Kept while something is in flight, and with a listener always. */
  get lastRead(): number {
    return this.#lastRead;
  }

  /** For how long it has owed replies without a sign of life, in milliseconds. */
  get silence(): number {
    return this.#inFlight.length === 0 ? 0 : (clock() - this.lastUsed) | 0;
  }

  /** When it was last known to be alive, or was written to after it had owed nothing; on the `clock()`. */
  get lastUsed(): number {
    return ((this.#busySince - this.#lastRead) | 0) > 0 ? this.#busySince : this.#lastRead;
  }

  /** What went over it since it was ready. */
  get traffic(): Traffic {
    return {
      sent: this.#sent,
      // Counted once, when they are written: a command and its reply cost one addition.
      replies: this.#sent - this.#unanswered - this.#inFlight.length,
      errors: this.#errors,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
    };
  }

  /** Makes the connection one that is listened to, for good. Nothing may be in flight, unless its reply is a simple string. */
  listen(listener: ConnectionListener): void {
    this.#listener = listener;
    this.#lastRead = clock();
    this.#decoder.divert(listener.reader, this.#greeting?.protocol === 2);
  }

  /** Settles the next request with what the listener has heard. */
  answer(reply: unknown): void {
    this.reply(reply);
  }

  /** Sends a request, its deadline counted from now. */
  send(request: Request): void {
    if (!this.#scheduled) this.#schedule();
    else if ((++this.#batch & 15) === 0) this.#tick = clock();
    const timeout = request.options.timeout;
    if (timeout !== Infinity) {
      request.deadline = after(this.#tick, timeout);
      this.#deadline.watch(request.deadline);
    }
    this.#write(request);
  }

  /** Sends a request whose deadline is set. */
  sendTimed(request: Request): void {
    if (!this.#scheduled) this.#schedule();
    this.#deadline.watch(request.deadline);
    if (takeAsking(request)) this.ask(request);
    this.#write(request);
  }

  /** Has the server take the next command, which other servers send here, though the slot of its keys is not here yet. */
  ask(request: Request): void {
    if (!this.#scheduled) this.#schedule();
    // Between the two, it would take ASKING upon itself.
    optOut(request);
    const asking = new Asking(request.deadline);
    this.#put(asking, asking.spec.header, asking.args);
  }

  /** Nobody uses the connection any more, and no transaction is open on it. */
  released(): void {
    this.#reauthentication?.released();
  }

  /** Tears the connection down at once. Whatever is unanswered is told to the owner. */
  destroy(error: ConnectionError): void {
    if (this.#phase === 'closed') return;
    this.#failure ??= error;
    this.#socket.destroy();
    this.#close(this.#failure);
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#tick = clock();
    if (this.#inFlight.length === 0) this.#busySince = this.#tick;
    process.nextTick(this.#flush);
  }

  #write(request: Request): void {
    if (isUnderWay()) placeCommand(request, this);
    if (request.spec.composed) this.#compose(request);
    else this.#put(request, request.spec.header, request.args);
  }

  /** A group is written part by part, a script whole where this connection sends it for the first time, a read behind what makes it tracked. */
  #compose(request: Request): void {
    const { spec, args } = request;
    if (spec === GROUP) {
      for (const part of (request as Group).write(this.endpoint)) if (this.#phase !== 'closed') this.#write(part);
      return;
    }
    if (spec.plain !== undefined) {
      const optIn = new OptIn(request);
      this.#put(optIn, optIn.spec.header, optIn.args);
    }
    const { code } = spec;
    if (code?.script === undefined || this.#loaded.has(code.id)) this.#put(request, spec.header, args);
    else {
      this.#loaded.add(code.id);
      this.#put(request, code.script.whole.header, [code.text, ...args.slice(1)]);
    }
  }

  #put(request: Request, header: Header, args: Request['args']): void {
    request.status = Status.sent;
    this.inFlightBytes += request.size;
    this.#inFlight.push(request);
    this.#sent++;
    try {
      this.#encoder.encode(header, args);
    } catch (cause) {
      // Half a command may be in the stream: nothing sound can follow it.
      this.destroy(
        new ConnectionError(`a command could not be written to ${this.endpoint}`, { endpoint: this.endpoint, cause }),
      );
    }
    if (this.#reauthentication !== undefined && request.spec.conduct > Conduct.blocking) {
      this.#reauthentication.follow(request.spec, this.#greeting?.protocol ?? 2);
    }
  }

  /** Sends a command again, with its code, that the server did not run for want of it. */
  #supply(request: Request, message: string, makeError: () => ResponseError): boolean {
    const { code } = request.spec;
    if (code === undefined) return false;
    if (code.script !== undefined) {
      if (!message.startsWith('NOSCRIPT ')) return false;
      this.#loaded.delete(code.id);
    } else {
      if (!message.startsWith('ERR Function not found')) return false;
      const loading = this.#supplied.get(request);
      if (loading !== undefined) {
        // The function is not in its library, or the library could not be loaded, which is the better reason.
        loading.then(
          () => request.fail(makeError),
          (error: unknown) => request.fail(() => error),
        );
        return true;
      }
      const load = this.#call(FUNCTION_LOAD, ['REPLACE', code.text]);
      // It is looked at when the function is missing once more.
      load.catch(() => undefined);
      this.#supplied.set(request, load);
    }
    this.sendTimed(request);
    return true;
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#phase === 'closed') return;
    this.#encoder.flush();
    if (this.#socket.writableLength > HIGH_WATER) this.blocked = true;
  };

  // Bytes out

  write(bytes: Uint8Array, memory: FastBuffer | undefined): boolean {
    const socket = this.#socket;
    this.#bytesSent += bytes.length;
    if (memory === undefined || (!this.#encrypted && memory.length <= 32 * 1024)) {
      socket.write(bytes);
      if (socket.writableLength === 0) return true;
    } else {
      // TLS, and large writes, leave later: their memory comes back when they have.
      socket.write(bytes, () => this.#encoder.recycle(memory));
    }
    if (socket.writableLength > HIGH_WATER) this.blocked = true;
    return false;
  }

  drained(): void {
    if (!this.blocked || this.#phase === 'closed') return;
    this.blocked = false;
    this.#owner.drained(this);
  }

  // Bytes in

  checking(): void {
    this.#phase = 'revocation';
  }

  connected(): void {
    this.#phase = 'handshake';
    this.#introduce().then(
      (credentials) => {
        if (this.#phase === 'closed') return;
        this.#phase = 'ready';
        this.#heard = Buffer.alloc(0);
        clearTimeout(this.#dialTimer);
        this.#startCounting();
        this.#reauthentication?.start(credentials);
        this.#opened.resolve();
      },
      (cause: unknown) => this.destroy(dialError(this.#dialFailure(cause))),
    );
  }

  /** The handshake is none of what the client was asked to do. */
  #startCounting(): void {
    this.#readyAt = clock();
    this.#sent = this.#inFlight.length;
    this.#errors = this.#bytesSent = this.#bytesReceived = 0;
  }

  /** Gives the credentials that were taken. */
  async #introduce(): Promise<Credentials | undefined> {
    const { onConnect } = this.#settings;
    const call: Call = (spec, args) => this.#call(spec, args);
    const credentials = await this.#authenticate(call);
    if (onConnect === undefined) return credentials;
    const fresh: FreshConnection = {
      executeCommand: (name, ...args) => {
        const { spec, rest } = specOf(name, args);
        return call(spec, rest);
      },
    };
    await this.#ask('onConnect', 'ON_CONNECT_FAILED', () => onConnect(fresh));
    return credentials;
  }

  /** A provider whose credentials are refused is asked again, once: they may have been replaced between its answer and the server's. */
  async #authenticate(call: Call): Promise<Credentials | undefined> {
    const { credentialProvider: provider } = this.#settings;
    const greet = async (credentials: Credentials | undefined): Promise<Credentials | undefined> => {
      this.#greeting = await handshake(call, this.#settings, this.#state, credentials);
      this.user = credentials?.username ?? DEFAULT_USER;
      return credentials;
    };
    if (provider === undefined) return await greet(ownCredentials(this.#state));
    const ask = (): Promise<Credentials> =>
      this.#ask('credentialProvider', 'CREDENTIALS_FAILED', () => {
        // What changes from here on is heard of.
        if (isRotating(provider)) this.#reauthentication ??= new Reauthentication(provider, this.#following());
        return askFor(provider);
      });
    try {
      return await greet(await ask());
    } catch (error) {
      if (!isRefusal(error) || this.closing) throw error;
    }
    return await greet(await ask());
  }

  #following(): Reauthenticated {
    return {
      endpoint: this.endpoint,
      send: (request) => this.send(request),
      rotationFailed: (error) => this.#owner.rotationFailed(this, error),
      userChanged: (user) => {
        this.user = user;
        this.#owner.userChanged?.(this);
      },
    };
  }

  /** Runs the user's part of a dial. Its failure is told as such, and so is the time it takes. */
  async #ask<T>(name: string, code: string, run: () => T | Promise<T>): Promise<T> {
    this.#asking = name;
    try {
      return await run();
    } catch (cause) {
      if (cause instanceof ConnectionError && cause === this.#failure) throw cause;
      const Type = code === 'CREDENTIALS_FAILED' ? AuthenticationError : ConnectionError;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Type(`connecting to ${this.endpoint} failed in ${name}: ${reason}`, {
        code,
        endpoint: this.endpoint,
        cause,
      });
    } finally {
      this.#asking = undefined;
    }
  }

  #call(spec: Request['spec'], args: Request['args']): Promise<unknown> {
    const size = checkedSize(spec, args);
    const promise = newPromise<unknown>();
    const request = new Request(spec, args, undefined, HANDSHAKE, size, lastResolve());
    if (this.#phase === 'closed') {
      const failure = this.#failure;
      request.fail(() => failure);
    } else this.send(request);
    return promise;
  }

  received(bytes: Buffer, start: number, end: number): void {
    this.#bytesReceived += end - start;
    if (this.#introducing && this.#heard.length < 64) {
      this.#heard = Buffer.concat([this.#heard, bytes.subarray(start, Math.min(end, start + 64))]);
    }
    try {
      this.#decoder.read(bytes, start, end);
      // A connection that owes nothing may be silent as long as it likes.
      if (this.#inFlight.length > 0 || this.#listener !== undefined) this.#lastRead = clock();
    } catch (cause) {
      this.destroy(
        this.#phase === 'ready'
          ? new ConnectionError(
              `${this.endpoint} broke the protocol: ${cause instanceof Error ? cause.message : String(cause)}`,
              {
                code: 'PROTOCOL_ERROR',
                endpoint: this.endpoint,
                cause,
              },
            )
          : dialError(this.#dialFailure(cause)),
      );
    }
  }

  mode(): ReplyMode {
    const request = this.#inFlight.peek();
    if (request !== undefined) return request.mode;
    // A server that is full says so before anything was asked.
    if (this.#introducing) return HANDSHAKE.mode;
    throw new ProtocolError('a reply to no request');
  }

  reply(value: unknown): void {
    this.#answered().succeed(value, this);
    if (this.watchIdle && this.#inFlight.length === 0) this.#owner.idle(this);
  }

  error(error: ReplyError): void {
    this.#errors++;
    const { message } = error;
    const { endpoint } = this;
    if (this.#inFlight.length === 0 && this.#introducing) {
      this.destroy(dialError(this.#dialFailure(responseError(discreet(message, '', []), { endpoint }))));
      return;
    }
    const request = this.#answered();
    const { args, spec } = request;
    const makeError = (): ResponseError =>
      responseError(discreet(message, spec.name, args), { command: spec.name, endpoint });
    if (request.settled) {
      // Its caller has been told otherwise.
    } else if (request.isPart) this.#partRefused(request as Part, message, makeError);
    else if (!this.#supply(request, message, makeError) && !this.#owner.refused(request, message, makeError, this))
      request.fail(makeError);
    if (this.watchIdle && this.#inFlight.length === 0) this.#owner.idle(this);
  }

  /** A group of which nothing ran, but for now, is worth another try as a whole. */
  #partRefused(part: Part, message: string, error: () => ResponseError): void {
    part.status = Status.settled;
    const { group } = part;
    if (!group.answer({ error, message })) return;
    const reason = group.refusedFor();
    const makeError = (): ResponseError => responseError(discreet(reason ?? message, group.spec.name, group.args));
    if (reason === undefined || !this.#owner.refused(group, reason, makeError, this)) group.finish();
  }

  unfit(message: string): void {
    const request = this.#answered();
    request.fail(() => unfitError(message, request, this.endpoint));
    if (this.watchIdle && this.#inFlight.length === 0) this.#owner.idle(this);
  }

  push(items: unknown[]): void {
    // A server may send some to those who never asked.
    if (this.#listener !== undefined) this.#listener.pushed(items);
    else this.#owner.pushed?.(this, items);
  }

  #answered(): Request {
    const request = this.#inFlight.shift();
    if (request === undefined) throw new ProtocolError('a reply to no request');
    this.inFlightBytes -= request.size;
    return request;
  }

  // The end

  closed(cause: Error | undefined): void {
    if (this.#phase === 'closed') return;
    if (this.#phase !== 'ready') this.#close(dialError(this.#dialFailure(cause)));
    else {
      const code = (cause as { code?: string } | undefined)?.code;
      const reason = cause === undefined ? 'the server closed it' : cause.message;
      const details = { endpoint: this.endpoint, cause };
      this.#close(
        new ConnectionError(
          `the connection to ${this.endpoint} was lost: ${reason}`,
          code === undefined ? details : { ...details, code },
        ),
      );
    }
  }

  #close(error: ConnectionError): void {
    const wasReady = this.#phase === 'ready';
    this.#phase = 'closed';
    this.#failure = error;
    clearTimeout(this.#dialTimer);
    this.#deadline.stop();
    this.#decoder.stop();
    this.#reauthentication?.end();
    const all = this.#inFlight.drain();
    this.#unanswered = all.length;
    const unanswered = this.#reauthentication?.without(all) ?? all;
    this.inFlightBytes = 0;
    if (wasReady) {
      if (closedChannel.hasSubscribers) closedChannel.publish({ endpoint: this.endpoint, code: error.code });
      this.#owner.closed(this, error, unanswered);
    } else {
      for (const request of unanswered) request.fail(() => error);
      this.#opened.reject(error);
    }
    this.#listener?.closed(error);
  }

  #dialFailure(cause: unknown): DialFailure {
    const phase = this.#phase === 'closed' ? 'ready' : this.#phase;
    const provided = this.#settings.credentialProvider !== undefined;
    const { endpoint } = this;
    const heard = this.#heard;
    const asked = Array.from({ length: this.#inFlight.length }, (_, i) => this.#inFlight.at(i)!.args).flat();
    return { endpoint, phase, tls: this.#encrypted, heard, asked, asking: this.#asking, provided, cause };
  }

  /** Settles what is overdue; gives the connection up when it owes replies and has been silent too long. */
  #sweep(now: number, late: number): number {
    let next = NEVER;
    let overdue = false;
    const length = this.#inFlight.length;
    for (let i = 0; i < length; i++) {
      const request = this.#inFlight.at(i)!;
      if (!request.settled && reached(request.deadline, now)) {
        this.#overdue(request, i, late);
      }
      // One that is sent again has left its place to another.
      if (this.#inFlight.at(i)!.settled) overdue = true;
      else next = earlier(next, request.deadline);
    }
    const giveUp = overdue ? this.#patience() : NEVER;
    if (!reached(giveUp, now)) return earlier(next, giveUp);
    this.destroy(
      new ConnectionError(`${this.endpoint} has not answered for ${this.#settings.silence} ms`, {
        code: 'UNRESPONSIVE',
        endpoint: this.endpoint,
      }),
    );
    return NEVER;
  }

  #overdue(request: Request, index: number, late: number): void {
    const whole = request.isPart ? (request as Part).group : request;
    const makeError = timeoutError(whole, {
      phase: 'sent',
      endpoint: this.endpoint,
      inFlight: this.#inFlight.length,
      loopDelay: late,
      silence: this.silence,
      readyAt: this.#readyAt,
    });
    const standIn = whole === request ? request.standIn() : undefined;
    if (this.#owner.late(whole) && standIn !== undefined) this.#inFlight.replace(index, standIn);
    else whole.fail(makeError);
  }

  /**
   * Until when the connection may stay silent, now that it owes a reply that came too late. What blocks at the head of the line may do
   * so until its own deadline; a command without one has nothing to be measured by but the others' being overdue.
   */
  #patience(): number {
    const head = this.#inFlight.peek()!;
    if (head.deadline === NEVER && head.spec.has(Flag.blocking)) return NEVER;
    const silent = after(this.lastUsed, this.#settings.silence + AFTERMATH);
    return head.deadline !== NEVER && ((head.deadline - silent) | 0) > 0 ? head.deadline : silent;
  }
}
