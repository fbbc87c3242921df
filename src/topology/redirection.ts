/** What MOVED and ASK say. */
export interface Redirection {
  readonly isAsk: boolean;
  readonly slot: number;
  /** Empty for the host that has said it, `?` for one without a name. */
  readonly host: string;
  readonly port: number;
}

const REDIRECTION = /^(MOVED|ASK) (\d+) (.*):(\d+)$/;

/** Reads `MOVED 3999 127.0.0.1:6381`, `ASK 3999 ::1:6381`, `MOVED 3999 :6381`; `undefined` for any other error. */
export function readRedirection(message: string): Redirection | undefined {
  const match = REDIRECTION.exec(message);
  if (match === null) return undefined;
  const [, word, slot, host, port] = match;
  return { isAsk: word === 'ASK', slot: Number(slot), host: host!, port: Number(port) };
}
