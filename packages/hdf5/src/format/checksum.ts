import { errors } from '../errors.js';
import { lookup3 } from './lookup3.js';
import type { Place } from './reader.js';

/**
 * Checks the four bytes of lookup3 at the end of a version 2 structure.
 *
 * @throws H5_CHECKSUM
 */
export function verifyChecksum(bytes: Uint8Array, place: Place): void {
  const body = bytes.subarray(0, bytes.length - 4);
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(body.length, true);
  const computed = lookup3(body);
  if (stored === computed) return;
  throw errors.H5_CHECKSUM({
    message: `${place.structure} at ${place.address} is damaged: its checksum does not match`,
    structure: place.structure,
    offset: place.address,
    length: bytes.length,
    expected: `0x${stored.toString(16)}`,
    found: `0x${computed.toString(16)}`,
  });
}

/** Writes the checksum of all bytes but the last four into the last four. */
export function sealChecksum(bytes: Uint8Array): void {
  const body = bytes.subarray(0, bytes.length - 4);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(body.length, lookup3(body), true);
}
