/** Every node of the two trees of a storage takes this much. */
export const pageBytes = 4096;

/** A DataView over the very bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A little-endian unsigned 64-bit integer; NaN when it is too large to be a file offset or an id (2^53 or more). */
export function getUint64(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  return high < 0x200000 ? high * 0x1_0000_0000 + view.getUint32(at, true) : Number.NaN;
}

/** Writes a safe non-negative integer as a little-endian unsigned 64-bit integer. */
export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

/** Rounds up to a multiple of the unit. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
