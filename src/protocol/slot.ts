/**
 * The hash slot of a key: CRC16/XMODEM (polynomial 0x1021, no reflection, start 0) of its hash tag, or of the whole key, modulo 16384.
 *
 * https://valkey.io/topics/cluster-spec/#key-distribution-model
 */

/** How many slots a cluster has. */
export const SLOT_COUNT: number = 16_384;

const SLOT_MASK = SLOT_COUNT - 1;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** No character. */
const NOTHING = -1;

/**
 * The CRC is linear, so that four bytes are four independent look-ups: `TABLE[n * 256 + byte]` is what a byte adds when `n` bytes follow
 * it in the group. The first two bytes meet the 16 bits so far. Twice as fast as a byte at a time, whose look-ups wait for each other.
 */
const TABLE: Uint16Array = makeTable();

function makeTable(): Uint16Array {
  const table = new Uint16Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 8;
    for (let n = 0; n < 4; n++) {
      for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : ((crc << 1) ^ 0x1021) & 0xffff;
      table[n * 256 + byte] = crc;
    }
  }
  return table;
}

/**
 * The slot that holds a key: of its bytes, or of its text in UTF-8. A hash tag, what is between the first `{` and the first `}` after it,
 * counts in place of the whole key, unless it is empty. Allocates nothing.
 *
 * One pass for a key without a tag: to look for the brace first (`indexOf`) costs half as much as all the rest.
 */
export function keySlot(key: string | Uint8Array): number {
  return typeof key === 'string' ? slotOfText(key) : slotOfBytes(key);
}

function slotOfText(key: string): number {
  const end = key.length;
  let crc = 0;
  let i = 0;
  for (; i + 4 <= end; i += 4) {
    const a = key.charCodeAt(i);
    const b = key.charCodeAt(i + 1);
    const c = key.charCodeAt(i + 2);
    const d = key.charCodeAt(i + 3);
    // From the brace up is also all that is not ASCII.
    if (a >= OPEN || b >= OPEN || c >= OPEN || d >= OPEN) break;
    crc = TABLE[768 + ((crc >> 8) ^ a)]! ^ TABLE[512 + ((crc & 0xff) ^ b)]! ^ TABLE[256 + c]! ^ TABLE[d]!;
  }
  for (; i < end; i++) {
    const code = key.charCodeAt(i);
    if (code === OPEN) return slotOfTag(key, i);
    if (code > OPEN) return slotOfUnicode(key, i, crc);
    crc = add(crc, code);
  }
  return crc & SLOT_MASK;
}

function slotOfTag(key: string, open: number): number {
  let crc = 0;
  for (let i = open + 1; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if (code === CLOSE && i > open + 1) return crc & SLOT_MASK;
    if (code >= CLOSE) break;
    crc = add(crc, code);
  }
  // Not ASCII, empty, or no tag at all.
  const close = key.indexOf('}', open + 1);
  if (close > open + 1) return crcOfUnicode(key, open + 1, 0, CLOSE) & SLOT_MASK;
  return crcOfUnicode(key, 0, 0, NOTHING) & SLOT_MASK;
}

/** Where `crcOfUnicode` stopped: a second result, without an object for it. */
let stop = 0;

/** `before` is the CRC of what comes before `start`. */
function slotOfUnicode(key: string, start: number, before: number): number {
  const crc = crcOfUnicode(key, start, before, OPEN);
  return stop === key.length ? crc & SLOT_MASK : slotOfTag(key, stop);
}

/** The CRC up to this character. Encodes as it goes. Half of a surrogate pair becomes U+FFFD, as it does when the key is written. */
function crcOfUnicode(text: string, start: number, before: number, last: number): number {
  const end = text.length;
  let crc = before;
  let i = start;
  for (; i < end; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      if (code === last) break;
      crc = add(crc, code);
      continue;
    }
    if (code < 0x800) {
      crc = add(add(crc, 0xc0 | (code >> 6)), 0x80 | (code & 0x3f));
      continue;
    }
    const low = isHigh(code) && i + 1 < end ? text.charCodeAt(i + 1) : 0;
    if (isLow(low)) {
      i++;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      crc = add(add(crc, 0xf0 | (code >> 18)), 0x80 | ((code >> 12) & 0x3f));
    } else {
      if (isHigh(code) || isLow(code)) code = 0xfffd;
      crc = add(crc, 0xe0 | (code >> 12));
    }
    crc = add(add(crc, 0x80 | ((code >> 6) & 0x3f)), 0x80 | (code & 0x3f));
  }
  stop = i;
  return crc;
}

function slotOfBytes(key: Uint8Array): number {
  const end = key.length;
  let crc = 0;
  let i = 0;
  for (; i + 4 <= end; i += 4) {
    const a = key[i]!;
    const b = key[i + 1]!;
    const c = key[i + 2]!;
    const d = key[i + 3]!;
    if (a === OPEN || b === OPEN || c === OPEN || d === OPEN) break;
    crc = TABLE[768 + ((crc >> 8) ^ a)]! ^ TABLE[512 + ((crc & 0xff) ^ b)]! ^ TABLE[256 + c]! ^ TABLE[d]!;
  }
  for (; i < end; i++) {
    const byte = key[i]!;
    if (byte === OPEN) return slotOfTaggedBytes(key, i);
    crc = add(crc, byte);
  }
  return crc & SLOT_MASK;
}

function slotOfTaggedBytes(key: Uint8Array, open: number): number {
  const close = key.indexOf(CLOSE, open + 1);
  const isTag = close > open + 1;
  const end = isTag ? close : key.length;
  let crc = 0;
  for (let i = isTag ? open + 1 : 0; i < end; i++) crc = add(crc, key[i]!);
  return crc & SLOT_MASK;
}

function add(crc: number, byte: number): number {
  return ((crc & 0xff) << 8) ^ TABLE[(crc >> 8) ^ byte]!;
}

function isHigh(code: number): boolean {
  return (code & 0xfc00) === 0xd800;
}

function isLow(code: number): boolean {
  return (code & 0xfc00) === 0xdc00;
}
