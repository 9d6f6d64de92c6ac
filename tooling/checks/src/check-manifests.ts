import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { error, type Finding, warning } from './finding.js';
import type { Package, Workspace } from './workspace.js';

const readmeLines = { least: 40, most: 70 };
const required = ['description', 'license', 'engines', 'sideEffects', 'files', 'publishConfig'] as const;

/** What is published says what it is, and offers outside what it offers inside, but for the sources. */
export function checkManifests(workspace: Workspace): Finding[] {
  return workspace.packages.filter(({ group }) => group === 'packages').flatMap(checkPackage);
}

function checkPackage(pkg: Package): Finding[] {
  const { manifest, where } = pkg;
  const findings = required
    .filter((field) => !(field in manifest))
    .map((field) => error(`${where}/package.json`, `${field} is missing`));
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    const published = manifest.publishConfig?.exports?.[subpath];
    if (JSON.stringify(withoutSource(target)) !== JSON.stringify(published)) {
      findings.push(
        error(`${where}/package.json`, `publishConfig.exports differs from exports at ${subpath}`),
      );
    }
  }
  for (const subpath of Object.keys(manifest.publishConfig?.exports ?? {})) {
    if (!manifest.exports?.[subpath]) {
      findings.push(error(`${where}/package.json`, `exports lacks ${subpath}, which is published`));
    }
  }
  return [...findings, ...checkReadme(pkg)];
}

function withoutSource(target: string | Readonly<Record<string, string>>) {
  if (typeof target === 'string') return target;
  const { '@terrane/source': _, ...published } = target;
  return published;
}

function checkReadme({ folder, where }: Package): Finding[] {
  const path = join(folder, 'README.md');
  if (!existsSync(path)) return [error(where, 'there is no README.md')];
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').length;
  if (lines >= readmeLines.least && lines <= readmeLines.most) return [];
  return [
    warning(
      `${where}/README.md`,
      `${lines} lines; ${readmeLines.least} to ${readmeLines.most} are the habit`,
    ),
  ];
}
