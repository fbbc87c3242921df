/** Replies of servers, said once for both protocols. */

/** A reply: text and bytes are bulk strings, whole numbers integers, arrays arrays. */
export type Reply = string | number | bigint | null | Uint8Array | readonly Reply[] | Special;

class Special {
  readonly encode: (protocol: 2 | 3) => string;

  constructor(encode: (protocol: 2 | 3) => string) {
    this.encode = encode;
  }
}

export const OK: Reply = simple('OK');

/** Text that is no bulk string: a Buffer in no encoding. */
export function simple(text: string): Reply {
  return new Special(() => `+${text}\r\n`);
}

/** An error, alone or within a list. */
export function error(message: string): Reply {
  return new Special(() => `-${message}\r\n`);
}

/** One reply under RESP2, another under RESP3. */
export function either(resp2: Reply, resp3: Reply): Reply {
  return new Special((protocol) => encoded(protocol === 2 ? resp2 : resp3, protocol));
}

/** A double: a bulk string under RESP2. */
export function double(text: string): Reply {
  return either(text, new Special(() => `,${text}\r\n`));
}

/** A double that is text, but no bulk string, under RESP2, as time series have them. */
export function real(text: string): Reply {
  return either(simple(text), double(text.toLowerCase()));
}

/** Yes or no: an integer under RESP2. */
export function boolean(value: boolean): Reply {
  return either(value ? 1 : 0, new Special(() => `#${value ? 't' : 'f'}\r\n`));
}

/** A map: a flat list under RESP2. */
export function map(...entries: readonly (readonly [Reply, Reply])[]): Reply {
  const flat = entries.flat();
  return new Special(
    (protocol) => `${protocol === 2 ? `*${flat.length}` : `%${entries.length}`}\r\n${all(flat, protocol)}`,
  );
}

/** A set: a list under RESP2. */
export function set(...items: readonly Reply[]): Reply {
  return new Special((protocol) => `${protocol === 2 ? '*' : '~'}${items.length}\r\n${all(items, protocol)}`);
}

/** The bytes of a reply, one character each. */
export function encoded(reply: Reply, protocol: 2 | 3): string {
  if (reply === null) return protocol === 2 ? '$-1\r\n' : '_\r\n';
  if (typeof reply === 'string') return encoded(Buffer.from(reply), protocol);
  if (typeof reply === 'number' || typeof reply === 'bigint') return `:${reply}\r\n`;
  if (reply instanceof Uint8Array) return `$${reply.length}\r\n${Buffer.from(reply).toString('latin1')}\r\n`;
  if (reply instanceof Special) return reply.encode(protocol);
  return `*${reply.length}\r\n${all(reply, protocol)}`;
}

function all(replies: readonly Reply[], protocol: 2 | 3): string {
  return replies.map((reply) => encoded(reply, protocol)).join('');
}
