import {
  hashFields,
  hashKey,
  HASH_FIELDS,
  keys,
  KEYS,
  listKey,
  LIST_LENGTH,
  MIB,
  score,
  setKey,
  values,
  zsetKey,
} from './dataset.mjs';

/** @typedef {import('../types.ts').Operation} Operation */

/**
 * Values of 1 MiB are few: one key is enough, since these commands are issued one at a time.
 *
 * @param {number | 'mixed'} size
 */
function valueCount(size) {
  return size === MIB ? 1 : KEYS;
}

/** @param {string} value */
function bulk(value) {
  return `$${value.length}\r\n${value}\r\n`;
}

/** @param {readonly string[]} elements */
function array(elements) {
  return `*${elements.length}\r\n${elements.map(bulk).join('')}`;
}

/**
 * Reads one character, so that a reply kept as a rope pays for its joining here and not in the caller's code.
 *
 * @param {unknown} reply
 */
function touch(reply) {
  if (typeof reply === 'string') reply.charCodeAt(reply.length >> 1);
  return reply;
}

/**
 * Members and scores as pairs, from whichever shape a client gives them in: one flat list, pairs, or objects.
 *
 * @param {unknown} reply
 */
function scored(reply) {
  const items = /** @type {unknown[]} */ (reply);
  const pairs =
    typeof items[0] === 'object'
      ? items.map((item) => Object.values(/** @type {object} */ (item)))
      : Array.from({ length: items.length / 2 }, (_, index) => items.slice(2 * index, 2 * index + 2));
  return pairs.map(([member, score]) => [member, Number(score)]);
}

/** @type {Record<import('../types.ts').OperationName, (size: number | 'mixed') => Operation>} */
export const operations = {
  get(size) {
    const names = keys('read', size);
    const stored = values(size, valueCount(size));
    return {
      issue: size === MIB ? (client) => client.get(names[0]).then(touch) : (client, index) => client.get(names[index]),
      pipeline: (client) => client.pipelineGet(names),
      expected: (index) => stored[index],
      request: (index) => ['GET', names[index]],
      reply: (index) => bulk(stored[index]),
    };
  },

  set(size) {
    const names = keys('write', size);
    const stored = values(size, valueCount(size));
    return {
      issue: (client, index) => client.set(names[index], stored[index]),
      pipeline: (client) => client.pipelineSet(names, stored),
      expected: () => 'OK',
      request: (index) => ['SET', names[index], stored[index]],
      reply: () => '+OK\r\n',
    };
  },

  mget(size) {
    const names = keys('read', size);
    const stored = values(size, KEYS);
    return {
      issue: (client) => client.mget(names),
      expected: () => stored,
      request: () => ['MGET', ...names],
      reply: () => array(stored),
    };
  },

  lrange(size) {
    const key = listKey(size);
    const stored = values(size, LIST_LENGTH);
    return {
      issue: (client) => client.lrange(key, 0, -1),
      expected: () => stored,
      request: () => ['LRANGE', key, '0', '-1'],
      reply: () => array(stored),
    };
  },

  smembers(size) {
    const key = setKey(size);
    const stored = values(size, LIST_LENGTH);
    return {
      issue: (client) => client.smembers(key),
      // The server gives the members of a set in an order of its own.
      plain: (reply) => [.../** @type {string[]} */ (reply)].sort(),
      expected: () => stored.toSorted(),
      request: () => ['SMEMBERS', key],
      reply: () => array(stored),
    };
  },

  zrange(size) {
    const key = zsetKey(size);
    const stored = values(size, LIST_LENGTH);
    return {
      issue: (client) => client.zrange(key, 0, -1),
      plain: scored,
      expected: () => stored.map((member, index) => [member, score(index)]),
      request: () => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
      reply: () => array(stored.flatMap((member, index) => [member, String(score(index))])),
    };
  },

  hgetall(size) {
    const key = hashKey(size);
    const fields = hashFields();
    const stored = values(size, HASH_FIELDS);
    return {
      issue: (client) => client.hgetall(key),
      expected: () => Object.fromEntries(fields.map((field, index) => [field, stored[index]])),
      request: () => ['HGETALL', key],
      reply: () => array(fields.flatMap((field, index) => [field, stored[index]])),
    };
  },
};
