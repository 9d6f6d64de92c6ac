import type { DriverFile } from '@terrane/driver';

/** The object of the first table of cases: five bytes. */
export const five = Uint8Array.of(1, 2, 3, 4, 5);

/** Bytes in which every position can be told from its neighbours. */
export function ramp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8) * 13) & 255);
}

/** Everything in a file. */
export async function contentOf(file: DriverFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.size());
  const count = await file.read(0, bytes);
  return bytes.subarray(0, count);
}

/** Reads into a target that is filled beforehand, so that padding shows. */
export async function readAt(
  file: DriverFile,
  position: number,
  length: number,
): Promise<{ count: number; target: Uint8Array }> {
  const target = new Uint8Array(length).fill(0xee);
  return { count: await file.read(position, target), target };
}
