/** What a server says of its commands, read from COMMAND DOCS. */
export interface Described {
  /** The command's words in upper case: `CONFIG GET`. */
  readonly name: string;
  readonly group: string;
  readonly since: string;
  readonly complexity: string;
  /** Has subcommands, and cannot be called alone. */
  readonly container: boolean;
  /** The words of its options: `EX`, `WITHSCORES`. */
  readonly tokens: readonly string[];
}

/** Reads the natural reply of COMMAND DOCS: a flat list of names and flat maps. A subcommand is of its container's group. */
export function described(docs: unknown, group?: string): Described[] {
  const found: Described[] = [];
  for (const [key, fields] of pairsOf(docs)) {
    const field = new Map(pairsOf(fields));
    const own = group ?? String(field.get('group'));
    const subcommands = field.get('subcommands');
    const name = key.replace('|', ' ').toUpperCase();
    found.push({
      name,
      group: own,
      since: String(field.get('since')),
      complexity: String(field.get('complexity')),
      // COMMAND has subcommands, and is one itself.
      container: subcommands !== undefined && name !== 'COMMAND',
      tokens: [...new Set(tokensOf(field.get('arguments')))],
    });
    if (subcommands !== undefined) found.push(...described(subcommands, own));
  }
  return found;
}

/** The tokens of arguments, and of the arguments within them. */
function tokensOf(args: unknown): string[] {
  if (args === undefined) return [];
  return (args as readonly unknown[]).flatMap((arg) => {
    const field = new Map(pairsOf(arg));
    const token = field.get('token');
    return [...(typeof token === 'string' ? [token.toUpperCase()] : []), ...tokensOf(field.get('arguments'))];
  });
}

function pairsOf(flat: unknown): [string, unknown][] {
  const items = flat as readonly unknown[];
  const pairs: [string, unknown][] = [];
  for (let i = 0; i < items.length; i += 2) pairs.push([String(items[i]), items[i + 1]]);
  return pairs;
}
