/** What a client has counted since it was made. */
export interface LinkCounters {
  /** Commands sent again, each time. */
  readonly retries: number;
  /** Commands sent to another server because one said so, each time: MOVED, ASK, REDIRECT or READONLY. */
  readonly redirects: number;
  /** Tries to connect again. */
  readonly reconnects: number;
  /** Commands that were not answered, or not written, within their deadlines. */
  readonly timeouts: number;
  /** Connections that stood and were lost: the one that all share, and those of the pool. */
  readonly lost: number;
}

/** What went over connections that stood: the handshake is none of it, signs of life are. */
export interface Traffic {
  /** Commands written, each time that they were; MULTI and EXEC are two more. */
  readonly sent: number;
  /** Replies, those included that came too late for their callers. */
  readonly replies: number;
  /** Replies that were errors, those included on which a command was sent again. */
  readonly errors: number;
  /** Bytes of commands; within TLS. */
  readonly bytesSent: number;
  /** Bytes of replies, and of what came without being asked for; within TLS. */
  readonly bytesReceived: number;
}

/** What is counted together. */
export type Sum<Counts> = { -readonly [Name in keyof Counts]: Counts[Name] };

export function newCounters(): Sum<LinkCounters> {
  return { retries: 0, redirects: 0, reconnects: 0, timeouts: 0, lost: 0 };
}

export function newTraffic(): Sum<Traffic> {
  return { sent: 0, replies: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
}

export function addCounters(sum: Sum<LinkCounters>, more: LinkCounters): void {
  sum.retries += more.retries;
  sum.redirects += more.redirects;
  sum.reconnects += more.reconnects;
  sum.timeouts += more.timeouts;
  sum.lost += more.lost;
}

export function addTraffic(sum: Sum<Traffic>, more: Traffic): void {
  sum.sent += more.sent;
  sum.replies += more.replies;
  sum.errors += more.errors;
  sum.bytesSent += more.bytesSent;
  sum.bytesReceived += more.bytesReceived;
}
