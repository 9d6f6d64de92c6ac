import { checkOptions } from '@terrane/errors';
import { errors } from '../errors.js';
import { builtinTypes, type PtypesType, readType } from './types.js';

/*
 * A file of ptypes 0.3 to 0.6, little-endian, packed; all references are offsets in the file, 0 for none:
 *
 *     0 and 72   two headers of 72 bytes: magic (15), status C or D (1), revision (8), journal (8), journal transaction (8),
 *                free offset (8), string registry (8), list of types (8), root (8)
 *     string     length (4), bytes
 *     structure  fields by name, 8 each
 *     list       first entry, last entry; an entry: next, value
 *     table      capacity, used, mask, slots; a slot: used (4), key (8), value (8, not in a set)
 *     skip list  head, count; a node: array of next nodes (8), levels (4), 4 bytes, value (8)
 *     node       first kind of edges in, first out, contents; such a kind: name, first edge, next kind
 *     edge       from, to, next of from, next of to, contents
 *     buffer     data, length, size of an item, dimensions (4), 4 bytes, format, shape, strides
 */
const headerBytes = 72;

/** How byte strings come back. */
export interface PtypesOptions {
  /** `bytes` unless given. */
  readonly strings?: 'bytes' | 'utf-8' | 'latin1';
}

/** A structure: its fields by name. {@link ptypesTypeOf} tells its type. */
export type PtypesObject = Record<string, unknown>;

const typeNames = new WeakMap<object, string>();

/** The name of a structure's type; nothing for what is no structure. */
export function ptypesTypeOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? typeNames.get(value) : undefined;
}

/** A node of a graph. */
export interface PtypesNode {
  contents: unknown;
  /** Edges that end here, and edges that begin here, the newest first within each kind. */
  readonly in: PtypesEdge[];
  readonly out: PtypesEdge[];
}

/** An edge of a graph. */
export interface PtypesEdge {
  readonly type: string;
  from: PtypesNode | null;
  to: PtypesNode | null;
  contents: unknown;
}

/** A buffer's items, copied. */
export interface PtypesBuffer {
  readonly format: string;
  readonly itemSize: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly bytes: Uint8Array;
}

/** What a ptypes file holds. */
export interface PtypesFile {
  /** The characters before the status: tells the release. */
  readonly magic: string;
  /** The types of its schema, in the order in which they were defined. */
  readonly types: ReadonlyMap<string, PtypesType>;
  /**
   * The root with all it refers to, as plain data: integers as `bigint`, lists, skip lists and sets as arrays, dictionaries
   * as `Map`, what is referred to twice as one object, circles as circles. Null when it was never made.
   */
  readonly root: unknown;
}

/**
 * Reads a file of ptypes 0.6 or earlier. Nothing in it is executed: neither the pickles of its schema nor the code that
 * may stand there for the order of a list.
 *
 * @throws OBJ_NOT_A_STORE, OBJ_DAMAGED with the offset. Time and memory are bounded by the length of the file.
 */
export function readPtypes(file: Uint8Array, options: PtypesOptions = {}): PtypesFile {
  checkOptions(options, ['strings'], 'readPtypes');
  const header = newestHeader(file);
  const reader = new Reader(file, options.strings ?? 'bytes');
  const types = new Map(builtinTypes.map((type) => [type.name, type]));
  const names = new Set<string>();
  if (header.types !== 0) {
    for (const at of reader.listEntries(header.types)) {
      const type = readType(reader.string(reader.offset(at)), types);
      types.set(type.name, type);
      names.add(type.name);
    }
  }
  reader.types = types;
  const root = header.root === 0 ? null : reader.finish(reader.object('Root', header.root));
  return { magic: header.magic, types: new Map([...types].filter(([name]) => names.has(name))), root };
}

function newestHeader(file: Uint8Array): { magic: string; types: number; root: number } {
  if (file.length < 2 * headerBytes || !startsWith(file, 'ptypes')) {
    throw errors.OBJ_NOT_A_STORE({ message: 'this is no file of ptypes', offset: 0 });
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headers = [0, headerBytes].map((at) => ({
    magic: String.fromCharCode(...file.subarray(at, at + 15)).replace(/\0+$/, ''),
    clean: file[at + 15] === 0x43,
    revision: view.getBigUint64(at + 16, true),
    types: view.getBigUint64(at + 56, true),
    root: view.getBigUint64(at + 64, true),
  }));
  const clean = headers.filter((header) => header.clean).sort((a, b) => (a.revision < b.revision ? 1 : -1));
  const newest = clean[0];
  if (!newest)
    throw errors.OBJ_DAMAGED({ message: 'neither header is marked clean', offset: 15, structure: 'header' });
  return { magic: newest.magic, types: Number(newest.types), root: Number(newest.root) };
}

function startsWith(file: Uint8Array, text: string): boolean {
  return [...text].every((letter, index) => file[index] === letter.charCodeAt(0));
}

/** Values are filled in later than they are made, so that neither circles nor long chains need a deep stack. */
class Reader {
  types: ReadonlyMap<string, PtypesType> = new Map();
  readonly #file: Uint8Array;
  readonly #view: DataView;
  readonly #strings: string;
  readonly #made = new Map<string, unknown>();
  readonly #work: (() => void)[] = [];

  constructor(file: Uint8Array, strings: string) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    this.#strings = strings;
  }

  /** Fills in everything that was made, and what that leads to. */
  finish<T>(value: T): T {
    for (let next = this.#work.pop(); next; next = this.#work.pop()) next();
    return value;
  }

  /** The 64-bit offset at a place. */
  offset(at: number): number {
    this.#inside(at, 8);
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(this.#file.length)) throw this.#damaged('a reference beyond the end of the file', at);
    return Number(value);
  }

  /** The bytes of a string. */
  string(at: number): Uint8Array {
    this.#inside(at, 4);
    const length = this.#view.getInt32(at, true);
    if (length < 0) throw this.#damaged('a string of negative length', at);
    this.#inside(at + 4, length);
    return this.#file.slice(at + 4, at + 4 + length);
  }

  /** Where the values of a list's entries lie. */
  *listEntries(at: number): Generator<number, void> {
    yield* this.#chain(this.offset(at), (entry) => [entry + 8, this.offset(entry)]);
  }

  /** The object of a type at an offset. */
  object(typeName: string, at: number): unknown {
    const type = this.types.get(typeName);
    if (!type) throw this.#damaged(`there is no type ${typeName}`, at);
    const key = `${typeName}@${at}`;
    if (this.#made.has(key)) return this.#made.get(key);
    const value = this.#make(type, at);
    this.#made.set(key, value);
    return value;
  }

  #make(type: PtypesType, at: number): unknown {
    if (type.kind === 'string') return this.#text(this.string(at));
    if (type.kind === 'structure') return this.#structure(type, at);
    if (type.kind === 'list') return this.#array(type.of, () => this.listEntries(at));
    if (type.kind === 'skip list') return this.#array(type.of, () => this.#skipNodes(at));
    if (type.kind === 'table') return this.#table(type, at);
    if (type.kind === 'node') return this.#node(type, at);
    if (type.kind === 'edge') return this.#edge(type, at);
    if (type.kind === 'buffer') return this.#buffer(at);
    throw this.#damaged(`a ${type.name} by itself`, at);
  }

  /** The value of a type in its place: a number, or what is referred to. */
  #value(typeName: string, at: number): unknown {
    const kind = this.types.get(typeName)?.kind;
    this.#inside(at, 8);
    if (kind === 'int') return this.#view.getBigInt64(at, true);
    if (kind === 'uint') return this.#view.getBigUint64(at, true);
    if (kind === 'float') return this.#view.getFloat64(at, true);
    const offset = this.offset(at);
    return offset === 0 ? null : this.object(typeName, offset);
  }

  #text(bytes: Uint8Array): unknown {
    return this.#strings === 'bytes'
      ? bytes
      : new TextDecoder(this.#strings, { fatal: true, ignoreBOM: true }).decode(bytes);
  }

  #structure(type: PtypesType & { kind: 'structure' }, at: number): PtypesObject {
    const value: PtypesObject = {};
    typeNames.set(value, type.name);
    this.#work.push(() => {
      for (const [index, [field, of]] of type.fields.entries()) {
        const content = this.#value(of, at + 8 * index);
        Object.defineProperty(value, field, {
          value: content,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
    });
    return value;
  }

  #array(of: string, places: () => Iterable<number>): unknown[] {
    const value: unknown[] = [];
    this.#work.push(() => {
      for (const place of places()) value.push(this.#value(of, place));
    });
    return value;
  }

  *#skipNodes(at: number): Generator<number, void> {
    const next = (node: number): number => {
      const levels = this.offset(node);
      return levels === 0 ? 0 : this.offset(levels);
    };
    const head = this.offset(at);
    if (head === 0) return;
    yield* this.#chain(next(head), (node) => [node + 16, next(node)]);
  }

  #table(type: PtypesType & { kind: 'table' }, at: number): unknown {
    const mask = this.offset(at + 16);
    const slots = this.offset(at + 24);
    const size = type.value === null ? 12 : 20;
    const value: unknown[] | Map<unknown, unknown> = type.value === null ? [] : new Map();
    this.#inside(slots, (mask + 1) * size);
    this.#work.push(() => {
      for (let slot = slots; slot <= slots + mask * size; slot += size) {
        if (this.#view.getInt32(slot, true) === 0) continue;
        const key = this.#value(type.key, slot + 4);
        if (Array.isArray(value)) value.push(key);
        else value.set(key, this.#value(type.value!, slot + 12));
      }
    });
    return value;
  }

  #node(type: { readonly of: string }, at: number): PtypesNode {
    const value: PtypesNode = { contents: null, in: [], out: [] };
    this.#work.push(() => {
      value.contents = this.#value(type.of, at + 16);
      value.in.push(...this.#edges(this.offset(at), 24));
      value.out.push(...this.#edges(this.offset(at + 8), 16));
    });
    return value;
  }

  *#edges(firstKind: number, nextAt: number): Generator<PtypesEdge, void> {
    for (const kind of this.#chain(firstKind, (record) => [record, this.offset(record + 16)])) {
      const name = new TextDecoder('latin1').decode(this.string(this.offset(kind)));
      for (const edge of this.#chain(this.offset(kind + 8), (at) => [at, this.offset(at + nextAt)])) {
        yield this.object(name, edge) as PtypesEdge;
      }
    }
  }

  #edge(type: PtypesType & { kind: 'edge' }, at: number): PtypesEdge {
    const value: PtypesEdge = { type: type.name, from: null, to: null, contents: null };
    this.#work.push(() => {
      value.from = this.#value(type.from, at) as PtypesNode;
      value.to = this.#value(type.to, at + 8) as PtypesNode;
      value.contents = this.#value(type.of, at + 32);
    });
    return value;
  }

  #buffer(at: number): PtypesBuffer {
    this.#inside(at, 56);
    const length = this.offset(at + 8);
    const itemSize = this.offset(at + 16);
    const dimensions = this.#view.getInt32(at + 24, true);
    if (dimensions < 0 || dimensions > 64)
      throw this.#damaged(`a buffer of ${dimensions} dimensions`, at + 24);
    const data = this.offset(at);
    this.#inside(data, length);
    const formatAt = this.offset(at + 32);
    const end = this.#file.indexOf(0, formatAt);
    if (end < 0 || end - formatAt > 255) throw this.#damaged('a format without an end', formatAt);
    const numbers = (place: number) => {
      const begin = this.offset(place);
      return Array.from({ length: dimensions }, (_, axis) => {
        this.#inside(begin + 8 * axis, 8);
        return Number(this.#view.getBigInt64(begin + 8 * axis, true));
      });
    };
    return {
      format: new TextDecoder('latin1').decode(this.#file.subarray(formatAt, end)),
      itemSize,
      shape: numbers(at + 40),
      strides: numbers(at + 48),
      bytes: this.#file.slice(data, data + length),
    };
  }

  /** Follows a chain, and refuses one that comes back to where it was. */
  *#chain(first: number, step: (at: number) => [value: number, next: number]): Generator<number, void> {
    const seen = new Set<number>();
    for (let at = first; at !== 0; ) {
      if (seen.has(at)) throw this.#damaged('a chain that leads back to itself', at);
      seen.add(at);
      const [value, next] = step(at);
      yield value;
      at = next;
    }
  }

  #inside(at: number, length: number): void {
    if (at + length > this.#file.length)
      throw this.#damaged(`${length} bytes beyond the end of the file`, at);
  }

  #damaged(message: string, offset: number): Error {
    return errors.OBJ_DAMAGED({ message, offset, structure: 'ptypes' });
  }
}
