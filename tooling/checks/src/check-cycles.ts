import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { error, type Finding } from './finding.js';
import type { Workspace } from './workspace.js';

type Graph = ReadonlyMap<string, readonly string[]>;

/** No import cycle, types included: between files of a package, or between packages. */
export function checkCycles(workspace: Workspace): Finding[] {
  return [...cyclesOf(fileGraph(workspace)), ...cyclesOf(packageGraph(workspace))].map((cycle) =>
    error(cycle[0]!, `import cycle: ${[...cycle, cycle[0]].join(' -> ')}`),
  );
}

function fileGraph(workspace: Workspace): Graph {
  const graph = new Map<string, string[]>();
  const byPath = new Map(
    workspace.packages.flatMap((pkg) => pkg.files.map((file) => [file.path, file.where])),
  );
  for (const file of workspace.packages.flatMap((pkg) => pkg.files)) {
    const targets = file.imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => byPath.get(sourceOf(resolve(dirname(file.path), specifier))))
      .filter((target) => target !== undefined);
    graph.set(file.where, targets);
  }
  return graph;
}

/** Imports say `x.js`, which is `x.ts` here. */
function sourceOf(path: string): string {
  return existsSync(path) ? path : path.replace(/js$/, 'ts');
}

/** Packages are built in the order of what they declare, whether for tests or not. */
function packageGraph(workspace: Workspace): Graph {
  const names = new Map(workspace.packages.map((pkg) => [pkg.manifest.name, pkg.where]));
  return new Map(
    workspace.packages.map(({ where, manifest }) => {
      const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest;
      const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies, ...devDependencies };
      return [where, Object.keys(declared).flatMap((name) => names.get(name) ?? [])];
    }),
  );
}

/** One cycle for every edge that closes one, found by depth-first search. */
function cyclesOf(graph: Graph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (node: string) => {
    if (done.has(node)) return;
    const start = trail.indexOf(node);
    if (start >= 0) {
      cycles.push(trail.slice(start));
      return;
    }
    trail.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    trail.pop();
    done.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return cycles;
}
