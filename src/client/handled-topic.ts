import { Topic } from '../connection/topic.ts';
import type { FastBuffer } from '../protocol/bytes.ts';
import type { MessageKind } from '../protocol/message-reader.ts';
import type { PublishedMessage } from './message.ts';

/** Takes a message of its kind. A promise that it gives is not waited for; its rejection is reported as a throw is. */
export type MessageHandler<M> = (message: M) => unknown;

/** A topic with the name as messages give it, and who handles them. */
export class HandledTopic<T> extends Topic {
  readonly name: T;
  /** Replaced when it changes, so that it can be gone through while handlers come and go. */
  handlers: readonly MessageHandler<PublishedMessage<T>>[] = [];

  constructor(kind: MessageKind, bytes: FastBuffer, name: T) {
    super(kind, bytes);
    this.name = name;
  }

  /** False when it has this handler already: no message is handled twice by one. */
  add(handler: MessageHandler<PublishedMessage<T>>): boolean {
    if (this.handlers.includes(handler)) return false;
    this.handlers = [...this.handlers, handler];
    return true;
  }

  remove(handler: MessageHandler<PublishedMessage<T>>): void {
    this.handlers = this.handlers.filter((each) => each !== handler);
  }
}
