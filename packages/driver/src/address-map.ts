import { ioErrors } from './errors.js';
import type { Manifest } from './manifest.js';

/** Between the addresses that stand in a file and the positions of `read`, `write` and `view`. */
export interface AddressMap {
  /** @throws IO_OUT_OF_RANGE when the address leads past the last position that is exact. */
  toPosition(address: bigint): number;
  toAddress(position: number): bigint;
}

/**
 * The map that a manifest's `addresses` describe, or nothing when addresses are positions, as in all files but sets of
 * members.
 *
 * ```ts
 * const map = addressMapOf(file.manifest);
 * const position = map ? map.toPosition(address) : Number(address);
 * ```
 */
export function addressMapOf({ addresses, driver, target }: Manifest): AddressMap | undefined {
  if (!addresses || addresses.length === 0) return undefined;
  const ranges = addresses.map(({ address, position }) => ({ address: BigInt(address), position }));
  return {
    toPosition(address) {
      const range = ranges.findLast((each) => each.address <= address);
      const position = range ? BigInt(range.position) + address - range.address : address;
      if (position <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(position);
      throw ioErrors.IO_OUT_OF_RANGE({
        message: `${driver}: address ${address} of ${target} leads past 2^53 - 1`,
        driver,
        target,
        found: String(address),
      });
    },
    toAddress(position) {
      const range = ranges.findLast((each) => each.position <= position);
      return range ? range.address + BigInt(position - range.position) : BigInt(position);
    },
  };
}
