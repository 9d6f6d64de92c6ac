import { type AddressRange, driverErrors, type MemoryKind } from '@terrane/driver';

/** HDF5's numbers for kinds of memory are the places in this list, counted from 1. */
export const kinds: readonly MemoryKind[] = [
  'superblock',
  'btree',
  'raw',
  'global-heap',
  'local-heap',
  'object-header',
];

/** One file of a set. */
export interface Member {
  /** The number of the kind it is named for: the first that is kept in it, or for raw data 3. */
  readonly owner: number;
  /** Its first address. */
  readonly address: bigint;
  /** Its name, with `%s` for the name of the set. */
  readonly template: string;
}

/** Which kind of memory goes to which file. */
export interface MemoryMap {
  /** For every kind, the owner of its member; 0 stands for the kind itself. */
  readonly owners: readonly number[];
  /** By address, ascending. */
  readonly members: readonly Member[];
}

/** Members are this far apart as positions: room for a pebibyte each, and all of it exact. */
export const memberSpan = 2 ** 50;

const highest = 2n ** 64n - 2n;

/** Metadata in one file, raw data and global heaps in another: HDF5's split driver. */
export function splitMap(meta: string, raw: string): MemoryMap {
  return {
    owners: [1, 1, 3, 3, 1, 1],
    members: [
      { owner: 1, address: 0n, template: meta },
      { owner: 3, address: highest / 2n, template: raw },
    ],
  };
}

/** A file for every kind: HDF5's multi driver, as it is unless told otherwise. */
export const multiMap: MemoryMap = {
  owners: [0, 0, 0, 0, 0, 0],
  members: ['s', 'b', 'r', 'g', 'l', 'o'].map((letter, index) => ({
    owner: index + 1,
    address: (highest / 6n) * BigInt(index),
    template: `%s-${letter}.h5`,
  })),
};

/** How addresses lead to positions, for the manifest. */
export function addressesOf({ owners, members }: MemoryMap): AddressRange[] {
  return members.map(({ owner, address }, index) => ({
    address: String(address),
    position: index * memberSpan,
    kinds: kinds.filter((_, kind) => (owners[kind] || kind + 1) === owner),
  }));
}

/*
 * The driver information of a set, `NCSAmult`, all little-endian:
 *
 *   0  6  for every kind, the number of the kind whose member it is kept in, or 0 for its own
 *   6  2  zero
 *   8     for every member: first address (8), length (8)
 *         then for every member: its template, ended by NUL, filled up to a multiple of 8
 */

/** Encodes the map with the members' lengths as they are. */
export function encodeMap({ owners, members }: MemoryMap, lengths: readonly number[]): Uint8Array {
  const names = members.map(({ template }) => {
    const name = new TextEncoder().encode(template);
    const padded = new Uint8Array(Math.ceil((name.length + 1) / 8) * 8);
    padded.set(name);
    return padded;
  });
  const bytes = new Uint8Array(8 + members.length * 16 + names.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set(owners);
  for (const [index, { address }] of members.entries()) {
    view.setBigUint64(8 + index * 16, address, true);
    view.setBigUint64(16 + index * 16, BigInt(lengths[index] ?? 0), true);
  }
  let at = 8 + members.length * 16;
  for (const name of names) {
    bytes.set(name, at);
    at += name.length;
  }
  return bytes;
}

/**
 * Decodes what {@link encodeMap} wrote, out of the first bytes of a file; nothing when it is not there.
 *
 * @throws DRV_BAD_OPTION for a map that makes no sense.
 */
export function findMap(head: Uint8Array): MemoryMap | undefined {
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join('');
  const name = text.indexOf('NCSAmult');
  if (name < 8) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  // The block of old superblocks has the length before the name and zeros before that; the message has it behind.
  const isBlock = view.getUint32(name - 8, true) === 0 && view.getUint32(name - 4, true) !== 0;
  const from = name + (isBlock ? 8 : 10);
  const owners = [...head.subarray(from, from + 6)];
  const distinct = [...new Set(owners.map((owner, kind) => owner || kind + 1))];
  const damaged = owners.length < 6 || owners.some((owner) => owner > 6);
  let at = from + 8 + distinct.length * 16;
  if (damaged || at > head.length) throw damagedMap();
  const members = distinct.map((owner, index) => {
    const end = text.indexOf('\0', at);
    if (end < 0) throw damagedMap();
    const template = text.slice(at, end);
    at += Math.ceil((end - at + 1) / 8) * 8;
    return { owner, address: view.getBigUint64(from + 8 + index * 16, true), template };
  });
  members.sort((a, b) => (a.address < b.address ? -1 : 1));
  return { owners, members };
}

function damagedMap(): Error {
  return driverErrors.DRV_BAD_OPTION({
    message: 'the superblock names members that make no sense',
    expected: 'kinds up to 6, and names',
  });
}
