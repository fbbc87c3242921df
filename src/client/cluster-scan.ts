import { setTimeout as sleep } from 'node:timers/promises';
import type { ScanOptions } from '../commands/index.ts';
import type { RequestOptions } from '../connection/request.ts';
import { ConnectionError, ResponseError, TimeoutError } from '../errors.ts';
import { keySlot } from '../protocol/slot.ts';
import type { KeyServer, KeyServers } from '../topology/key-servers.ts';
import { type NodeReport, SlotCoverage, type SlotWalk } from '../topology/slot-coverage.ts';
import { PlainCommands } from './plain-commands.ts';

type Text = string | Buffer;

/** No slot leaves a server and returns to it in less: between pages, what the server has is compared this often. Milliseconds. */
const CHECK_INTERVAL = 50;
/** How long a scan waits for servers that do not answer, without any slot more, before it rejects. A replica takes over in less. */
const PATIENCE = 60_000;
const REST = 100;

/**
 * The pages of all keys of a cluster, whose slots may move meanwhile: names in latin1 or as Buffers, since the slot of a key is that of its
 * bytes.
 *
 * Every primary is walked over with SCAN, and what that has covered is kept book of; slots that moved are walked over again. CLUSTERSCAN of
 * Valkey 9.1 does without all this, but misses the keys that a slot which is moved key by key still has at its source.
 */
export async function* clusterPages(
  servers: KeyServers,
  view: RequestOptions,
  options: ScanOptions,
): AsyncGenerator<Text[], void, undefined> {
  const encoding = view.mode.encoding === 'buffer' ? 'buffer' : 'latin1';
  const coverage = new SlotCoverage();
  let hopeless = performance.now() + PATIENCE;
  while (!coverage.isComplete) {
    const left = coverage.left;
    let failure: Error | undefined;
    try {
      const known = await servers.primaries();
      const wanted = coverage.wanted(await seenBy(known, view));
      // Slots that are left and nobody's have no keys.
      if (wanted.length === 0) return;
      for (const server of known.filter(({ id }) => wanted.includes(id))) {
        try {
          yield* walkOver(server, coverage, new PlainCommands(server, view, encoding), options);
        } catch (error) {
          if (!isPassing(error)) throw error;
          failure = error;
        }
      }
    } catch (error) {
      if (!isPassing(error)) throw error;
      failure = error;
    }
    if (coverage.isComplete) return;
    servers.suspect();
    if (coverage.left < left) hopeless = performance.now() + PATIENCE;
    else if (performance.now() < hopeless) await sleep(REST);
    else throw failure ?? new ConnectionError('the slots of the cluster move faster than they can be scanned');
  }
}

/** The nodes, as the first server sees them that answers. */
async function seenBy(servers: readonly KeyServer[], view: RequestOptions): Promise<NodeReport['nodes']> {
  let failure: Error | undefined;
  for (const server of servers) {
    try {
      return await new PlainCommands(server, view, 'utf8').clusterNodes();
    } catch (error) {
      if (!isPassing(error)) throw error;
      failure = error;
    }
  }
  throw failure ?? new ConnectionError('no primary of the cluster is known');
}

/** Walks over one server, and yields what was not yielded yet. */
async function* walkOver(
  server: KeyServer,
  coverage: SlotCoverage,
  commands: PlainCommands,
  options: ScanOptions,
): AsyncGenerator<Text[], void, undefined> {
  const walk: SlotWalk = coverage.begin(server.id, await report(commands));
  let checked = performance.now();
  let cursor = '0';
  do {
    const page = await commands.scan(cursor, options);
    cursor = page.cursor;
    const keys = (page.keys as Text[]).filter((key) => !coverage.isCovered(slotOf(key)));
    if (keys.length > 0) yield keys;
    if (cursor !== '0' && performance.now() - checked < CHECK_INTERVAL) continue;
    walk.check(await report(commands));
    checked = performance.now();
  } while (cursor !== '0');
  walk.end();
}

async function report(commands: PlainCommands): Promise<NodeReport> {
  const [nodes, info] = await Promise.all([commands.clusterNodes(), commands.info('server')]);
  return { nodes, runId: String(info.runId) };
}

/** Of a name that is text with a character for each byte, or bytes. */
function slotOf(key: Text): number {
  // oxlint-disable-next-line no-control-regex -- bytes beyond ASCII are two in UTF-8
  return keySlot(typeof key === 'string' && !/^[\x00-\x7f]*$/.test(key) ? Buffer.from(key, 'latin1') : key);
}

/** Whether another try may go better: the server may be back, or another have its slots. */
function isPassing(error: unknown): error is Error {
  if (error instanceof ConnectionError) return error.code !== 'CLOSED';
  if (error instanceof TimeoutError) return true;
  return error instanceof ResponseError && ['LOADING', 'CLUSTERDOWN', 'MASTERDOWN', 'BUSY'].includes(error.prefix);
}
