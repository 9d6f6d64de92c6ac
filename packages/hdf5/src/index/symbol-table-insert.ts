import { encodeGroupNode, type GroupNode, groupNodeBytes } from '../format/group-btree.js';
import type { LocalHeap } from '../format/local-heap.js';
import type { SymbolTable } from '../format/messages/group-messages.js';
import { encodeSymbolNode, type SymbolEntry, symbolNodeBytes } from '../format/symbol-node.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { addHeapName, createLocalHeap, heapName, openLocalHeap } from './local-heap.js';
import { childIndex, compareBytes, type GroupK, loadGroupNode, loadSymbolNode } from './symbol-table.js';

/** The index of an old group without members. */
export function createSymbolTable(store: MetadataStore, k: GroupK): SymbolTable {
  const btree = store.allocate(groupNodeBytes(k.internal, store.sizes));
  const node: GroupNode = { level: 0, left: undefined, right: undefined, keys: [0], children: [] };
  store.write(btree, encodeGroupNode(node, k.internal, store.sizes));
  return { btree, heap: createLocalHeap(store) };
}

/** What the new entry leads to. Soft links bring their target text, which goes into the heap as well. */
export type NewSymbol =
  | { readonly header: number; readonly group?: SymbolTable | undefined }
  | { readonly target: Uint8Array };

/** Two halves of what became too full: the new right one, and the upper key of the left. */
interface Split {
  readonly address: number;
  readonly middleKey: number;
}

/**
 * Adds a name that is not there yet. Nodes that are full split in two, up to the root, which keeps its address
 * as the C library does: the object header need not change.
 */
export function insertSymbol(
  store: MetadataStore,
  table: SymbolTable,
  name: Uint8Array,
  symbol: NewSymbol,
  k: GroupK,
): void {
  const nameOffset = addHeapName(store, table.heap, name);
  const entry = makeEntry(store, table, nameOffset, symbol);
  const heap = openLocalHeap(store, table.heap);
  const insertion: Insertion = { store, heap, k, name, entry };
  const root = loadGroupNode(store, table.btree, k);
  if (root.children.length === 0) {
    const leaf = writeSymbolNode(insertion, undefined, [entry]);
    writeGroupNode(insertion, table.btree, { ...root, keys: [0, nameOffset], children: [leaf] });
    return;
  }
  const split = insertBelow(insertion, table.btree, root);
  if (split !== undefined) raiseRoot(insertion, table.btree, split);
}

interface Insertion {
  readonly store: MetadataStore;
  readonly heap: LocalHeap;
  readonly k: GroupK;
  readonly name: Uint8Array;
  readonly entry: SymbolEntry;
}

function makeEntry(
  store: MetadataStore,
  table: SymbolTable,
  nameOffset: number,
  symbol: NewSymbol,
): SymbolEntry {
  if ('target' in symbol) {
    const targetOffset = addHeapName(store, table.heap, symbol.target);
    return { nameOffset, header: undefined, cache: { kind: 'soft', targetOffset } };
  }
  const cache = symbol.group ? { kind: 'group' as const, ...symbol.group } : { kind: 'none' as const };
  return { nameOffset, header: symbol.header, cache };
}

function writeGroupNode({ store, k }: Insertion, address: number | undefined, node: GroupNode): number {
  const at = address ?? store.allocate(groupNodeBytes(k.internal, store.sizes));
  store.write(at, encodeGroupNode(node, k.internal, store.sizes));
  return at;
}

function writeSymbolNode(
  { store, k }: Insertion,
  address: number | undefined,
  entries: readonly SymbolEntry[],
): number {
  const at = address ?? store.allocate(symbolNodeBytes(k.leaf, store.sizes));
  store.write(at, encodeSymbolNode(entries, k.leaf, store.sizes));
  return at;
}

/** Inserts below a node; answers the new right sibling when the node itself had to split. */
function insertBelow(insertion: Insertion, address: number, node: GroupNode): Split | undefined {
  const { store, heap, k, name, entry } = insertion;
  const index = childIndex(store, heap, node, name);
  const child = node.children[index]!;
  const split =
    node.level > 0
      ? insertBelow(insertion, child, loadGroupNode(store, child, k))
      : insertIntoLeaf(insertion, child);
  const keys = [...node.keys];
  const children = [...node.children];
  // A name above all others raises the upper key of its child.
  if (compareBytes(name, heapName(store, heap, keys[index + 1]!)) > 0) keys[index + 1] = entry.nameOffset;
  if (split !== undefined) {
    keys.splice(index + 1, 0, split.middleKey);
    children.splice(index + 1, 0, split.address);
  }
  if (children.length <= 2 * k.internal) {
    writeGroupNode(insertion, address, { ...node, keys, children });
    return undefined;
  }
  return splitNode(insertion, address, { ...node, keys, children });
}

function insertIntoLeaf(insertion: Insertion, address: number): Split | undefined {
  const { store, heap, k, name, entry } = insertion;
  const entries = loadSymbolNode(store, address, k);
  const before = entries.findIndex(
    ({ nameOffset }) => compareBytes(heapName(store, heap, nameOffset), name) > 0,
  );
  entries.splice(before < 0 ? entries.length : before, 0, entry);
  if (entries.length <= 2 * k.leaf) {
    writeSymbolNode(insertion, address, entries);
    return undefined;
  }
  const left = entries.slice(0, k.leaf);
  writeSymbolNode(insertion, address, left);
  const right = writeSymbolNode(insertion, undefined, entries.slice(k.leaf));
  return { address: right, middleKey: left.at(-1)!.nameOffset };
}

/** Leaves the lower half at `address` and moves the upper half to a new node beside it. */
function splitNode(insertion: Insertion, address: number, node: GroupNode): Split {
  const { store, k } = insertion;
  const half = k.internal;
  const middleKey = node.keys[half]!;
  const right = writeGroupNode(insertion, undefined, {
    ...node,
    left: address,
    keys: node.keys.slice(half),
    children: node.children.slice(half),
  });
  writeGroupNode(insertion, address, {
    ...node,
    right,
    keys: node.keys.slice(0, half + 1),
    children: node.children.slice(0, half),
  });
  if (node.right !== undefined) {
    const neighbour = loadGroupNode(store, node.right, k);
    writeGroupNode(insertion, node.right, { ...neighbour, left: right });
  }
  return { address: right, middleKey };
}

/** Grows the tree by a level: the old root's lower half moves away and the root's address holds the new root. */
function raiseRoot(insertion: Insertion, root: number, split: Split): void {
  const { store, k } = insertion;
  const lower = loadGroupNode(store, root, k);
  const upper = loadGroupNode(store, split.address, k);
  const moved = writeGroupNode(insertion, undefined, lower);
  writeGroupNode(insertion, split.address, { ...upper, left: moved });
  writeGroupNode(insertion, root, {
    level: lower.level + 1,
    left: undefined,
    right: undefined,
    keys: [lower.keys[0]!, split.middleKey, upper.keys.at(-1)!],
    children: [moved, split.address],
  });
}
