import type { Request } from '../connection/request.ts';
import type { SessionState } from '../connection/settings.ts';
import type { Argument } from '../protocol/encoder.ts';

const text = (arg: Argument | undefined): string =>
  arg instanceof Uint8Array ? Buffer.from(arg).toString() : String(arg);
const isOn = (arg: Argument | undefined): boolean => text(arg).toUpperCase() === 'ON';

const CHANGES: Readonly<Record<string, (state: SessionState, args: readonly Argument[]) => void>> = {
  SELECT: (state, [db]) => {
    state.db = Number(text(db));
  },
  AUTH: (state, args) => {
    state.username = args.length > 1 ? text(args[0]) : undefined;
    state.password = text(args.at(-1));
  },
  'CLIENT SETNAME': (state, [name]) => {
    state.clientName = text(name) === '' ? undefined : text(name);
  },
  'CLIENT NO-EVICT': (state, [mode]) => {
    state.noEvict = isOn(mode);
  },
  'CLIENT NO-TOUCH': (state, [mode]) => {
    state.noTouch = isOn(mode);
  },
  READONLY: (state) => {
    state.readonly = true;
  },
  READWRITE: (state) => {
    state.readonly = false;
  },
};

/**
 * Once the server has accepted the change, every connection made from then on starts with it; also when its caller was told of a timeout,
 * or had aborted it, by then: the connection has changed all the same.
 */
export function trackState(request: Request, state: SessionState, changed?: () => void): void {
  const { decode, spec, args } = request;
  const accepted = (): void => {
    CHANGES[spec.name]?.(state, args);
    changed?.();
  };
  request.onLate(accepted);
  request.decode = (reply, mode) => {
    accepted();
    return decode === undefined ? reply : decode(reply, mode);
  };
}
