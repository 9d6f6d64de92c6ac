import { crc32 } from 'node:zlib';
import { BlockStorage } from '@terrane/blocks';
import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import {
  buffer,
  defaultMap,
  defineSchema,
  enumeration,
  float64,
  int53,
  int64,
  interned,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  set,
  sortedList,
  sortedMap,
  struct,
  text,
  uint8,
  union,
} from '../index.js';

/*
 * A reader written from docs/formats/objects.md. It shares nothing with the package but the block storage, which has a
 * document and a reader of its own.
 */
type Kind = {
  kind: string;
  of?: Kind & Kind[];
  key?: Kind;
  value?: Kind;
  values?: string[];
  to?: string;
  by?: string;
  descending?: true;
};
type StoredStruct = [
  name: string,
  base: string | null,
  fields: [string, Kind][],
  more?: {
    edge?: [from: string, to: string];
    counted?: true;
    indexes?: [name: string, on: string[], unique: boolean][];
  },
];

/** The records of a log, and how many pages there are after the last. */
function readLog(block: Uint8Array, number: number): { records: DataView[]; pages?: number } {
  const half = block.length / 2;
  const log = block.subarray(number % 2 === 0 ? 0 : half).subarray(0, half);
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  const records: DataView[] = [];
  let at = 0;
  const isRecord = () =>
    at + 32 <= half &&
    view.getUint32(at, true) === 0x43424f54 &&
    Number(view.getBigUint64(at + 8, true)) === number &&
    view.getUint32(at + 16, true) === at;
  while (isRecord()) {
    const length = view.getUint32(at + 4, true);
    if (crc32(log.subarray(at, at + length - 4)) !== view.getUint32(at + length - 4, true)) break;
    if (length === 32) break;
    records.push(new DataView(log.buffer, log.byteOffset + at, length));
    at += length;
  }
  const last = records.at(-1);
  return { records, ...(last && { pages: last.getUint32(20, true) }) };
}

function readStore(file: Uint8Array): unknown {
  const disk = memoryDriver({ f: file });
  expect([...file.subarray(0, 10)]).toEqual([0x89, 0x54, 0x4f, 0x42, 13, 10, 26, 10, 1, 0]);
  const blocks = BlockStorage.open(openWith(disk, { name: 'f' }), { offset: 64 });
  const directory = blocks.read(1);
  const runs = new DataView(directory.buffer);
  const header = new DataView(file.buffer, file.byteOffset);
  const [logBlock, logNumber] = [16, 24].map((at) => Number(header.getBigUint64(at, true))) as [
    number,
    number,
  ];
  const { records, pages } = readLog(logBlock === 0 ? new Uint8Array() : blocks.read(logBlock), logNumber);
  const heap = new Uint8Array((pages ?? Number(runs.getBigUint64(8, true))) * 4096);
  for (let run = 0; run < runs.getUint32(4, true); run++) {
    const [page, block, count] = [0, 8, 16].map((at) =>
      Number(runs.getBigUint64(16 + 24 * run + at, true)),
    ) as [number, number, number];
    for (let step = 0; step < count; step++) {
      heap.set(blocks.read(block + step).subarray(0, 4096), (page + step) * 4096);
    }
  }
  for (const record of records) {
    let place = 24;
    for (let count = record.getUint32(record.byteLength - 8, true); count > 0; count--) {
      const page = record.getUint32(place, true);
      const offset = record.getUint16(place + 4, true);
      const length = record.getUint16(place + 6, true);
      heap.set(new Uint8Array(record.buffer, record.byteOffset + place + 8, length), page * 4096 + offset);
      place += 8 + length;
    }
  }
  const view = new DataView(heap.buffer);
  const at = (reference: number) => view.getUint32(reference, true) * 16;
  const chunkText = (chunk: number) =>
    new TextDecoder().decode(heap.subarray(chunk + 16, chunk + 16 + view.getUint32(chunk + 12, true)));
  const { structs } = JSON.parse(chunkText(at(28))) as { structs: StoredStruct[] };
  expectDivided(view);

  const fieldsOf = (name: string): [string, Kind][] => {
    const [, base, fields, more] = structs.find(([other]) => other === name)!;
    const ends = more?.edge?.map((to, end): [string, Kind] => [['from', 'to'][end]!, { kind: 'ref', to }]);
    // A node's lists of edges, as if they were fields.
    const slots = [0, 1].flatMap((end) => {
      const edges = structs.filter(([, , , more]) => more?.edge?.[end] === name);
      return edges.map(([edge]): [string, Kind] => [
        `${['out', 'in'][end]} ${edge}`,
        { kind: 'slot', to: edge },
      ]);
    });
    // A field that is declared again is in its old place.
    return [...new Map([...(base === null ? [] : fieldsOf(base)), ...(ends ?? []), ...fields, ...slots])];
  };
  const sizes: Record<string, number> = {
    int8: 1,
    uint8: 1,
    bool: 1,
    int16: 2,
    uint16: 2,
    int32: 4,
    uint32: 4,
    float32: 4,
  };
  const far = [
    'text',
    'interned',
    'bytes',
    'ref',
    'weak',
    'list',
    'map',
    'set',
    'buffer',
    'defaultMap',
    'sortedMap',
    'sortedList',
  ];
  const sizeOf = (kind: Kind): number => {
    if (kind.kind === 'enum') return kind.values!.length > 256 ? 2 : 1;
    if ((kind.kind === 'optional' ? kind.of! : kind).kind === 'union') return 16;
    if (kind.kind === 'optional') return far.includes(kind.of!.kind) ? 8 : 2 * sizeOf(kind.of!);
    return sizes[kind.kind] ?? 8;
  };
  const alignmentOf = (kind: Kind) => {
    if (kind.kind === 'slot' || sizeOf(kind) === 16) return 8;
    return kind.kind === 'optional' && !far.includes(kind.of!.kind) ? sizeOf(kind.of!) : sizeOf(kind);
  };

  const interned = new Set<number>();
  const counts = new Map<number, Set<number>>();
  const refer = (content: number, place: number) =>
    counts.set(content, (counts.get(content) ?? new Set()).add(place));
  const read = (kind: Kind, place: number, field = ''): unknown => {
    if (kind.kind === 'optional') {
      const inner = kind.of!;
      const there =
        inner.kind === 'union'
          ? heap[place + 8] !== 0
          : far.includes(inner.kind)
            ? at(place) !== 0
            : heap[place + sizeOf(inner)] === 1;
      return there ? read(inner, place) : null;
    }
    if (kind.kind === 'uint8') return heap[place];
    if (kind.kind === 'enum') return kind.values![heap[place]!];
    if (kind.kind === 'int53' || kind.kind === 'float64') return view.getFloat64(place, true);
    if (kind.kind === 'slot') return readSlot(kind.to!, place, field.startsWith('out') ? 0 : 16);
    if (kind.kind === 'union') return read(kind.of![heap[place + 8]! - 1]!, place);
    if (kind.kind === 'interned' && at(place) !== 0) interned.add(at(place));
    if (kind.kind === 'text' || kind.kind === 'interned') return at(place) === 0 ? '' : chunkText(at(place));
    const content = at(place) + 16;
    expect(view.getInt32(content - 12, true)).toBe(view.getInt32(place + 4, true));
    if (kind.kind === 'ref') {
      refer(content, place);
      return readStruct(structs[view.getUint32(content - 16, true) - 16]![0], content);
    }
    refer(content, place);
    if (kind.kind === 'list') {
      const storage = at(content) + 16;
      const size = sizeOf(kind.of!);
      const [length, capacity] = [
        view.getUint32(content + 8, true),
        view.getUint32(content + 12, true),
      ] as const;
      const inPieces = capacity * size > 2 ** 18;
      if (capacity > 0) expect(view.getUint32(storage - 16, true)).toBe(inPieces ? 11 : 5);
      if (inPieces) expect((capacity * size) % 2 ** 18).toBe(0);
      const elementAt = (offset: number) =>
        inPieces
          ? at(storage + 8 * Math.floor(offset / 2 ** 18)) + 16 + (offset % 2 ** 18)
          : storage + offset;
      return Array.from({ length }, (_, i) => read(kind.of!, elementAt(i * size)));
    }
    if (['map', 'set', 'defaultMap'].includes(kind.kind)) return readTable(kind, content);
    if (kind.kind === 'sortedMap') {
      const entries = readTree(content, [kind.key!], Math.ceil(sizeOf(kind.value!) / 8) * 8);
      return entries.map(({ key, place }) => [key[0], read(kind.value!, place)]);
    }
    if (kind.kind === 'sortedList') {
      if (!kind.by) return readTree(content, [kind.of!, word], 0, kind.descending).map(({ key }) => key[0]);
      const [field, next] = kind.by.split('.') as [string, string?];
      const ordered = fieldsOf(kind.of!.to!).find(([name]) => name === field)![1];
      const last = next
        ? { kind: 'optional', of: fieldsOf(ordered.of!.to!).find(([name]) => name === next)![1] }
        : ordered;
      const entries = readTree(content, [last as Kind, word], 8, kind.descending);
      for (const { place, key } of entries)
        links.push([view.getBigUint64(place, true), at(place), key[1] as bigint, content]);
      return entries.map(({ key, place }) => {
        const value = read(kind.of!, place) as Record<string, Record<string, unknown> | null>;
        expect(key[0]).toEqual(next ? (value[field]?.[next] ?? null) : value[field]);
        return value;
      });
    }
    expect(kind.kind).toBe('buffer');
    expect(heap[content + 16]).toBe('d'.charCodeAt(0));
    const data = at(content);
    return new Float64Array(heap.slice(data + 16, data + 16 + view.getUint32(data + 12, true)).buffer);
  };
  const links: [element: bigint, chunk: number, number: bigint, list: number][] = [];
  const word: Kind = { kind: 'word' };
  // The value of a part of a key, the bytes that it is compared as, and where it ends.
  const readKey = (kind: Kind, place: number, down = false): [unknown, Uint8Array[], number] => {
    const flip = (byte: number) => (down ? 255 - byte : byte);
    const bytes = heap.slice(place, place + 8).map(flip);
    const stored = heap.slice(place, place + 8);
    const number = new DataView(bytes.buffer).getBigUint64(0);
    if (kind.kind === 'word') return [view.getBigUint64(place), [stored], place + 8];
    if (kind.kind === 'optional') {
      const [value, compared, end] = readKey(kind.of!, place + 8, down);
      return number === 1n ? [value, [stored, ...compared], end] : [null, [stored], end];
    }
    if (kind.kind === 'text') {
      const chunk = at(place + 8);
      const short = bytes.subarray(0, 1 + bytes.findLastIndex((byte) => byte !== 0));
      const whole =
        chunk === 0 ? short : heap.slice(chunk + 16, chunk + 16 + view.getUint32(chunk + 12, true));
      expect(chunk !== 0).toBe(whole.length > 8 || whole.at(-1) === 0);
      expect(Buffer.compare(whole.subarray(0, 8), bytes.subarray(0, Math.min(8, whole.length)))).toBe(0);
      return [new TextDecoder().decode(whole), [stored, chunk === 0 ? new Uint8Array() : whole], place + 16];
    }
    if (kind.kind === 'int64') return [BigInt.asIntN(64, number ^ (1n << 63n)), [stored], place + 8];
    const bits = number >> 63n === 0n ? ~number : number ^ (1n << 63n);
    const float = new DataView(new ArrayBuffer(8));
    float.setBigUint64(0, BigInt.asUintN(64, bits));
    const value = float.getFloat64(0);
    return [kind.kind === 'enum' ? kind.values![value] : value, [stored], place + 8];
  };
  // The entries of a tree's leaves: keys, and where the values are.
  const readTree = (head: number, parts: Kind[], valueBytes: number, down = false) => {
    const found: { key: unknown[]; place: number }[] = [];
    let before: Uint8Array[] | undefined;
    const keyAt = (place: number) => {
      const key: unknown[] = [];
      const compared: Uint8Array[] = [];
      let end = place;
      for (const part of parts) {
        const [value, words, next] = readKey(part, end, down);
        key.push(value);
        compared.push(...words);
        end = next;
      }
      return { key, compared, end };
    };
    const node = (reference: number, isLast: boolean, level?: number): number => {
      const content = at(reference) + 16;
      expect([view.getUint32(content - 16, true), view.getInt32(content - 12, true)]).toEqual([
        9,
        view.getInt32(reference + 4, true),
      ]);
      const own = view.getUint32(content, true);
      if (level !== undefined) expect(own).toBe(level);
      const count = view.getUint32(content + 4, true);
      const keyBytes = keyAt(content + 8).end - content - 8;
      const stride = keyBytes + (own === 0 ? valueBytes : 16);
      const room = Math.max(8, Math.floor(1000 / stride));
      expect(count).toBeGreaterThanOrEqual(isLast ? 1 : room >> 1);
      expect(count).toBeLessThanOrEqual(room);
      let sum = 0;
      for (let entry = content + 8; entry < content + 8 + count * stride; entry += stride) {
        const { key, compared, end } = keyAt(entry);
        if (own === 0) {
          if (before) {
            const place = before.findIndex((bytes, index) => Buffer.compare(bytes, compared[index]!) !== 0);
            expect(Buffer.compare(before[place]!, compared[place]!)).toBe(-1);
          }
          before = compared;
          found.push({ key, place: end });
          sum++;
          continue;
        }
        const first = at(end) + 16 + 8;
        expect(Buffer.compare(heap.subarray(entry, end), heap.subarray(first, first + keyBytes))).toBe(0);
        const below = node(end, isLast && entry === content + 8 + (count - 1) * stride, own - 1);
        expect([view.getUint32(end + 8, true), view.getUint32(end + 12, true)]).toEqual([below, 0]);
        sum += below;
      }
      return sum;
    };
    const count = at(head) === 0 ? 0 : node(head, true);
    expect(view.getUint32(head + 8, true)).toBe(count);
    return found;
  };
  // Indexes: each has the objects that there are, as the numbers of their chunks, under the values of their fields.
  const readIndexes = () => {
    const declared = structs.flatMap(([struct, , , more]) =>
      (more?.indexes ?? []).map((index) => [struct, index] as const),
    );
    const isLinked = JSON.stringify(structs).includes('"by":');
    expect(at(896) !== 0).toBe(declared.length > 0 || isLinked);
    if (at(896) === 0) return;
    let head = at(896) + 16;
    expect(view.getUint32(head - 16, true)).toBe(10);
    const derives = (name: string, base: string): boolean => {
      const parent = structs.find(([other]) => other === name)![1];
      return name === base || (parent !== null && derives(parent, base));
    };
    for (const [struct, [, on]] of declared) {
      const kinds = on.map((field) => fieldsOf(struct).find(([name]) => name === field)![1]);
      const wanted: unknown[] = [];
      for (
        let chunk = 1024;
        chunk < Number(view.getBigUint64(8, true));
        chunk += view.getUint32(chunk + 8, true) * 16
      ) {
        const name = structs[view.getUint32(chunk, true) - 16]?.[0];
        if (name === undefined || !derives(name, struct)) continue;
        const object = readStruct(name, chunk + 16);
        wanted.push([...on.map((field) => (object as Record<string, unknown>)[field]), chunk]);
      }
      const found = readTree(head, [...kinds, word], 0).map(({ key }) => {
        const own = key.at(-1) as bigint;
        const chunk = Number(own >> 32n) * 16;
        expect(view.getUint32(chunk + 4, true)).toBe(Number(own & 0xffffffffn));
        return [...key.slice(0, -1), chunk];
      });
      const byChunk = (a: unknown, b: unknown) => (a as number[]).at(-1)! - (b as number[]).at(-1)!;
      expect(found.sort(byChunk)).toEqual(wanted.sort(byChunk));
      head += 16;
    }
    if (!isLinked) return;
    // The first kind of list that is ordered by something: its elements are on the way to what orders them.
    const found = readTree(head, [word, word, word], 8).map(({ key, place }) => [
      view.getBigUint64(place, true),
      key[0],
      key[2],
    ]);
    const own = found.filter(
      ([element, object]) => Number((object as bigint) >> 32n) === Number((element as bigint) & 0xffffffffn),
    );
    const list = links[0]?.[3];
    const order = ([element, , number]: unknown[]) => `${element} ${number}`;
    expect(own.map(order).sort()).toEqual(
      links
        .filter((link) => link[3] === list)
        .map(([element, , number]) => `${element} ${number}`)
        .sort(),
    );
  };
  const readTable = (kind: Kind, content: number): unknown[] => {
    const used = view.getUint32(content + 12, true);
    const slots = view.getUint32(content + 20, true);
    const key = kind.key ?? kind.of!;
    const up = (size: number) => Math.ceil(size / 8) * 8;
    const stride = 8 + up(sizeOf(key)) + (kind.value ? up(sizeOf(kind.value)) : 0);
    const entries = at(content) + 16 + 4 * slots;
    const found: unknown[] = [];
    for (let entry = entries; entry < entries + used * stride; entry += stride) {
      if (view.getUint32(entry + 4, true) !== 1) continue;
      const keyValue = read(key, entry + 8);
      if (key.kind === 'text') {
        // The key must be where its hash says.
        const hash = hashOf(new TextEncoder().encode(keyValue as string));
        expect(view.getUint32(entry, true)).toBe(hash);
        let slot = hash % slots;
        while (view.getUint32(at(content) + 16 + 4 * slot, true) !== 1 + (entry - entries) / stride) {
          expect(view.getUint32(at(content) + 16 + 4 * slot, true)).not.toBe(0);
          slot = (slot + 1) % slots;
        }
      }
      found.push(kind.value ? [keyValue, read(kind.value, entry + 8 + up(sizeOf(key)))] : keyValue);
    }
    expect(found.length).toBe(view.getUint32(content + 8, true));
    return found;
  };
  const readStruct = (name: string, content: number): unknown => {
    let place = 0;
    const value: Record<string, unknown> = {};
    for (const [field, kind] of fieldsOf(name)) {
      place = Math.ceil(place / alignmentOf(kind)) * alignmentOf(kind);
      value[field] = read(kind, content + place, field);
      place += kind.kind === 'slot' ? 24 : sizeOf(kind);
    }
    return value;
  };
  // The edges of a list in both orders: what they carry, without their ends, which lead back.
  const readSlot = (edge: string, place: number, link: number): unknown[] => {
    const fields = fieldsOf(edge);
    const offsets = fields.map(() => 0);
    let end = 0;
    for (const [index, [, kind]] of fields.entries()) {
      offsets[index] = Math.ceil(end / alignmentOf(kind)) * alignmentOf(kind);
      end = offsets[index]! + sizeOf(kind);
    }
    const links = Math.ceil(end / 8) * 8 + link;
    const walk = (first: number, next: number) => {
      const found: number[] = [];
      for (let content = at(first); content !== 0; content = at(content + 16 + links + next))
        found.push(content);
      return found;
    };
    const newestFirst = walk(place, 0);
    expect(walk(place + 8, 8)).toEqual([...newestFirst].reverse());
    expect(view.getUint32(place + 16, true)).toBe(newestFirst.length);
    return newestFirst.map((chunk) =>
      fields.slice(2).map(([, kind], index) => read(kind, chunk + 16 + offsets[index + 2]!)),
    );
  };
  const root = readStruct('Root', at(20) + 16);
  readIndexes();
  if (structs.some(([, , , more]) => more?.counted)) {
    for (const [content, { size }] of counts) {
      const end = content + view.getUint32(content - 4, true);
      expect([view.getUint32(end - 8, true), view.getUint32(end - 4, true)]).toEqual([size, 0]);
    }
  }
  // All interned texts that were met are in the registry, once each.
  if (at(904) !== 0) {
    const registered = readTable({ kind: 'set', of: { kind: 'text' } as Kind & Kind[] }, at(904) + 16);
    expect(registered.length).toBe(new Set(registered).size);
    expect(new Set(registered)).toEqual(new Set([...interned].map(chunkText)));
  }
  return root;
}

function hashOf(bytes: Uint8Array): number {
  let h = 0x811c9dc5n;
  const cut = (value: bigint) => value & 0xffffffffn;
  for (const byte of bytes) h = cut((h ^ BigInt(byte)) * 0x01000193n);
  h = cut((h ^ (h >> 16n)) * 0x85ebca6bn);
  h = cut((h ^ (h >> 13n)) * 0xc2b2ae35n);
  return Number(h ^ (h >> 16n));
}

/** No chunk lies across a division; a large one begins at one, and nothing but a gap follows in its last. */
function expectDivided(view: DataView): void {
  const division = 2 ** 20;
  const top = Number(view.getBigUint64(8, true));
  let chunk = 1024;
  let last = -1;
  while (chunk < top) {
    const end = chunk + view.getUint32(chunk + 8, true) * 16;
    if (Math.floor(chunk / division) === last) expect(view.getUint32(chunk, true)).toBe(2);
    if (end - chunk > division) {
      expect(chunk % division).toBe(0);
      last = Math.floor((end - 1) / division);
    } else {
      expect(Math.floor((end - 1) / division)).toBe(Math.floor(chunk / division));
    }
    chunk = end;
  }
  expect(chunk).toBe(top);
}

it('is divided as its document says', () => {
  const schema = defineSchema({ Root: struct({ texts: list(text()), long: list(int53()) }) });
  const disk = memoryDriver();
  const store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  for (const length of [5, 700_000, 600_000, 3_000_000, 6, 2 ** 20 - 16, 2 ** 20 - 15, 7]) {
    store.root.texts.push('x'.repeat(length));
  }
  for (let count = 0; count < 70_000; count++) store.root.long.push(count);
  store.commit();
  expect(readStore(disk.files.get('a')!.bytes)).toEqual(plain(store.root));
  store.close();
});

it('can be read from its document alone', () => {
  const schema = defineSchema({
    Root: struct({
      small: uint8(),
      people: map(text(), ref('Person')),
      words: list(optional(float64())),
      tags: set(text()),
      data: optional(buffer()),
      count: int53(),
    }),
    Person: struct({ name: text(), color: enumeration('red', 'blue'), nick: optional(text()) }),
    Employee: struct({ level: optional(uint8()), salary: float64() }, { extends: 'Person' }),
  });
  const disk = memoryDriver();
  const store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  const { root } = store;
  root.small = 200;
  root.count = -(2 ** 40);
  for (let index = 0; index < 300; index++) {
    const value = { name: `Näme ${index}`, color: 'blue', nick: index % 3 === 0 ? '' : null } as const;
    root.people.set(
      `key ${index}`,
      index % 2 ? store.create('Employee', { ...value, salary: index, level: 7 }) : value,
    );
  }
  for (let index = 0; index < 300; index += 7) root.people.delete(`key ${index}`);
  root.words.push(1.5, null, -0);
  root.tags.add('a').add('b').delete('a');
  root.data = Float64Array.of(1, 2, 3) as never;
  store.commit();
  expect(readStore(disk.files.get('a')!.bytes)).toEqual(plain(root));
  store.close();
});

it('has edges where its document says', () => {
  const schema = defineSchema({
    Root: struct({ small: uint8(), a: optional(ref('Node')), b: optional(ref('Node')) }),
    Node: struct({ small: uint8() }),
    Derived: struct({ last: uint8() }, { extends: 'Node' }),
    Edge: struct({ weight: float64(), small: uint8() }, { edge: { from: 'Node', to: 'Derived' } }),
  });
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  const a = store.create('Node', { small: 1 });
  const b = store.create('Derived', { small: 2, last: 3 });
  store.root.a = a;
  store.root.b = b;
  for (const weight of [1, 2, 3]) store.connect('Edge', a, b, { weight, small: 10 * weight });
  store.connect('Edge', b, b, { weight: 4 });
  store.free([...b.in('Edge')][2]!);
  store.commit();
  const edges = [
    [3, 30],
    [1, 10],
  ];
  expect(readStore(disk.files.get('a')!.bytes)).toEqual({
    small: 0,
    a: { small: 1, 'out Edge': edges },
    b: { small: 2, 'out Edge': [[4, 0]], 'in Edge': [[4, 0], ...edges], last: 3 },
  });
});

it('has unions and interned texts where its document says', () => {
  const schema = defineSchema({
    Root: struct({
      small: uint8(),
      either: optional(union(uint8(), text())),
      list: list(union(float64(), interned())),
      other: optional(interned()),
      last: uint8(),
    }),
  });
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  const { root } = store;
  const read = () => {
    store.commit();
    expect(readStore(disk.files.get('a')!.bytes)).toEqual(plain(root));
  };
  root.last = 9;
  read();
  root.either = 7;
  root.list.push(1.5, 'a', 'b', 'a', '');
  root.other = 'b';
  read();
  root.either = 'text';
  root.other = '';
  read();
});

it('counts what its document says', () => {
  const schema = defineSchema({
    Root: struct({ a: optional(ref('Node')), map: map(text(), list(ref('Node'))) }),
    Node: struct({ small: uint8(), tags: set(text()), grid: optional(buffer()) }, { counted: true }),
    Derived: struct({ last: uint8() }, { extends: 'Node' }),
  });
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  const { root } = store;
  const node = store.create('Derived', { small: 1, last: 2, grid: Float64Array.of(1, 2) } as never);
  node.tags.add('x');
  root.a = node;
  root.map.set('a', [node, { small: 3 }, node] as never).set('b', [node] as never);
  root.map.set('c', root.map.get('a')!);
  root.map.get('a')!.delete(0);
  store.commit();
  expect(readStore(disk.files.get('a')!.bytes)).toEqual(plain(root));
});

it('has trees and indexes where its document says', () => {
  const schema = defineSchema({
    Root: struct({
      numbers: sortedMap(float64(), uint8()),
      texts: sortedMap(text(), list(uint8())),
      longs: sortedMap(int64(), optional(text())),
      counts: defaultMap(text(), uint8()),
      scores: sortedList(float64(), { descending: true }),
      all: sortedList(ref('Node'), { by: 'name' }),
      deep: sortedList(ref('Node'), { by: 'next.name', descending: true }),
    }),
    Node: struct(
      { name: text(), value: float64(), mail: optional(text()), next: optional(ref('Node')) },
      { indexes: { byBoth: ['mail', 'value'], byName: { on: 'name', unique: true } } },
    ),
    Leaf: struct({ more: uint8() }, { extends: 'Node', indexes: { byMore: 'more' } }),
  });
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  const { root } = store;
  const read = () => {
    store.commit();
    expect(readStore(disk.files.get('a')!.bytes)).toEqual(plain(root));
  };
  read();
  for (let index = 0; index < 3000; index++) {
    const key = ((index * 7919) % 3000) - 1500;
    root.numbers.set(key / 8, index % 256);
    if (index % 9 === 0) root.texts.set(`${'a common beginning '.slice(0, index % 20)}${key}`, [index % 5]);
    if (index % 11 === 0)
      root.longs.set(2n ** 40n * BigInt(key), index % 2 ? '' : null).set(BigInt(key), 'x');
  }
  root.numbers.set(Number.NaN, 1).set(-0, 2).set(Number.NEGATIVE_INFINITY, 3);
  root.texts.set('ends in zero\0', []).set('\0', []).set('', [1]).set('12345678', []).set('1234567\0', []);
  for (let index = 0; index < 2000; index += 3) root.numbers.delete(index / 8);
  root.counts.get('x');
  for (const score of [1, 3, 2, 3, -1]) root.scores.add(score);
  read();
  for (let index = 0; index < 120; index++) {
    const fields = {
      name: `name ${(index * 37) % 120}`,
      value: index % 7,
      mail: index % 4 ? `mail ${index % 3}` : null,
    };
    const node = index % 3 ? store.create('Leaf', { ...fields, more: index }) : store.create('Node', fields);
    root.all.add(node);
    if (index > 60) {
      node.next = root.all.at(0)!;
      root.deep.add(node);
    }
  }
  // A circle would have no end here.
  for (const node of [...root.all].slice(0, 50)) node.next = null;
  root.all.at(3)!.name = 'zzz';
  store.free(root.all.at(70)!);
  store.create('Node', { name: 'nobody refers to this one' });
  read();
});
