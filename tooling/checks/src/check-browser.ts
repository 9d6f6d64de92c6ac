import { createContext, runInContext } from 'node:vm';
import { type BuildFailure, build, type Message } from 'esbuild';
import { error, type Finding } from './finding.js';
import { type LayerRow, layerTable } from './layer-table.js';
import { entriesOf, type Package, type Workspace } from './workspace.js';

/** What a page offers that our code may touch while it loads; nothing of Node's own. */
const webGlobals = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'clearTimeout',
  'console',
  'crypto',
  'DOMException',
  'Event',
  'EventTarget',
  'fetch',
  'performance',
  'queueMicrotask',
  'setTimeout',
  'structuredClone',
  'TextDecoder',
  'TextEncoder',
  'URL',
] as const;

/** Every entry of a package that runs anywhere bundles for a browser, and loads with no global of Node's. */
export async function checkBrowser(
  workspace: Workspace,
  table: Readonly<Record<string, LayerRow>> = layerTable,
): Promise<Finding[]> {
  const safe = workspace.packages.filter(
    (pkg) => pkg.group === 'packages' && table[pkg.short]?.runsIn === 'anywhere',
  );
  const findings = await Promise.all(safe.map((pkg) => checkPackage(workspace, pkg)));
  return findings.flat();
}

async function checkPackage(workspace: Workspace, pkg: Package): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [subpath, entry] of entriesOf(pkg)) {
    const name = pkg.manifest.name + subpath.slice(1);
    const code = await bundle(workspace.root, entry);
    if (typeof code !== 'string') {
      findings.push(...code.map((message) => unbundled(pkg, name, message)));
      continue;
    }
    try {
      const available = Object.fromEntries(webGlobals.map((key) => [key, globalThis[key]]));
      runInContext(code, createContext(available), { filename: `${name} (bundled)` });
    } catch (cause) {
      findings.push(error(pkg.where, `${name} does not load in a browser: ${cause}`));
    }
  }
  return findings;
}

async function bundle(root: string, entry: string): Promise<string | readonly Message[]> {
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      absWorkingDir: root,
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      globalName: 'entry',
      target: 'es2022',
      conditions: ['@terrane/source'],
      logLevel: 'silent',
    });
    return outputFiles[0]!.text;
  } catch (cause) {
    return (cause as BuildFailure).errors ?? [{ text: String(cause), location: null }];
  }
}

function unbundled(pkg: Package, name: string, { text, location }: Message): Finding {
  const where = location ? `${location.file}:${location.line}` : pkg.where;
  return error(where, `${name} must run in a browser: ${text}`);
}
