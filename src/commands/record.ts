/**
 * Objects from flat lists of names and values: HGETALL and the like.
 *
 * Adding names to an object one by one is most of what a field map costs: V8 must intern each name, and change the object's shape with it.
 * But records come in shapes: the hashes of a program have the same fields again and again. So the last shape of each size is kept, and a
 * list with exactly its names, in order, becomes a copy of its template with other values. HGETALL of 1,000 known fields builds in 40 us
 * instead of 160 (Node 20).
 */

/** The names of a record, and an object that has them. */
interface Shape {
  readonly names: readonly string[];
  readonly template: Readonly<Record<string, string>>;
}

/** The shapes kept, by their number of fields, which must be below this many. */
const LARGEST = 4096;
const SHAPES = 64;
/** Above this many fields, an object that starts as a hash table is filled three times as fast. */
const MANY = 24;

const shapes: (Shape | undefined)[] = new Array<Shape | undefined>(SHAPES).fill(undefined);
/** Lists without a shape until the next one is taken as a shape. Doubles with every shape that never served, so that hashes which all differ cost little. */
const waits: number[] = new Array<number>(SHAPES).fill(1);
const patience: number[] = new Array<number>(SHAPES).fill(1);
const MOST_PATIENCE = 1024;

/** A plain object of the names and values of `flat`. Safe for a field named `__proto__`. */
export function toRecord(flat: readonly string[]): Record<string, string> {
  const count = flat.length >> 1;
  if (count === 0) return {};
  const slot = count & (SHAPES - 1);
  const shape = shapes[slot];
  if (shape !== undefined && fits(flat, shape.names)) {
    const { names } = shape;
    patience[slot] = 1;
    const record: Record<string, string> = { ...shape.template };
    for (let i = 0; i < count; i++) record[names[i]!] = flat[2 * i + 1]!;
    return record;
  }
  const record = build(flat, count);
  if (count < LARGEST && --waits[slot]! < 0) keepShape(flat, slot);
  return record;
}

function fits(flat: readonly string[], names: readonly string[]): boolean {
  const count = names.length;
  if (flat.length !== 2 * count) return false;
  for (let i = 0; i < count; i++) if (flat[2 * i] !== names[i]) return false;
  return true;
}

function build(flat: readonly string[], count: number): Record<string, string> {
  if (count > MANY) {
    // Without a prototype, `__proto__` is a name like any other; with it set afterwards, the field stays what it is.
    const record = Object.create(null) as Record<string, string>;
    for (let i = 0; i < flat.length; i += 2) record[flat[i]!] = flat[i + 1]!;
    return Object.setPrototypeOf(record, Object.prototype) as Record<string, string>;
  }
  const record: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i]!;
    if (name === '__proto__') defineField(record, flat[i + 1]!);
    else record[name] = flat[i + 1]!;
  }
  return record;
}

/** Plain assignment to `__proto__` would be lost. */
function defineField(record: object, value: string): void {
  Object.defineProperty(record, '__proto__', { value, configurable: true, enumerable: true, writable: true });
}

function keepShape(flat: readonly string[], slot: number): void {
  waits[slot] = patience[slot]!;
  patience[slot] = Math.min(patience[slot]! * 2, MOST_PATIENCE);
  const names: string[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i]!;
    if (name === '__proto__') return;
    // The engine's own copy of the name: the one at hand may be a part of a larger text, and would keep all of it.
    names.push(Object.keys({ [name]: 0 })[0]!);
  }
  // `fromEntries` makes an object with a shape, where assignments one by one would make a hash table, whose copies are slow.
  const template = Object.fromEntries(names.map((name) => [name, '']));
  shapes[slot] = { names, template };
}
