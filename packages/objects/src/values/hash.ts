/*
 * Hashes of keys are part of the format: FNV-1a in 32 bits over the key's bytes, then the finaliser of MurmurHash3, so that
 * all bits count. A number's bytes are those of its 64-bit float, a 64-bit integer's are its own, both little-endian; a
 * reference's are those it is stored as.
 */
const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = new Uint8Array(scratch.buffer);

/** The hash of bytes. */
export function hashBytes(bytes: Uint8Array, length = bytes.length): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < length; index++) hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
  return finish(hash);
}

/** The hash of a number or a 64-bit integer. */
export function hashNumber(value: number | bigint): number {
  if (typeof value === 'number') scratch.setFloat64(0, value, true);
  else scratch.setBigInt64(0, BigInt.asIntN(64, value), true);
  return hashBytes(scratchBytes);
}

/** The hash of a reference. */
export function hashReference(granule: number, serial: number): number {
  scratch.setUint32(0, granule, true);
  scratch.setInt32(4, serial, true);
  return hashBytes(scratchBytes);
}

function finish(given: number): number {
  let hash = given;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
