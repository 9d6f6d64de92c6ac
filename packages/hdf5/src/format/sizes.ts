import type { AddressMap } from '@terrane/driver';

/**
 * The two widths that the superblock sets for the whole file (specification II.A): an offset is a file address
 * relative to the base address, a length is a count of bytes. 8 and 8 in nearly every file.
 */
export interface Sizes {
  readonly offset: number;
  readonly length: number;
  /** How stored addresses lead to positions, in files over several members. */
  readonly map?: AddressMap | undefined;
}

/** The widths this engine writes. */
export const wideSizes: Sizes = { offset: 8, length: 8 };
