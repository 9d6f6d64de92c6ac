import { errors } from '../errors.js';
import { localHeapBytes } from '../format/local-heap.js';
import type { Datatype } from '../format/messages/datatype.js';
import { decodeDatatype } from '../format/messages/decode-datatype.js';
import type { SymbolTable } from '../format/messages/group-messages.js';
import { decodeLink } from '../format/messages/link.js';
import { messageFlag, messageType } from '../format/messages/message-type.js';
import { type HeaderMessage, messageHeadBytes } from '../format/object-header.js';
import { symbolEntryBytes } from '../format/symbol-node.js';
import { findAttribute, listAttributes } from './attributes.js';
import { groupIndex, listLinks } from './group-links.js';
import {
  findMessage,
  type LoadedChunk,
  loadHeader,
  messageReader,
  type ObjectHeader,
  readMessage,
} from './object-header.js';
import type { Tree } from './resolve-path.js';
import { loadGroupNode, loadSymbolNode } from './symbol-table.js';

/** A place in the metadata that must change when structures move. */
export interface Place {
  /** Address of its first byte. */
  readonly at: number;
  /** The chunk of a new object header around it, whose checksum covers it. */
  readonly sealed?: LoadedChunk | undefined;
}

/**
 * Every place below the root where metadata holds an address: eight bytes each. Values must hold none.
 *
 * @throws H5_UNSUPPORTED naming what refers to structures in another way
 */
export function addressPlaces(tree: Tree): Place[] {
  if (tree.store.sizes.offset !== 8 || tree.store.sizes.length !== 8)
    throw unsupported(tree, 'addresses of other than 8 bytes');
  const places: Place[] = [];
  const seen = new Set<number>();
  const waiting = [tree.root];
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    const header = loadHeader(tree.store, address);
    refuseAddressesInValues(tree, header);
    for (const chunk of header.chunks) {
      for (const message of chunk.messages) places.push(...messagePlaces(tree, header, chunk, message));
    }
    const index = groupIndex(tree.store, header);
    if (index === undefined) continue;
    for (const link of listLinks(tree.store, header, index, tree.k)) {
      if (link.kind === 'hard') waiting.push(link.address);
    }
    if (index.kind === 'symbol-table') places.push(...symbolTablePlaces(tree, index.table));
  }
  return places;
}

/** The driver information that a superblock extension keeps, by the type of its message. */
export function driverInfoMessage(tree: Tree, extension: number | undefined): Place | undefined {
  if (extension === undefined) return undefined;
  const header = loadHeader(tree.store, extension);
  const chunk = header.chunks.find(({ first }) => first.has(messageType.driverInfo));
  return chunk && { at: chunk.first.get(messageType.driverInfo)!.address, sealed: sealedBy(header, chunk) };
}

function sealedBy({ prefix }: ObjectHeader, chunk: LoadedChunk): LoadedChunk | undefined {
  return prefix.version === 2 ? chunk : undefined;
}

function messagePlaces(
  tree: Tree,
  header: ObjectHeader,
  chunk: LoadedChunk,
  message: HeaderMessage,
): Place[] {
  const body = message.address + messageHeadBytes(header.prefix.version, header.prefix.flags);
  return messageOffsets(tree, header, message).map((offset) => ({
    at: body + offset,
    sealed: sealedBy(header, chunk),
  }));
}

/** Where addresses stand in a message, counted from its body. */
function messageOffsets(tree: Tree, header: ObjectHeader, message: HeaderMessage): number[] {
  // Version 1 has reserved bytes and a length before the address, later ones just version and type.
  if (message.flags & messageFlag.shared) return [message.body[0] === 1 ? 16 : 2];
  switch (message.type) {
    case messageType.continuation:
      return [0];
    case messageType.symbolTable:
      return [0, 8];
    case messageType.layout:
      return layoutOffsets(tree, header, message);
    case messageType.link: {
      const reader = messageReader(tree.store, message);
      return decodeLink(reader).kind === 'hard' ? [reader.position - 8] : [];
    }
    default:
      return [];
  }
}

/** Where the address of contiguous storage stands: behind version and class, in old versions behind rank and reserved bytes. */
const contiguousOffsets = [undefined, 8, 8, 2, 2, 2] as const;

function layoutOffsets(tree: Tree, header: ObjectHeader, { body }: HeaderMessage): number[] {
  const [version = 0, second, third] = body;
  const layoutClass = version < 3 ? third : second;
  if (layoutClass === 0 || findMessage(header, messageType.externalFiles) !== undefined) return [];
  const offset = contiguousOffsets[version];
  if (layoutClass === 1 && offset !== undefined) return [offset];
  throw unsupported(tree, layoutClass === 2 ? 'a chunked layout' : 'a virtual layout');
}

/** Siblings and children of B-tree nodes, objects of symbol nodes and what they repeat of groups, the heap's segment. */
function symbolTablePlaces(tree: Tree, table: SymbolTable): Place[] {
  const { store, k } = tree;
  const places: Place[] = [{ at: table.heap + localHeapBytes(store.sizes) - 8 }];
  const level = [table.btree];
  // The tree was walked already to list its names, so it has an end.
  for (let address = level.pop(); address !== undefined; address = level.pop()) {
    const node = loadGroupNode(store, address, k);
    places.push({ at: address + 8 }, { at: address + 16 });
    for (const [index, child] of node.children.entries()) {
      places.push({ at: address + 32 + index * 16 });
      if (node.level > 0) level.push(child);
      else places.push(...symbolNodePlaces(tree, child));
    }
  }
  return places;
}

function symbolNodePlaces({ store, k }: Tree, address: number): Place[] {
  return loadSymbolNode(store, address, k).flatMap(({ header, cache }, index) => {
    const entry = address + 8 + index * symbolEntryBytes(store.sizes);
    const places: Place[] = header === undefined ? [] : [{ at: entry + 8 }];
    return cache.kind === 'group' ? [...places, { at: entry + 24 }, { at: entry + 32 }] : places;
  });
}

/** Values of variable length refer to global heaps, references to objects; both would have to be changed among the values. */
function refuseAddressesInValues(tree: Tree, header: ObjectHeader): void {
  const { store } = tree;
  const own = readMessage(store, header, messageType.datatype, (reader) => decodeDatatype(reader));
  const types = own === undefined ? [] : [own];
  for (const name of listAttributes(store, header)) types.push(findAttribute(store, header, name)!.datatype);
  for (const type of types) {
    const held = holdsAddresses(type);
    if (held !== undefined) throw unsupported(tree, held);
  }
}

function holdsAddresses(type: Datatype): string | undefined {
  if (type.class === 'vlen') return `a variable-length ${type.kind} datatype`;
  if (type.class === 'reference') return 'a reference datatype';
  if (type.class === 'compound') {
    return type.members.map((member) => holdsAddresses(member.type)).find((held) => held !== undefined);
  }
  return 'base' in type ? holdsAddresses(type.base) : undefined;
}

function unsupported(tree: Tree, feature: string): Error {
  return errors.H5_UNSUPPORTED({
    message: `a file over several members with ${feature} has no image yet: addresses in it would have to change`,
    feature: `image of a set with ${feature}`,
    offset: tree.root,
  });
}
