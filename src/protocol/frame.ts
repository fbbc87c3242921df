import { ProtocolError } from '../errors.ts';

/** What an open aggregate is for. */
export const FrameKind: { readonly values: 0; readonly push: 1; readonly attribute: 2; readonly chunks: 3 } = {
  values: 0,
  push: 1,
  attribute: 2,
  chunks: 3,
};

const NO_ITEMS: unknown[] = [];

/** An aggregate whose elements are still arriving. Reused for every aggregate at its depth. */
export class Frame {
  kind = 0;
  items: unknown[] = NO_ITEMS;
  /** Elements still to come; below 0 for an aggregate of unknown length. */
  left = 0;
  /** Bytes of a streamed string so far. */
  size = 0;
  /** What was unfit before an attribute began: what the attribute holds must not count. */
  unfit: string | undefined = undefined;
  #pairs = false;
  #count = 0;
  #most = 0;

  open(kind: number, length: number, pairs: boolean, reserved: number, most: number, unfit: string | undefined): void {
    this.kind = kind;
    this.left = length;
    this.size = 0;
    this.unfit = unfit;
    this.#pairs = pairs;
    this.#count = 0;
    this.#most = most;
    // A header alone must not make us reserve more than a little.
    this.items = length > 0 && length <= reserved ? new Array<unknown>(length) : [];
  }

  /** Whether every field so far has its value; always true of what has no fields. */
  get even(): boolean {
    return !this.#pairs || (this.#count & 1) === 0;
  }

  /** Adds an element and counts it. */
  add(value: unknown): void {
    if (this.left > 0) this.left--;
    else if (this.#count >= this.#most) throw new ProtocolError(`more than ${this.#most} elements`);
    this.append(value);
  }

  /** Adds an element that the caller counts. */
  append(value: unknown): void {
    this.items[this.#count++] = value;
  }

  release(): void {
    this.items = NO_ITEMS;
    this.unfit = undefined;
  }
}
