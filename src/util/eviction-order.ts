/** What an order of eviction keeps of an item, in the item itself. */
export class Evictable {
  /** The neighbours in a list. */
  before: Evictable | undefined = undefined;
  after: Evictable | undefined = undefined;
  /** The list it is in, of those that were used as often. */
  rank: UseRank | undefined = undefined;
  /** Its place in a table. */
  place = 0;
}

/** Knows which item is to go first. All of it takes constant time. */
export interface EvictionOrder<T extends Evictable> {
  add(item: T): void;
  /** The item was used. */
  touch(item: T): void;
  remove(item: T): void;
  /** The item to go first. */
  victim(): T | undefined;
  clear(): void;
}

/** Items in a ring, from the one that was used longest ago to the latest; the ring's head is no item. */
class UseList {
  readonly #head: Evictable = new Evictable();

  constructor() {
    this.clear();
  }

  get oldest(): Evictable | undefined {
    const first = this.#head.after!;
    return first === this.#head ? undefined : first;
  }

  append(item: Evictable): void {
    const head = this.#head;
    const last = head.before!;
    item.before = last;
    item.after = head;
    last.after = item;
    head.before = item;
  }

  /** Whether the item is the latest already. */
  ends(item: Evictable): boolean {
    return this.#head.before === item;
  }

  clear(): void {
    this.#head.before = this.#head;
    this.#head.after = this.#head;
  }
}

function unlink(item: Evictable): void {
  item.before!.after = item.after;
  item.after!.before = item.before;
  item.before = undefined;
  item.after = undefined;
}

/** Least recently used goes first. */
export class LruOrder<T extends Evictable> implements EvictionOrder<T> {
  readonly #list: UseList = new UseList();

  add(item: T): void {
    this.#list.append(item);
  }

  touch(item: T): void {
    if (this.#list.ends(item)) return;
    unlink(item);
    this.#list.append(item);
  }

  remove(item: T): void {
    unlink(item);
  }

  victim(): T | undefined {
    return this.#list.oldest as T | undefined;
  }

  clear(): void {
    this.#list.clear();
  }
}

/** Items that were used equally often, between those used less and those used more. */
export class UseRank {
  readonly uses: number;
  readonly items: UseList = new UseList();
  less: UseRank | undefined;
  more: UseRank | undefined;

  constructor(uses: number, less: UseRank | undefined, more: UseRank | undefined) {
    this.uses = uses;
    this.less = less;
    this.more = more;
    if (less !== undefined) less.more = this;
    if (more !== undefined) more.less = this;
  }
}

/** Least frequently used goes first; of those used equally often, the one used longest ago. */
export class LfuOrder<T extends Evictable> implements EvictionOrder<T> {
  #first: UseRank | undefined;

  add(item: T): void {
    const first = this.#first;
    if (first?.uses !== 1) this.#first = new UseRank(1, undefined, first);
    this.#put(item, this.#first!);
  }

  touch(item: T): void {
    const rank = item.rank!;
    const uses = rank.uses + 1;
    const next = rank.more?.uses === uses ? rank.more : new UseRank(uses, rank, rank.more);
    unlink(item);
    this.#put(item, next);
    this.#dropEmpty(rank);
  }

  remove(item: T): void {
    const rank = item.rank!;
    unlink(item);
    item.rank = undefined;
    this.#dropEmpty(rank);
  }

  victim(): T | undefined {
    return this.#first?.items.oldest as T | undefined;
  }

  clear(): void {
    this.#first = undefined;
  }

  #put(item: T, rank: UseRank): void {
    item.rank = rank;
    rank.items.append(item);
  }

  #dropEmpty(rank: UseRank): void {
    if (rank.items.oldest !== undefined) return;
    if (rank.less === undefined) this.#first = rank.more;
    else rank.less.more = rank.more;
    if (rank.more !== undefined) rank.more.less = rank.less;
  }
}

/** Any goes first, all with the same chance. */
export class RandomOrder<T extends Evictable> implements EvictionOrder<T> {
  readonly #items: T[] = [];
  readonly #random: () => number;

  /** `random` gives numbers from 0 up to 1, as `Math.random` does. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  add(item: T): void {
    item.place = this.#items.push(item) - 1;
  }

  touch(): void {}

  remove(item: T): void {
    const last = this.#items.pop()!;
    if (last === item) return;
    last.place = item.place;
    this.#items[item.place] = last;
  }

  victim(): T | undefined {
    return this.#items[Math.floor(this.#random() * this.#items.length)];
  }

  clear(): void {
    this.#items.length = 0;
  }
}
