import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBrowser } from './check-browser.js';
import { checkCycles } from './check-cycles.js';
import { checkDocComments } from './check-doc-comments.js';
import { checkErrors } from './check-errors.js';
import { checkHabits } from './check-habits.js';
import { checkLayers } from './check-layers.js';
import { checkManifests } from './check-manifests.js';
import { error, type Finding } from './finding.js';
import { generatedFiles } from './generated-files.js';
import { readWorkspace } from './workspace.js';

/*
 * pnpm check:layers    fails when anything the checks stand for does not hold
 * pnpm generate        writes the generated files
 */
const workspace = readWorkspace(fileURLToPath(new URL('../../..', import.meta.url)));
const write = process.argv.includes('--write');

const findings: Finding[] = [];
for (const [name, text] of generatedFiles(workspace)) {
  const path = join(workspace.root, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (write) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${name}`);
  } else {
    findings.push(error(name, 'is out of date; `pnpm generate` writes it'));
  }
}
if (!write) {
  findings.push(
    ...checkManifests(workspace),
    ...checkLayers(workspace),
    ...checkCycles(workspace),
    ...checkDocComments(workspace),
    ...checkErrors(workspace),
    ...checkHabits(workspace),
    ...(await checkBrowser(workspace)),
  );
}
for (const { level, where, message } of findings) console.log(`${level}: ${where}: ${message}`);
const errors = findings.filter(({ level }) => level === 'error').length;
const files = workspace.packages.reduce((sum, pkg) => sum + pkg.files.length, 0);
console.log(
  `${workspace.packages.length} packages, ${files} files: ${errors} errors, ${findings.length - errors} warnings`,
);
process.exitCode = errors > 0 ? 1 : 0;
