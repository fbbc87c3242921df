import { AbortError } from '../errors.ts';
import { Status, type Request } from './request.ts';

/** What takes requests to a server: a router, or a session's connection. */
export interface Carrier {
  /** Takes a request. Throws when it can never run where it would. */
  send(request: Request): void;
  abort(request: Request, makeError: () => Error): void;
  /** Keys are watched there, so that EXEC has something to tell even of a transaction without commands. */
  readonly watching?: boolean;
}

/** Sends a request, and watches the signal in its options. */
export function sendRequest(carrier: Carrier, request: Request): void {
  const signal = request.options.signal;
  if (signal === undefined) carrier.send(request);
  else sendUntilAborted(carrier, request, signal);
}

function sendUntilAborted(carrier: Carrier, request: Request, signal: AbortSignal): void {
  const abortError = (sent: boolean) => (): AbortError =>
    new AbortError(`${request.spec.name}: aborted${sent ? '; it was sent and may have run' : ''}`, {
      command: request.spec.name,
      sent,
      cause: signal.reason,
    });
  if (signal.aborted) {
    request.fail(abortError(false));
    return;
  }
  carrier.send(request);
  request.watch(() => {
    const isSent = request.status === Status.sent;
    // Of a command that was made into several the carrier knows whether one of them was sent.
    carrier.abort(request, () => abortError(isSent || request.wasSent)());
  });
}
