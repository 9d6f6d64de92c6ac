import { decodeGroupNode, type GroupNode, groupNodeBytes } from '../format/group-btree.js';
import type { LocalHeap } from '../format/local-heap.js';
import type { SymbolTable } from '../format/messages/group-messages.js';
import type { Link } from '../format/messages/link.js';
import { decodeSymbolNode, type SymbolEntry, symbolNodeBytes } from '../format/symbol-node.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { heapName, openLocalHeap } from './local-heap.js';

/** The two numbers of the superblock that set how large nodes of old groups are. */
export interface GroupK {
  readonly leaf: number;
  readonly internal: number;
}

const utf8 = new TextDecoder();

export function loadGroupNode(store: MetadataStore, address: number, k: GroupK): GroupNode {
  return decodeGroupNode(
    store.reader(address, groupNodeBytes(k.internal, store.sizes), 'group B-tree node'),
    k.internal,
  );
}

export function loadSymbolNode(store: MetadataStore, address: number, k: GroupK): SymbolEntry[] {
  return decodeSymbolNode(
    store.reader(address, symbolNodeBytes(k.leaf, store.sizes), 'symbol table node'),
    k.leaf,
  );
}

/** The order of names in old groups: that of their bytes. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Index of the child that holds, or would hold, a name: the first whose upper key is not below it. */
export function childIndex(store: MetadataStore, heap: LocalHeap, node: GroupNode, name: Uint8Array): number {
  let low = 0;
  let high = node.children.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(heapName(store, heap, node.keys[middle + 1]!), name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Finds a name by descending the B-tree: one node a level, one symbol node. */
export function findSymbol(
  store: MetadataStore,
  table: SymbolTable,
  name: Uint8Array,
  k: GroupK,
): Link | undefined {
  store.want(table.btree, groupNodeBytes(k.internal, store.sizes));
  const heap = openLocalHeap(store, table.heap);
  let node = loadGroupNode(store, table.btree, k);
  if (node.children.length === 0) return undefined;
  while (node.level > 0) {
    const child = loadGroupNode(store, node.children[childIndex(store, heap, node, name)]!, k);
    checkLevel(store, child, node, table.btree);
    node = child;
  }
  const entries = loadSymbolNode(store, node.children[childIndex(store, heap, node, name)]!, k);
  const entry = entries.find(({ nameOffset }) => compareBytes(heapName(store, heap, nameOffset), name) === 0);
  return entry && toLink(store, heap, entry);
}

/** All links in the order of their names. Walks level by level, so that each level costs one trip. */
export function listSymbols(store: MetadataStore, table: SymbolTable, k: GroupK): Link[] {
  store.want(table.btree, groupNodeBytes(k.internal, store.sizes));
  const heap = openLocalHeap(store, table.heap);
  let level = [loadGroupNode(store, table.btree, k)];
  const seen = new Set([table.btree]);
  while (level[0]!.level > 0) {
    const addresses = level.flatMap((node) => node.children);
    for (const address of addresses) store.want(address, groupNodeBytes(k.internal, store.sizes));
    const parent = level[0]!;
    level = addresses.map((address) => {
      const node = loadGroupNode(store, address, k);
      if (seen.has(address)) checkLevel(store, parent, parent, address);
      seen.add(address);
      checkLevel(store, node, parent, address);
      return node;
    });
    if (level.length === 0) return [];
  }
  const leaves = level.flatMap((node) => node.children);
  for (const address of leaves) store.want(address, symbolNodeBytes(k.leaf, store.sizes));
  const entries = leaves.flatMap((address) => loadSymbolNode(store, address, k));
  return entries.map((entry) => toLink(store, heap, entry));
}

function checkLevel(store: MetadataStore, child: GroupNode, parent: GroupNode, address: number): void {
  if (child.level === parent.level - 1) return;
  const reader = store.reader(address, 8, 'group B-tree node');
  throw reader.bad(`a node of level ${parent.level - 1}, seen once`, `level ${child.level}`);
}

function toLink(store: MetadataStore, heap: LocalHeap, entry: SymbolEntry): Link {
  const name = utf8.decode(heapName(store, heap, entry.nameOffset));
  if (entry.cache.kind !== 'soft') return { kind: 'hard', name, address: entry.header! };
  return { kind: 'soft', name, target: utf8.decode(heapName(store, heap, entry.cache.targetOffset)) };
}
