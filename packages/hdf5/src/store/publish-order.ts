import { maxTreeLevel } from '../format/group-btree.js';

/**
 * The order in which a flush replaces structures that are in the file already, lower numbers first. Each is one
 * write, and each of these orders keeps every name that was there reachable, wherever the writing stops:
 *
 * - object headers and local heaps: what they point to is new and written before; nothing else depends on them
 * - nodes of group B-trees from the root down: a key is raised, or a new child linked, before anything below it
 *   relies on that
 * - symbol nodes: the keys above reach far enough by now
 */
export const publishOrder: {
  readonly independent: number;
  treeNode(level: number): number;
  readonly symbolNode: number;
} = {
  independent: 0,
  treeNode: (level) => 1 + maxTreeLevel - level,
  symbolNode: maxTreeLevel + 2,
};
