import { context, SpanKind, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api';
import type { CommandMessage } from '../index.ts';
import { errorAttributes, operationAttributes, operationOf, peerAttributes, textAttributes } from './attributes.ts';

/** The spans of the commands that are under way. */
export class Spans {
  readonly #tracer: Tracer;
  readonly #requireParent: boolean;
  readonly #withText: boolean;
  readonly #open: Map<CommandMessage, Span> = new Map();
  #ended: (() => void) | undefined;

  constructor(tracer: Tracer, requireParent: boolean, withText: boolean) {
    this.#tracer = tracer;
    this.#requireParent = requireParent;
    this.#withText = withText;
  }

  /** Told in the caller's stack, so that the span that is active there is the parent. */
  begin(message: CommandMessage): void {
    if (this.#requireParent && trace.getSpan(context.active()) === undefined) return;
    const name = `${operationOf(message)} ${message.endpoint}`;
    const attributes = operationAttributes(message);
    if (this.#withText) Object.assign(attributes, textAttributes(message));
    this.#open.set(message, this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }));
  }

  /** Calls `ended` when all that have begun are over. */
  onEnd(ended: () => void): void {
    this.#ended = ended;
    if (this.#open.size === 0) ended();
  }

  end(message: CommandMessage): void {
    const span = this.#open.get(message);
    if (span === undefined) return;
    this.#open.delete(message);
    const { error, retries = 0 } = message;
    span.setAttributes(peerAttributes(message));
    if (retries > 0) span.setAttribute('valkey.retries', retries);
    if (error !== undefined) {
      span.setAttributes(errorAttributes(error));
      const status = { code: SpanStatusCode.ERROR };
      span.setStatus(error instanceof Error ? { ...status, message: error.message } : status);
    }
    span.end();
    if (this.#open.size === 0) this.#ended?.();
  }
}
