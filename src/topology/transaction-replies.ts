import { command, type Decoder, type Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { discreet } from '../connection/discretion.ts';
import { readMode, type Request } from '../connection/request.ts';
import { DataError, responseError } from '../errors.ts';
import { ReplyError } from '../protocol/reply-error.ts';
import type { ReplyMode } from '../protocol/reply-mode.ts';

const MULTI: Spec = command('MULTI');
/** The server's answer to a command that waits for EXEC. */
const QUEUED = 'QUEUED';

/** A command sent behind MULTI, and how its reply is decoded. */
export interface Sent {
  readonly spec: Spec;
  /** Not shown by the error it is answered with. */
  readonly args: readonly Value[];
  /** What was asked for. */
  readonly mode: ReplyMode;
  readonly decode: Decoder<unknown> | undefined;
}

/**
 * Keeps the decoders of the commands in a transaction from MULTI to EXEC, whose reply holds theirs.
 *
 * ```
 *  MULTI   HGETALL   SET   EXEC          what is sent
 *    |        |        |      '--------> its decoder: [ decoder of HGETALL, decoder of SET ]
 *    |        '--------'---------------> theirs: QUEUED stays as it is
 *    '---------------------------------> from here on
 * ```
 *
 * It goes by what is sent, not by what is answered, since commands may be called without waiting, and since the answer to one that
 * timed out is never seen. That is enough: when one of them was refused EXEC fails as a whole, so the replies of one that succeeds
 * are those of the last commands sent.
 */
export class TransactionReplies {
  readonly #endpoint: string;
  /** MULTI and what was sent behind it; `undefined` outside of a transaction. */
  #sent: Sent[] | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** Whether MULTI was sent, and not yet what ends it. */
  get open(): boolean {
    return this.#sent !== undefined;
  }

  /** Gives a request, which must be the next to be sent, the decoder that it needs in the transaction it is in. */
  follow(request: Request): void {
    const { spec, args, options, decode } = request;
    const sent = this.#sent;
    if (spec === MULTI) (this.#sent ??= []).push({ spec, args, mode: options.mode, decode });
    else if (sent !== undefined) this.#followInside(request, sent);
  }

  #followInside(request: Request, sent: Sent[]): void {
    // Whether the server has a script would show at EXEC only.
    request.sendWhole();
    const { spec, args, decode } = request;
    const { mode } = request.options;
    switch (spec.name) {
      case 'EXEC':
        this.#sent = undefined;
        this.#decodeExec(request, sent);
        break;
      case 'DISCARD':
      case 'RESET':
        this.#sent = undefined;
        break;
      case 'WATCH':
        // Refused inside of a transaction, and some servers run the transaction all the same.
        break;
      default: {
        const entry: Sent = { spec, args, mode, decode };
        sent.push(entry);
        request.decode = (reply) => {
          if (reply === QUEUED) return QUEUED;
          this.#forget(sent, entry);
          return decode === undefined ? reply : decode(reply, mode);
        };
      }
    }
  }

  /** A command that was not queued, since its MULTI had been refused: neither was any before it. */
  #forget(sent: Sent[], entry: Sent): void {
    sent.splice(0, sent.indexOf(entry) + 1);
    if (sent.length === 0 && this.#sent === sent) this.#sent = undefined;
  }

  #decodeExec(request: Request, sent: readonly Sent[]): void {
    const { decode, mode } = request;
    request.options = { ...request.options, mode: execMode(mode, sent) };
    request.decode = (reply) => {
      const queued = sent.filter(({ spec }) => spec !== MULTI);
      const decoded = Array.isArray(reply)
        ? decodeReplies(reply, queued.slice(queued.length - reply.length), request.mode, this.#endpoint)
        : reply;
      return decode === undefined ? decoded : decode(decoded, mode);
    };
  }
}

/** What EXEC must ask for. When a reply must be read otherwise than the rest, all are, and the rest is turned into what it should be. */
export function execMode(mode: ReplyMode, queued: readonly Sent[]): ReplyMode {
  const binary = queued.some(({ spec }) => spec.binary);
  const bigints = queued.some(({ spec }) => spec.bigints);
  return binary || bigints
    ? { encoding: binary ? 'buffer' : mode.encoding, integers: bigints ? 'bigint' : mode.integers }
    : mode;
}

/** The replies of EXEC, each as its command gives it outside of a transaction; errors, and what decoders throw, in their places. */
export function decodeReplies(
  replies: readonly unknown[],
  queued: readonly Sent[],
  given: ReplyMode,
  endpoint: string,
): unknown[] {
  return replies.map((reply, index) => {
    const entry = queued[index];
    if (entry === undefined) return reply;
    const { spec, args, mode, decode } = entry;
    if (reply instanceof ReplyError) {
      return responseError(discreet(reply.message, spec.name, args), { command: spec.name, endpoint });
    }
    const wanted = readMode(spec, mode);
    const isAsAsked = given.encoding === wanted.encoding && given.integers === wanted.integers;
    try {
      const natural = isAsAsked ? reply : converted(reply, wanted);
      return decode === undefined ? natural : decode(natural, mode);
    } catch (error) {
      return error;
    }
  });
}

/** A reply that came as bytes and bigints, as it would have come in this mode. */
function converted(reply: unknown, mode: ReplyMode): unknown {
  if (Array.isArray(reply)) return reply.map((item) => converted(item, mode));
  if (Buffer.isBuffer(reply)) return mode.encoding === 'buffer' ? reply : reply.toString(mode.encoding);
  if (typeof reply !== 'bigint' || mode.integers === 'bigint') return reply;
  const value = Number(reply);
  if (Number.isSafeInteger(value)) return value;
  throw new DataError(
    `the reply holds an integer of ${String(reply).length} characters, which a number cannot hold exactly: use withOptions({ integers: 'bigint' })`,
    {
      code: 'UNFIT_REPLY',
    },
  );
}
