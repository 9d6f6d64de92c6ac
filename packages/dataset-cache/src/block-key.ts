/** What a block is known by: the dataset with its revision, the level, and the number of the block in its grid. */
export interface BlockKey {
  /** `"3f2504e0-4f89-11d3-9a0c-0305e82c3301"`. */
  readonly guid: string;
  /** 0 or more; every change of the dataset raises it. */
  readonly revision: number;
  /** 0 is the finest. */
  readonly level: number;
  /** Row-major in the grid of the level. */
  readonly number: number;
}

/** A key as the indexes compare it. */
export interface PlainKey {
  /** The GUID's 16 bytes as four big-endian integers: the order of its text. */
  readonly guid: readonly [number, number, number, number];
  readonly revision: number;
  readonly level: number;
  readonly number: number;
}

/** @throws TypeError when it is not a GUID, RangeError for a number that is none. */
export function plainKey({ guid, revision, level, number }: BlockKey): PlainKey {
  return { guid: parseGuid(guid), revision: uint31(revision), level: uint31(level), number: safe(number) };
}

/** The key as a caller writes it. */
export function blockKey({ guid, revision, level, number }: PlainKey): BlockKey {
  const digits = guid.map((part) => part.toString(16).padStart(8, '0')).join('');
  const text = digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  return { guid: text, revision, level, number };
}

/** A GUID's text as four integers: the same array for the same text, as a dataset asks with it again and again. */
export function parseGuid(text: string): PlainKey['guid'] {
  if (text === last.text) return last.guid;
  const guid = known.get(text) ?? parse(text);
  last = { text, guid };
  return guid;
}

const known = new Map<string, PlainKey['guid']>();
let last: { readonly text: string; readonly guid: PlainKey['guid'] } = { text: '', guid: [0, 0, 0, 0] };

function parse(text: string): PlainKey['guid'] {
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) {
    throw new TypeError(`not a GUID: ${JSON.stringify(text)}`);
  }
  const digits = text.replaceAll('-', '');
  const part = (at: number) => Number.parseInt(digits.slice(at, at + 8), 16);
  const guid: PlainKey['guid'] = [part(0), part(8), part(16), part(24)];
  if (known.size > 1000) known.clear();
  known.set(text, guid);
  return guid;
}

function uint31(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new RangeError('revision and level are whole numbers from 0 to 2^31 - 1');
}

function safe(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError('the number of a block is a whole number from 0 up');
}
