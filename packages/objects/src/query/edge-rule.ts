import { isSame } from './compare-values.js';
import type { Operand } from './operand.js';
import { type Bag, showValue } from './operand.js';
import type { LoopRule } from './rules.js';
import { type Cursor, isCollection, nothing, scanValues, sizeOf } from './sources.js';

interface End {
  readonly operand: Operand;
  /** The method of a node that gives its edges, and where these have the node at the other end. */
  readonly method: 'out' | 'in';
  readonly other: 'to' | 'from';
}

/** Goes through the edges of a kind that begin or end at what is bound. With both ends, those of the one that has fewer. */
export function edgeRule(name: string, kind: string, from?: Operand, to?: Operand): LoopRule {
  const ends: End[] = [
    ...(from ? [{ operand: from, method: 'out', other: 'to' } as const] : []),
    ...(to ? [{ operand: to, method: 'in', other: 'from' } as const] : []),
  ];
  if (ends.length === 0) throw new TypeError('edge: give "from", "to" or both');
  const way = [from && `from ${from.text}`, to && `to ${to.text}`].filter(Boolean).join(' ');
  return {
    kind: 'each',
    text: `edge ${name} ${kind} ${way}`,
    reads: ends.flatMap(({ operand }) => operand.reads),
    binds: [name],
    open: (row) => {
      const nodes = ends.map(({ operand }) => operand.get(row));
      if (nodes.some((node) => node === null || node === undefined)) return nothing;
      const edges = ends.map(({ method }, index) => edgesOf(nodes[index], method, kind));
      if (edges.length === 1) return scanValues(edges[0]!, name);
      const fewer = (sizeOf(edges[1]) ?? 0) < (sizeOf(edges[0]) ?? 0) ? 1 : 0;
      return ending(scanValues(edges[fewer]!, name), name, ends[fewer]!.other, nodes[1 - fewer]);
    },
    size: () => undefined,
    accesses: [],
    orderings: [],
  };
}

/** The edges whose other end is a node. */
function ending(edges: Cursor, name: string, end: 'to' | 'from', node: unknown): Cursor {
  return {
    next: (row) => {
      while (edges.next(row)) if (isSame((row[name] as Bag)[end], node)) return true;
      return false;
    },
    close: () => edges.close(),
  };
}

function edgesOf(node: unknown, method: 'out' | 'in', kind: string): Iterable<unknown> {
  const find = (node as Partial<Record<typeof method, unknown>>)[method];
  const edges = typeof find === 'function' ? find.call(node, kind) : undefined;
  if (isCollection(edges)) return edges;
  throw new TypeError(`edge: ${showValue(node)} has no edges "${method}"`);
}
