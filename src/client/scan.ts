import {
  Commands,
  type HscanOptions,
  type ScanOptions,
  type SscanOptions,
  type ZscanOptions,
} from '../commands/index.ts';
import type { Spec } from '../commands/spec.ts';
import type { Key, Surface, Value } from '../commands/surface.ts';
import { checkedSize, type RequestOptions } from '../connection/request.ts';
import type { KeyServers } from '../topology/key-servers.ts';
import type { Router } from '../topology/router.ts';
import { clusterPages } from './cluster-scan.ts';
import { PlainCommands } from './plain-commands.ts';

interface Unique {
  /**
   * Yields each element once, however often the server gives it: elements are told apart by their bytes, fields and members by their
   * names. What was yielded is remembered, so this takes memory for every element. Default false.
   */
  readonly unique?: boolean | undefined;
}

/** Options of `scanIter`. */
export interface ScanIterOptions extends ScanOptions, Unique {}
/** Options of `hscanIter`. */
export interface HscanIterOptions extends HscanOptions, Unique {}
/** Options of `sscanIter`. */
export interface SscanIterOptions extends SscanOptions, Unique {}
/** Options of `zscanIter`. */
export interface ZscanIterOptions extends ZscanOptions, Unique {}

/** One page: the next one's cursor, and the elements. */
type Page = readonly [cursor: string, elements: readonly unknown[]];
type ReadPage = (commands: PlainCommands, cursor: string) => Promise<Page>;

type Text = string | Buffer;

/** What an element is: where its text is. */
interface Kind<E> {
  nameOf(element: E): Text;
  map(element: E, change: (text: Text) => Text): E;
}

const NAME: Kind<Text> = { nameOf: (name) => name, map: (name, change) => change(name) };
const ENTRY: Kind<readonly [Text, Text]> = {
  nameOf: ([field]) => field,
  map: ([field, value], change) => [change(field), change(value)],
};
const SCORED: Kind<{ readonly member: Text; readonly score: number }> = {
  nameOf: ({ member }) => member,
  map: ({ member, score }, change) => ({ member: change(member), score }),
};

/**
 * The elements of a database, hash, set or sorted set, one by one: `for await (const key of client.scanIter())`.
 *
 * Nothing is asked before the first element is, and no page before the one at hand is used up, so that a loop which is left leaves
 * nothing behind. An element that is there all the while is yielded at least once; the server may give it twice, and may or may not give one
 * that comes or goes meanwhile. Every iteration starts anew. It rejects with the error of the page that failed, which has the view's
 * deadline and signal.
 *
 * A page is asked for on demand, not one ahead: that gained nothing with a body that computes or sends one command per element
 * (100,000 keys, pages of 10 to 1000, loopback), and would have errors without the caller's stack.
 */
export class Scan<out T> implements AsyncIterable<T> {
  readonly #pages: () => AsyncGenerator<T[], void, undefined>;

  /** Use `client.scanIter()` and its kin. @internal */
  constructor(pages: () => AsyncGenerator<T[], void, undefined>) {
    this.#pages = pages;
  }

  /**
   * The same elements page by page, as the server gives them. No page is empty.
   *
   * @example
   * ```ts
   * await client.mset({ 'user:1': 'ada', 'user:2': 'bob', other: 'x' });
   * for await (const keys of client.scanIter({ match: 'user:*', count: 100 }).batches()) await client.unlink(keys);
   * await client.dbsize(); // => 1
   * ```
   */
  batches(): AsyncIterable<T[]> {
    return { [Symbol.asyncIterator]: this.#pages };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.#pages()) for (const element of page) yield element;
  }
}

/** Sends nothing: what a command throws for its arguments, it throws. */
class Check extends Commands<Surface> {
  override send(spec: Spec, args: readonly Value[]): never {
    checkedSize(spec, args);
    return undefined as never;
  }
}
const CHECK = new Check();

export function scanKeys<T>(router: Router, view: RequestOptions, options: ScanIterOptions = {}): Scan<T> {
  CHECK.scan('0', options);
  const { unique, ...own } = options;
  if (router.keyServers !== undefined) return scanCluster<T>(router.keyServers, view, own, unique);
  return scan<T, Text>(router, view, NAME, unique, async (commands, cursor) => {
    const page = await commands.scan(cursor, own);
    return [page.cursor, page.keys];
  });
}

/** All keys of a cluster, whose names are bytes until it is known that they are wanted. */
function scanCluster<T>(
  servers: KeyServers,
  view: RequestOptions,
  options: ScanOptions,
  unique: boolean | undefined,
): Scan<T> {
  const utf8 = view.mode.encoding === 'utf8';
  return new Scan(async function* () {
    const fresh = unique === true ? newcomers(NAME, false) : undefined;
    for await (const names of clusterPages(servers, view, options)) {
      const page = fresh === undefined ? names : fresh(names);
      if (page.length > 0) yield (utf8 ? page.map(toUtf8) : page) as T[];
    }
  });
}

export function scanHash<T>(router: Router, view: RequestOptions, key: Key, options: HscanIterOptions = {}): Scan<T> {
  CHECK.hscan(key, '0', options);
  const { novalues, ...own } = options;
  if (novalues) {
    return scan<T, Text>(router, view, NAME, options.unique, async (commands, cursor) => {
      const page = await commands.hscan(key, cursor, { ...own, novalues: true });
      return [page.cursor, page.fields];
    });
  }
  return scan<T, readonly [Text, Text]>(router, view, ENTRY, options.unique, async (commands, cursor) => {
    const page = await commands.hscan(key, cursor, own);
    return [page.cursor, page.entries];
  });
}

export function scanSet<T>(router: Router, view: RequestOptions, key: Key, options: SscanIterOptions = {}): Scan<T> {
  CHECK.sscan(key, '0', options);
  const own = { ...options };
  return scan<T, Text>(router, view, NAME, options.unique, async (commands, cursor) => {
    const page = await commands.sscan(key, cursor, own);
    return [page.cursor, page.members];
  });
}

export function scanSortedSet<T>(
  router: Router,
  view: RequestOptions,
  key: Key,
  options: ZscanIterOptions = {},
): Scan<T> {
  CHECK.zscan(key, '0', options);
  const { noscores, ...own } = options;
  if (noscores) {
    return scan<T, Text>(router, view, NAME, options.unique, async (commands, cursor) => {
      const page = await commands.zscan(key, cursor, { ...own, noscores: true });
      return [page.cursor, page.members];
    });
  }
  return scan<T, { readonly member: Text; readonly score: number }>(
    router,
    view,
    SCORED,
    options.unique,
    async (commands, cursor) => {
      const page = await commands.zscan(key, cursor, own);
      return [page.cursor, page.members];
    },
  );
}

function scan<T, E>(
  router: Router,
  view: RequestOptions,
  kind: Kind<E>,
  unique: boolean | undefined,
  read: ReadPage,
): Scan<T> {
  // Keys that are no UTF-8 may be one and the same text: they are told apart before they become it.
  const utf8 = unique === true && view.mode.encoding === 'utf8';
  const commands = new PlainCommands(router, view, utf8 ? 'latin1' : view.mode.encoding);
  return new Scan(async function* () {
    const fresh = unique === true ? newcomers(kind, utf8) : undefined;
    let cursor = '0';
    do {
      const [next, elements] = await read(commands, cursor);
      cursor = next;
      const page = (fresh === undefined ? elements : fresh(elements as readonly E[])) as T[];
      if (page.length > 0) yield page;
    } while (cursor !== '0');
  });
}

/** Gives the elements of a page that were in no page before. */
function newcomers<E>(kind: Kind<E>, utf8: boolean): (elements: readonly E[]) => readonly E[] {
  const seen = new Set<string>();
  return (elements) => {
    const fresh: E[] = [];
    for (const element of elements) {
      const name = kind.nameOf(element);
      const bytes = typeof name === 'string' ? name : name.toString('latin1');
      if (seen.has(bytes)) continue;
      seen.add(bytes);
      fresh.push(utf8 ? kind.map(element, toUtf8) : element);
    }
    return fresh;
  };
}

/** UTF-8 text of text that has a character for each byte. */
function toUtf8(text: Text): Text {
  return Buffer.from(text as string, 'latin1').toString();
}
