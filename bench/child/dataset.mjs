/** Every key starts with this, so a foreign server's own keys stay untouched. */
const PREFIX = 'bench';

export const KEYS = 1000;
export const LIST_LENGTH = 10_000;
export const HASH_FIELDS = 1000;
export const MIB = 1024 * 1024;

/**
 * A flat one-byte string: what template literals and `repeat` give is a rope, whose first use would pay for joining it.
 *
 * @param {string} text
 */
function flat(text) {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/**
 * Bytes of the value at `index`; `'mixed'` sizes run from 16 to 64.
 *
 * @param {number | 'mixed'} size
 * @param {number} index
 */
function byteLength(size, index) {
  return size === 'mixed' ? 16 + (index % 49) : size;
}

/**
 * `count` different values, so that a reply which belongs to another command is noticed.
 *
 * @param {number | 'mixed'} size
 * @param {number} count
 */
export function values(size, count) {
  return Array.from({ length: count }, (_, index) =>
    Buffer.alloc(byteLength(size, index), `${index}:`).toString('latin1'),
  );
}

/** What messages are sent to. */
export const CHANNEL = flat(`${PREFIX}:channel`);

/**
 * A thousand different messages.
 *
 * @param {number} size
 */
export function messages(size) {
  return values(size, 1000);
}

/**
 * The keys GET and MGET read, or SET writes; both have `KEYS` of them.
 *
 * @param {'read' | 'write'} use
 * @param {number | 'mixed'} size
 */
export function keys(use, size) {
  return Array.from({ length: KEYS }, (_, index) => flat(`${PREFIX}:${use}:${size}:${index}`));
}

/** @param {number | 'mixed'} size */
export function listKey(size) {
  return flat(`${PREFIX}:list:${size}`);
}

/** @param {number | 'mixed'} size */
export function hashKey(size) {
  return flat(`${PREFIX}:hash:${size}`);
}

/** @param {number | 'mixed'} size */
export function setKey(size) {
  return flat(`${PREFIX}:set:${size}`);
}

/** @param {number | 'mixed'} size */
export function zsetKey(size) {
  return flat(`${PREFIX}:zset:${size}`);
}

/**
 * The score of the member at `index`, as scores are: times, counts and measurements.
 *
 * @param {number} index
 */
export function score(index) {
  return index + (index % 4) / 4;
}

export function hashFields() {
  return Array.from({ length: HASH_FIELDS }, (_, index) => flat(`field:${index}`));
}
