import { encodeGroupNode, type GroupNode, groupNodeBytes } from '../format/group-btree.js';
import type { LocalHeap } from '../format/local-heap.js';
import type { SymbolTable } from '../format/messages/group-messages.js';
import { encodeSymbolNode, type SymbolEntry, symbolNodeBytes } from '../format/symbol-node.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { publishOrder } from '../store/publish-order.js';
import { addHeapName, createLocalHeap, heapName, openLocalHeap } from './local-heap.js';
import { childIndex, compareBytes, type GroupK, loadGroupNode, loadSymbolNode } from './symbol-table.js';

/** The index of an old group without members. */
export function createSymbolTable(store: MetadataStore, k: GroupK): SymbolTable {
  const btree = store.allocate(groupNodeBytes(k.internal, store.sizes), 'btree');
  const node: GroupNode = { level: 0, left: undefined, right: undefined, keys: [0], children: [] };
  store.write(btree, encodeGroupNode(node, k.internal, store.sizes));
  return { btree, heap: createLocalHeap(store) };
}

/** What the new entry leads to. Soft links bring their target text, which goes into the heap as well. */
export type NewSymbol =
  | { readonly header: number; readonly group?: SymbolTable | undefined }
  | { readonly target: Uint8Array };

/** Two halves of what became too full, and the upper key of the left one. */
interface Split {
  readonly left: number;
  readonly right: number;
  readonly middleKey: number;
}

/**
 * Adds a name that is not there yet. Nodes that are full split in two, up to the root, which keeps its address
 * as the C library does: the object header need not change.
 *
 * Of a node that is in the file already both halves are new: the one write that makes its parent point to them
 * is the moment in which they take its place.
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
  const grown = insertBelow(insertion, root);
  if (grown === root) return;
  if (fits(grown, k)) writeGroupNode(insertion, table.btree, grown);
  else raiseRoot(insertion, table.btree, grown);
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
  const at = address ?? store.allocate(groupNodeBytes(k.internal, store.sizes), 'btree');
  store.write(at, encodeGroupNode(node, k.internal, store.sizes), publishOrder.treeNode(node.level));
  return at;
}

function writeSymbolNode(
  { store, k }: Insertion,
  address: number | undefined,
  entries: readonly SymbolEntry[],
): number {
  const at = address ?? store.allocate(symbolNodeBytes(k.leaf, store.sizes), 'btree');
  store.write(at, encodeSymbolNode(entries, k.leaf, store.sizes), publishOrder.symbolNode);
  return at;
}

const fits = (node: GroupNode, k: GroupK): boolean => node.children.length <= 2 * k.internal;

/** Inserts below a node, which is not written itself: the answer is what it has to become, perhaps too full, or the node. */
function insertBelow(insertion: Insertion, node: GroupNode): GroupNode {
  const { store, heap, name, entry } = insertion;
  const index = childIndex(store, heap, node, name);
  const child = node.children[index]!;
  const split = node.level > 0 ? insertIntoNode(insertion, child) : insertIntoLeaf(insertion, child);
  // A name above all others raises the upper key of its child.
  const isHighest = compareBytes(name, heapName(store, heap, node.keys[index + 1]!)) > 0;
  if (split === undefined && !isHighest) return node;
  const keys = [...node.keys];
  const children = [...node.children];
  if (isHighest) keys[index + 1] = entry.nameOffset;
  if (split !== undefined) {
    keys.splice(index + 1, 0, split.middleKey);
    children.splice(index, 1, split.left, split.right);
  }
  return { ...node, keys, children };
}

function insertIntoNode(insertion: Insertion, address: number): Split | undefined {
  const { store, k } = insertion;
  const node = loadGroupNode(store, address, k);
  const grown = insertBelow(insertion, node);
  if (grown === node) return undefined;
  if (!fits(grown, k))
    return splitNode(insertion, store.space.isPublished(address) ? undefined : address, grown);
  writeGroupNode(insertion, address, grown);
  return undefined;
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
  const lower = entries.slice(0, k.leaf);
  const left = writeSymbolNode(insertion, store.space.isPublished(address) ? undefined : address, lower);
  const right = writeSymbolNode(insertion, undefined, entries.slice(k.leaf));
  return { left, right, middleKey: lower.at(-1)!.nameOffset };
}

/** Writes the lower half of a node to `address`, or to a new place, and the upper half to a new one beside it. */
function splitNode(insertion: Insertion, address: number | undefined, node: GroupNode): Split {
  const { store, k } = insertion;
  const half = k.internal;
  const left = address ?? store.allocate(groupNodeBytes(k.internal, store.sizes), 'btree');
  const right = writeGroupNode(insertion, undefined, {
    ...node,
    left,
    keys: node.keys.slice(half),
    children: node.children.slice(half),
  });
  writeGroupNode(insertion, left, {
    ...node,
    right,
    keys: node.keys.slice(0, half + 1),
    children: node.children.slice(0, half),
  });
  const relink = (neighbour: number | undefined, side: Partial<GroupNode>): void => {
    if (neighbour === undefined) return;
    writeGroupNode(insertion, neighbour, { ...loadGroupNode(store, neighbour, k), ...side });
  };
  relink(node.left, { right: left });
  relink(node.right, { left: right });
  return { left, right, middleKey: node.keys[half]! };
}

/** Grows the tree by a level: both halves of the old root get new places, and its address holds the new root. */
function raiseRoot(insertion: Insertion, address: number, root: GroupNode): void {
  const { left, right, middleKey } = splitNode(insertion, undefined, root);
  writeGroupNode(insertion, address, {
    level: root.level + 1,
    left: undefined,
    right: undefined,
    keys: [root.keys[0]!, middleKey, root.keys.at(-1)!],
    children: [left, right],
  });
}
