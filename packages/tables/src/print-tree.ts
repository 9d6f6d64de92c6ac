import type { Mode } from '@terrane/driver';
import { type AnyNode, GroupNode } from './group-node.js';
import { pythonString } from './python-repr.js';
import { type Steps, wait } from './steps.js';

/** The printed form of a file: a head, then each group followed by its leaves and links, then by its groups. */
export function* printTree<M extends Mode>(
  filename: string,
  root: GroupNode<M>,
  modified: Date | undefined,
): Steps<string> {
  const when = pythonString(modified === undefined ? '<in-memory file>' : isoSeconds(modified));
  const head = [`${filename} (File) ${pythonString(root.title)}`, `Last modif.: ${when}`, 'Object Tree: '];
  return `${[...head, ...(yield* printGroup(root))].join('\n')}\n`;
}

function* printGroup<M extends Mode>(group: GroupNode<M>): Steps<string[]> {
  const children = yield* wait<M, AnyNode<M>[]>(group.children());
  const groups = children.filter((node) => node instanceof GroupNode);
  const others = children.filter((node) => !(node instanceof GroupNode));
  const lines = [String(group), ...others.map(String)];
  for (const inner of groups) lines.push(...(yield* printGroup(inner)));
  return lines;
}

/** Time as Python writes it: `2026-11-20T11:43:52+00:00`. */
function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}+00:00`;
}
