import type { FastBuffer } from '../protocol/bytes.ts';
import type { MessageKind } from '../protocol/message-reader.ts';
import type { TopicWaiter } from './topic-waiter.ts';

/** A channel, pattern or shard channel that messages are wanted of. */
export class Topic {
  readonly kind: MessageKind;
  readonly bytes: FastBuffer;
  /** The name with a character for each byte: what it is known by. */
  readonly key: string;
  /** From the call that asks for it to the one that no longer does. */
  wanted = false;
  /** By the server, on the present connection. */
  confirmed = false;
  /** It was confirmed once, on whichever connection. */
  established = false;
  /** How many calls have asked for it, those that failed apart. */
  claims = 0;
  waiters: readonly TopicWaiter[] = [];

  constructor(kind: MessageKind, bytes: FastBuffer) {
    this.kind = kind;
    this.bytes = bytes;
    this.key = bytes.latin1Slice(0, bytes.length);
  }

  /** Nobody needs to wait for it any more. */
  awaken(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const waiter of waiters) waiter.confirmed();
  }
}
