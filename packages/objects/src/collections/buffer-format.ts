/** A typed array that can be stored in a buffer. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

interface Format {
  readonly itemSize: number;
  over(buffer: ArrayBufferLike, offset: number, length: number): NumberArray;
}

/** Item formats by their letter, as Python's struct module names them. */
export const formats: Readonly<Record<string, Format>> = {
  b: { itemSize: 1, over: (buffer, offset, length) => new Int8Array(buffer, offset, length) },
  B: { itemSize: 1, over: (buffer, offset, length) => new Uint8Array(buffer, offset, length) },
  h: { itemSize: 2, over: (buffer, offset, length) => new Int16Array(buffer, offset, length) },
  H: { itemSize: 2, over: (buffer, offset, length) => new Uint16Array(buffer, offset, length) },
  i: { itemSize: 4, over: (buffer, offset, length) => new Int32Array(buffer, offset, length) },
  I: { itemSize: 4, over: (buffer, offset, length) => new Uint32Array(buffer, offset, length) },
  q: { itemSize: 8, over: (buffer, offset, length) => new BigInt64Array(buffer, offset, length) },
  Q: { itemSize: 8, over: (buffer, offset, length) => new BigUint64Array(buffer, offset, length) },
  f: { itemSize: 4, over: (buffer, offset, length) => new Float32Array(buffer, offset, length) },
  d: { itemSize: 8, over: (buffer, offset, length) => new Float64Array(buffer, offset, length) },
};

const letters: Readonly<Record<string, string>> = {
  Int8Array: 'b',
  Uint8Array: 'B',
  Uint8ClampedArray: 'B',
  Int16Array: 'h',
  Uint16Array: 'H',
  Int32Array: 'i',
  Uint32Array: 'I',
  BigInt64Array: 'q',
  BigUint64Array: 'Q',
  Float32Array: 'f',
  Float64Array: 'd',
};

/** The letter of a typed array's items, also for those of other realms and for Node's Buffer; nothing for others. */
export function letterOf(array: ArrayBufferView): string | undefined {
  const tag = (array as unknown as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
  return tag === undefined ? undefined : letters[tag];
}
