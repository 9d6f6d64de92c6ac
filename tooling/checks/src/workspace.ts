import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

type PackageExports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** The part of a package.json that the checks look at. */
export interface PackageManifest {
  readonly name: string;
  readonly exports?: PackageExports;
  readonly publishConfig?: { readonly exports?: PackageExports };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** One import, re-export or dynamic import. */
export interface ImportSite {
  readonly specifier: string;
  readonly line: number;
}

/** One source file of a package. */
export interface SourceFile {
  readonly path: string;
  /** Relative to the project: what findings name. */
  readonly where: string;
  readonly text: string;
  /** Whether it is for tests or benchmarks: it ships to nobody. */
  readonly isTest: boolean;
  readonly imports: readonly ImportSite[];
}

/** One package, app or tool of the workspace. */
export interface Package {
  /** Without the scope: `driver`. */
  readonly short: string;
  readonly group: 'packages' | 'apps' | 'tooling';
  readonly folder: string;
  readonly where: string;
  readonly manifest: PackageManifest;
  readonly files: readonly SourceFile[];
}

/** Everything the checks read, read once. */
export interface Workspace {
  readonly root: string;
  readonly manifest: PackageManifest;
  readonly packages: readonly Package[];
}

/** Reads the workspace at `root`: every folder with a package.json in `packages`, `apps` and `tooling`. */
export function readWorkspace(root: string): Workspace {
  const groups = ['packages', 'apps', 'tooling'] as const;
  const packages = groups.flatMap((group) =>
    foldersOf(join(root, group)).flatMap((folder) =>
      existsSync(join(folder, 'package.json')) ? [readPackage(root, group, folder)] : [],
    ),
  );
  return { root, manifest: readJson(join(root, 'package.json')), packages };
}

/** The files that a package's `exports` name as sources, by subpath. */
export function entriesOf(pkg: Package): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const [subpath, target] of Object.entries(pkg.manifest.exports ?? {})) {
    const source = typeof target === 'string' ? target : target['@terrane/source'];
    if (source?.endsWith('.ts')) entries.set(subpath, join(pkg.folder, source));
  }
  return entries;
}

function readPackage(root: string, group: Package['group'], folder: string): Package {
  const manifest = readJson(join(folder, 'package.json'));
  const files = ['src', 'bench', 'scripts']
    .flatMap((name) => sourcesUnder(join(folder, name)))
    .map((path) => readSource(root, path));
  return {
    short: manifest.name.replace(/^@[^/]*\//, ''),
    group,
    folder,
    where: relative(root, folder),
    manifest,
    files,
  };
}

function readSource(root: string, path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const found = ts.preProcessFile(text, true, true);
  const lineOf = (position: number) => text.slice(0, position).split('\n').length;
  return {
    path,
    where: relative(root, path),
    text,
    isTest: /\.(test|fixture)\.[mc]?[jt]s$|\/(bench|scripts)\//.test(path),
    imports: found.importedFiles.map(({ fileName, pos }) => ({ specifier: fileName, line: lineOf(pos) })),
  };
}

function sourcesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[mc]?[jt]s$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => join(folder, name))
    .sort();
}

function foldersOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

function readJson(path: string): PackageManifest {
  return JSON.parse(readFileSync(path, 'utf8'));
}
