import { inflateSync, crc32 as zlibCrc32 } from 'node:zlib';

/*
 * A reader of cache files that was written from docs/formats/blocks.md and docs/formats/dataset-cache.md alone: it
 * shares no line with the packages.
 */

export interface WalkedValue {
  guid: string;
  revision: number;
  level: number;
  number: number;
  bytes: Uint8Array;
  encoding: number;
}

/** Everything in a cache file. @throws Error for whatever the pages do not allow. */
export function walkCache(image: Uint8Array): {
  maximumFileSize: number;
  values: WalkedValue[];
  lastUsed: { time: number; number: number }[];
} {
  const file = Buffer.from(image);
  const u64 = (at: number) => Number(file.readBigUInt64LE(at));
  const must = (right: boolean, what: string) => {
    if (!right) throw new Error(what);
  };
  const crc = (bytes: Buffer, field: number) => {
    const copy = Buffer.from(bytes);
    copy.fill(0, field, field + 4);
    return zlibCrc32(copy);
  };

  must(file.subarray(0, 8).equals(Buffer.from('894847430d0a1a0a', 'hex')), 'cache magic');
  must(file.readInt16LE(8) === 1, 'cache version');
  must(
    file.subarray(18, 40).every((byte) => byte === 0),
    'reserved',
  );
  must(
    file.subarray(48, 56).every((byte) => byte === 0),
    'reserved',
  );

  const start = 64;
  must(file.subarray(start, start + 8).equals(Buffer.from('894253540d0a1a0a', 'hex')), 'storage magic');
  const record = [start + 32, start + 4096]
    .filter((at) => {
      const length = file.readUInt32LE(at + 4);
      if (file.toString('latin1', at, at + 4) !== 'BSTC' || length > 4096) return false;
      return crc(file.subarray(at, at + length), 100) === file.readUInt32LE(at + 100);
    })
    .sort((a, b) => u64(b + 8) - u64(a + 8))[0]!;
  const words = new Map<number, number>();
  for (let word = 0; word < file.readUInt32LE(record + 96); word++) {
    words.set(u64(record + 104 + 16 * word), u64(record + 112 + 16 * word));
  }
  // After a close the copies are what the record says.
  must(u64(start + 10) === u64(record + 16) && u64(start + 18) === u64(record + 24), 'copies of the roots');
  for (const [at, value] of words) must(u64(at) === value, 'copy of a word');

  function* leaves(
    root: Buffer,
    kind: string,
    self: number,
    bytes: number,
    find: (ref: number) => Buffer,
  ): Generator<Buffer> {
    must(root.toString('latin1', 0, 5) === `BSTN${kind}`, 'node');
    must(crc(root, 28) === root.readUInt32LE(28), 'checksum of a node');
    must(Number(root.readBigUInt64LE(16)) === self, 'place of a node');
    must(root.readUInt32LE(24) === bytes, 'bytes of an entry');
    const level = root[5]!;
    const stride = level === 0 ? bytes : bytes + 8;
    for (let entry = 0; entry < root.readUInt16LE(6); entry++) {
      const at = 32 + entry * stride;
      if (level === 0) {
        yield root.subarray(at, at + bytes);
        continue;
      }
      const child = Number(root.readBigUInt64LE(at + bytes));
      must(find(child)[5] === level - 1, 'level of a child');
      yield* leaves(find(child), kind, child, bytes, find);
    }
  }

  const page = (address: number) => file.subarray(address, address + 4096);
  const blocks = new Map<number, Buffer>();
  const taken: [number, number][] = [[start + 32, start + 8192]];
  const allocations = u64(record + 16);
  if (allocations !== 0) {
    for (const entry of leaves(page(allocations), 'A', allocations, 24, page)) {
      const [id, address, size] = [0, 8, 16].map((at) => Number(entry.readBigUInt64LE(at))) as [
        number,
        number,
        number,
      ];
      blocks.set(id, address === 0 ? Buffer.alloc(size) : file.subarray(address, address + size));
      if (address !== 0) taken.push([address, address + Math.ceil(size / 64) * 64]);
    }
  }
  const free = u64(record + 24);
  if (free !== 0) {
    for (const entry of leaves(page(free), 'F', free, 16, page)) {
      const [address, size] = [0, 8].map((at) => Number(entry.readBigUInt64LE(at))) as [number, number];
      taken.push([address, address + size]);
    }
  }
  taken.sort((a, b) => a[0] - b[0]);
  for (const [index, piece] of taken.entries()) {
    must(index === 0 || piece[0] >= taken[index - 1]![1], 'two pieces in one place');
    must(piece[1] <= u64(record + 40), 'a piece beyond the end');
  }

  const key = (entry: Buffer) => {
    const digits = entry.toString('hex', 0, 16);
    return {
      guid: digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'),
      revision: entry.readInt32LE(16),
      level: entry.readInt32LE(20),
      number: Number(entry.readBigUInt64LE(24)),
    };
  };
  const block = (id: number) => blocks.get(id)!;
  const values: WalkedValue[] = [];
  const primary = words.get(40) ?? u64(40);
  if (primary !== 0) {
    for (const entry of leaves(block(primary), 'I', primary, 72, block)) {
      const bytes = block(Number(entry.readBigUInt64LE(32)));
      must(bytes.length === entry.readUInt32LE(40), 'length of a value');
      must(zlibCrc32(bytes) === entry.readUInt32LE(44), 'checksum of a value');
      const [encoding, decoded] = [entry.readUInt32LE(64), entry.readUInt32LE(68)];
      must(encoding <= 1, 'encoding');
      must(encoding === 1 || decoded === 0, 'decoded length of a value that is stored as it is');
      const value = encoding === 1 ? inflateSync(bytes, { maxOutputLength: decoded }) : bytes;
      must(encoding === 0 || value.length === decoded, 'decoded length');
      values.push({ ...key(entry), bytes: value, encoding });
    }
  }
  const lastUsed: { time: number; number: number }[] = [];
  const uses = words.get(56) ?? u64(56);
  if (uses !== 0) {
    for (const entry of leaves(block(uses), 'I', uses, 48, block)) {
      lastUsed.push({ time: Number(entry.readBigUInt64LE(32)), number: key(entry).number });
    }
  }
  return { maximumFileSize: u64(10), values, lastUsed };
}
