import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { temporaryFolder } from '@terrane/oracles';
import type { Finding } from './finding.js';
import type { LayerRow } from './layer-table.js';
import { readWorkspace, type Workspace } from './workspace.js';

/** A small table for made-up workspaces: `bottom` runs anywhere, `middle` and `beside` share a layer. */
export const smallTable: Readonly<Record<string, LayerRow>> = {
  bottom: { layer: 0, imports: [], runsIn: 'anywhere', is: 'the floor' },
  middle: { layer: 1, imports: ['bottom'], runsIn: 'node', is: 'in between' },
  beside: { layer: 1, imports: ['bottom'], runsIn: 'node', is: 'in between, too' },
  top: { layer: 2, imports: ['middle'], runsIn: 'node', is: 'the roof' },
  kit: { layer: 2, imports: [], runsIn: 'node', is: 'for tests', forTests: true },
};

/** Makes a workspace of `files` in a temporary folder, reads it, and hands it to `use`. */
export async function inWorkspace<T>(
  files: Readonly<Record<string, string>>,
  use: (workspace: Workspace) => T | Promise<T>,
): Promise<T> {
  using folder = temporaryFolder();
  for (const [name, text] of Object.entries({ 'package.json': manifest('root'), ...files })) {
    mkdirSync(dirname(folder.join(name)), { recursive: true });
    writeFileSync(folder.join(name), text);
  }
  return await use(readWorkspace(folder.path));
}

/** The text of a package.json with one entry, `src/index.ts`. */
export function manifest(name: string, fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    name: `@terrane/${name}`,
    type: 'module',
    exports: { '.': { '@terrane/source': './src/index.ts', default: './dist/index.js' } },
    ...fields,
  });
}

/** What findings say, in the form the command prints them. */
export function said(findings: readonly Finding[]): string[] {
  return findings.map(({ level, where, message }) => `${level}: ${where}: ${message}`);
}
