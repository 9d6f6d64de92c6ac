import { builtinModules } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { error, type Finding } from './finding.js';
import { allowedImports, appLayer, type LayerRow, layerTable } from './layer-table.js';
import type { ImportSite, Package, SourceFile, Workspace } from './workspace.js';

type Table = Readonly<Record<string, LayerRow>>;

/** Imports go down the layers only, and only to what the package declares that it depends on. */
export function checkLayers(workspace: Workspace, table: Table = layerTable): Finding[] {
  const findings = checkTable(table);
  const byName = new Map(workspace.packages.map((pkg) => [pkg.manifest.name, pkg]));
  for (const pkg of workspace.packages) {
    if (pkg.group === 'packages' && !table[pkg.short]) {
      findings.push(error(pkg.where, `${pkg.manifest.name} has no row in the layer table`));
    }
    findings.push(...checkManifest(pkg, byName, table));
    for (const file of pkg.files) {
      for (const site of file.imports) {
        const message = checkImport(workspace, pkg, file, site, byName, table);
        if (message) findings.push(error(`${file.where}:${site.line}`, message));
      }
    }
  }
  return findings;
}

/** The table itself must descend. */
function checkTable(table: Table): Finding[] {
  return Object.entries(table).flatMap(([name, row]) =>
    row.imports
      .filter((target) => !(table[target] && table[target].layer < row.layer))
      .map((target) => error('layer table', `${name} may not name ${target}: it is not on a lower layer`)),
  );
}

/** A dependency that is declared and not used would still be installed, and built first. */
function checkManifest(pkg: Package, byName: ReadonlyMap<string, Package>, table: Table): Finding[] {
  const findings: Finding[] = [];
  for (const [field, forTest] of [
    ['dependencies', false],
    ['peerDependencies', false],
    ['optionalDependencies', false],
    ['devDependencies', true],
  ] as const) {
    for (const name of Object.keys(pkg.manifest[field] ?? {})) {
      const target = byName.get(name);
      const refusal = target && refuse(pkg, target, forTest, table);
      if (refusal) findings.push(error(`${pkg.where}/package.json`, `${field}: ${refusal}`));
    }
  }
  return findings;
}

function checkImport(
  workspace: Workspace,
  pkg: Package,
  file: SourceFile,
  site: ImportSite,
  byName: ReadonlyMap<string, Package>,
  table: Table,
): string | undefined {
  const { specifier } = site;
  if (specifier.startsWith('.')) {
    const leaves = relative(pkg.folder, resolve(dirname(file.path), specifier)).startsWith('..');
    return leaves ? `${specifier} leaves the package; import the package it belongs to` : undefined;
  }
  if (specifier.startsWith('node:')) return undefined;
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const target = byName.get(name);
  const refusal = target && refuse(pkg, target, file.isTest, table);
  if (refusal) return refusal;
  if (name !== pkg.manifest.name && !isDeclared(workspace, pkg, name, file.isTest)) {
    return `${name} is not declared in ${pkg.where}/package.json${file.isTest ? '' : ' as a dependency'}`;
  }
  return undefined;
}

/** Why `pkg` may not import `target`; tests may also use tools and whatever lies lower. */
function refuse(pkg: Package, target: Package, forTest: boolean, table: Table): string | undefined {
  if (pkg === target || pkg.group === 'tooling') return undefined;
  if (target.group === 'tooling' || table[target.short]?.forTests) {
    return forTest ? undefined : `${target.manifest.name} is for tests only`;
  }
  if (target.group === 'apps') return `nothing imports an app, such as ${target.manifest.name}`;
  const from = pkg.group === 'apps' ? appLayer : (table[pkg.short]?.layer ?? Number.NEGATIVE_INFINITY);
  const to = table[target.short]?.layer ?? Number.POSITIVE_INFINITY;
  if (to >= from) {
    const direction = to > from ? 'up' : 'sideways';
    return `${pkg.manifest.name} (layer ${from}) imports ${direction}: ${target.manifest.name} (layer ${to})`;
  }
  if (forTest || pkg.group === 'apps' || allowedImports(pkg.short, table).has(target.short)) return undefined;
  return `the layer table does not let ${pkg.manifest.name} import ${target.manifest.name}`;
}

function isDeclared(workspace: Workspace, pkg: Package, name: string, forTest: boolean): boolean {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = pkg.manifest;
  const shipped = [dependencies, peerDependencies, optionalDependencies];
  const local = [devDependencies, workspace.manifest.devDependencies];
  // What is never published may lean on the workspace's own development dependencies.
  const fields = forTest || pkg.group === 'tooling' ? [...shipped, ...local] : shipped;
  return fields.some((field) => field !== undefined && name in field);
}
