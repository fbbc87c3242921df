/** One node, as another sees it. */
export interface SeenNode {
  readonly id: string;
  readonly isPrimary: boolean;
  /** The id of its primary; `-` for a primary. */
  readonly primary: string;
  /** Whether it is known to be failing, or not yet known to all. */
  readonly isDoubtful: boolean;
  readonly isFailed: boolean;
  readonly isLinked: boolean;
  /** First and last slots. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
}

/** Reads a reply of CLUSTER NODES: `<id> <ip:port@bus> <flags> <primary> <ping> <pong> <epoch> <link> <slot> ...`. */
export function seenNodes(reply: string): SeenNode[] {
  return reply
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [id = '', , flags = '', primary = '-', , , , link, ...slots] = line.split(' ');
      const words = flags.split(',');
      return {
        id,
        primary,
        isPrimary: words.includes('master'),
        isDoubtful: words.some((word) => ['fail', 'fail?', 'handshake', 'noaddr'].includes(word)),
        isFailed: words.includes('fail'),
        isLinked: words.includes('myself') || link === 'connected',
        ranges: slots.filter((slot) => !slot.startsWith('[')).map(rangeOf),
      };
    });
}

/** What has to be the same for all nodes when they agree; nodes that failed do not matter. */
export function signatureOf(nodes: readonly SeenNode[]): string {
  const lines = nodes
    .filter(({ isFailed }) => !isFailed)
    .map(({ id, isPrimary, primary, ranges }) => [id, isPrimary ? 'primary' : primary, ...ranges].join(' '));
  return lines.sort().join('\n');
}

function rangeOf(text: string): readonly [number, number] {
  const [first = '', last = first] = text.split('-');
  return [Number(first), Number(last)];
}
