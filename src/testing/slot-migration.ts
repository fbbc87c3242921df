import { setTimeout as sleep } from 'node:timers/promises';

import type { AdminConnection, AdminReply } from './admin-connection.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { Administrator } from './server-node.ts';

const KEYS_AT_ONCE = 100;
const POLL_INTERVAL = 20;
const MOVE_TIMEOUT = 10_000;

/** What a migration is about. */
export interface MigrationPlan {
  readonly slots: readonly number[];
  readonly from: ClusterNode;
  readonly to: ClusterNode;
  /** The other primaries, which are told of the result. */
  readonly others: readonly ClusterNode[];
  readonly administrator: Administrator;
}

/**
 * Slots on their way from one primary to another, key by key: `MIGRATING` on the one and `IMPORTING` on the other, until it is finished
 * or cancelled.
 */
export class SlotMigration {
  readonly #plan: MigrationPlan;

  private constructor(plan: MigrationPlan) {
    this.#plan = plan;
  }

  /** Opens the slots on both sides. Clients are redirected by `ASK` from now on for keys that are not there any more, or not yet. */
  static async begin(plan: MigrationPlan): Promise<SlotMigration> {
    await setSlots(plan.to, plan.slots, 'IMPORTING', plan.from.id);
    await setSlots(plan.from, plan.slots, 'MIGRATING', plan.to.id);
    return new SlotMigration(plan);
  }

  /** Moves keys, at most `count` of each slot and database; default all. Resolves to how many there were. */
  async moveKeys(count: number = Infinity): Promise<number> {
    return await this.#moveAll(this.#plan.from, this.#plan.to, count);
  }

  /** Moves what is left, and gives the slots to their new owner. */
  async finish(): Promise<void> {
    const { slots, from, to, others } = this.#plan;
    await this.moveKeys();
    // The new owner first: the other way round there would be none for a while.
    for (const node of [to, from, ...others]) await setSlots(node, slots, 'NODE', to.id);
  }

  /** Closes the slots on both sides; they stay where they were. What was moved is moved back, and for that time is nowhere for clients. */
  async cancel(): Promise<void> {
    const { slots, from, to } = this.#plan;
    await setSlots(from, slots, 'STABLE');
    await this.#moveAll(to, from, Infinity);
    await setSlots(to, slots, 'STABLE');
  }

  async #moveAll(from: ClusterNode, to: ClusterNode, count: number): Promise<number> {
    using source = from.admin();
    let moved = 0;
    for (const database of await databases(source)) {
      await source.call('SELECT', database);
      for (const slot of this.#plan.slots) moved += await this.#moveSlot(source, to, slot, database, count);
    }
    return moved;
  }

  async #moveSlot(
    source: AdminConnection,
    to: ClusterNode,
    slot: number,
    database: number,
    count: number,
  ): Promise<number> {
    let moved = 0;
    while (moved < count) {
      const most = Math.min(KEYS_AT_ONCE, count - moved);
      const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, most)) as string[];
      if (keys.length === 0) break;
      const { username, password } = this.#plan.administrator;
      const words = [
        'MIGRATE',
        to.host,
        to.port,
        '',
        database,
        MOVE_TIMEOUT,
        'AUTH2',
        username,
        password,
        'KEYS',
        ...keys,
      ];
      await source.call(...words);
      moved += keys.length;
    }
    return moved;
  }
}

/** Those that have keys; Valkey 9 may have several in a cluster. */
async function databases(source: AdminConnection): Promise<number[]> {
  const keyspace = String(await source.call('INFO', 'keyspace'));
  return [...keyspace.matchAll(/^db(\d+):/gm)].map(([, database]) => Number(database));
}

async function setSlots(
  node: ClusterNode,
  slots: readonly number[],
  ...words: readonly (string | number)[]
): Promise<void> {
  using connection = node.admin();
  const replies = await Promise.all(slots.map((slot) => connection.ask('CLUSTER', 'SETSLOT', slot, ...words)));
  // A primary that has lost its last slot becomes a replica by itself, and knows whose.
  const isKnown = (reply: AdminReply): boolean =>
    words[0] === 'NODE' && /only with (masters|primaries)/.test(String(reply));
  const refusal = replies.find((reply) => reply instanceof Error && !isKnown(reply));
  if (refusal instanceof Error) throw new Error(`CLUSTER SETSLOT ${words.join(' ')}: ${refusal.message}`);
}

/** Moves slots as a whole, as Valkey 9 can: the new owner has everything before clients are told. Rejects when the servers give up. */
export async function migrateAtomically({ from, to, slots }: MigrationPlan): Promise<void> {
  using source = from.admin();
  const before = new Set((await migrations(source)).map(({ name }) => name));
  const range = [slots[0]!, slots.at(-1)!];
  await source.call('CLUSTER', 'MIGRATESLOTS', 'SLOTSRANGE', ...range, 'NODE', to.id);
  for (;;) {
    const job = (await migrations(source)).find(({ name }) => !before.has(name));
    if (job?.state === 'success') return;
    if (job !== undefined && ['failed', 'canceled', 'cancelled'].includes(job.state)) {
      throw new Error(`The migration of the slots ${range.join('-')} ${job.state}: ${job.message}`);
    }
    await sleep(POLL_INTERVAL);
  }
}

interface Job {
  readonly name: string;
  readonly state: string;
  readonly message: string;
}

/** What the server says of the migrations it runs or ran: a list of flat lists of names and values. */
async function migrations(source: AdminConnection): Promise<Job[]> {
  const reply = (await source.call('CLUSTER', 'GETSLOTMIGRATIONS')) as readonly (readonly AdminReply[])[];
  return reply.map((fields) => {
    const field = (name: string): string => String(fields[fields.indexOf(name) + 1]);
    return { name: field('name'), state: field('state'), message: field('message') };
  });
}
