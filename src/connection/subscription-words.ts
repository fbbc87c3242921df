import { command, type Spec } from '../commands/spec.ts';
import { MessageKind } from '../protocol/message-reader.ts';

/** Most names in one command. */
const CHUNK = 1000;

export const KINDS: readonly MessageKind[] = [MessageKind.channel, MessageKind.pattern, MessageKind.shard];

/** The commands, by kind. */
export const SUBSCRIBE: readonly Spec[] = ['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE'].map(command);
export const UNSUBSCRIBE: readonly Spec[] = ['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE'].map(command);

/** What confirmations begin with: the command in lower case. */
export const CONFIRMATIONS: ReadonlyMap<string, { readonly spec: Spec; readonly kind: MessageKind }> = new Map(
  KINDS.flatMap((kind) =>
    [SUBSCRIBE[kind]!, UNSUBSCRIBE[kind]!].map((spec) => [spec.name.toLowerCase(), { spec, kind }] as const),
  ),
);

/** What messages begin with. */
export const MESSAGES: ReadonlyMap<string, MessageKind> = new Map([
  ['message', MessageKind.channel],
  ['pmessage', MessageKind.pattern],
  ['smessage', MessageKind.shard],
]);

/** What is asked for in one command each; in a cluster, for one slot each. */
export function chunksOf<T>(topics: readonly T[], slotOf?: (topic: T) => number): T[][] {
  if (slotOf !== undefined) {
    const bySlot = new Map<number, T[]>();
    for (const topic of topics) {
      const slot = slotOf(topic);
      const others = bySlot.get(slot);
      if (others === undefined) bySlot.set(slot, [topic]);
      else others.push(topic);
    }
    return [...bySlot.values()].flatMap((together) => chunksOf(together));
  }
  const chunks: T[][] = [];
  for (let i = 0; i < topics.length; i += CHUNK) chunks.push(topics.slice(i, i + CHUNK));
  return chunks;
}
