/** Bytes of a block in these benchmarks. */
export const blockBytes = 65_536;

const pool = Array.from({ length: 512 }, (_, index) => Buffer.alloc(blockBytes, index));

/** A value that differs from every other number's; it is used again after 512 others. */
export function makeBlock(number: number): Uint8Array {
  const bytes = pool[number % pool.length]!;
  bytes.writeDoubleLE(number, 8);
  return bytes;
}
