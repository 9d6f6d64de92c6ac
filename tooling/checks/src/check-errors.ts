import { errorRows, usedNames } from './error-table.js';
import { error, type Finding } from './finding.js';
import type { Workspace } from './workspace.js';

/** Every declared error code is explained, thrown somewhere, and met in a test. */
export function checkErrors(workspace: Workspace): Finding[] {
  const packages = workspace.packages.filter((pkg) => pkg.group !== 'tooling');
  const files = packages.flatMap((pkg) => pkg.files);
  const thrown = new Set(files.filter((file) => !file.isTest).flatMap((file) => [...usedNames(file)]));
  const tests = files.filter((file) => file.isTest).map((file) => file.text);
  const findings: Finding[] = [];
  const declared = new Map<string, string>();
  for (const { code, summary, where } of packages.flatMap(errorRows)) {
    if (declared.has(code))
      findings.push(error(where, `${code} is declared at ${declared.get(code)} already`));
    declared.set(code, where);
    if (summary === '')
      findings.push(error(where, `${code} has no summary, or one that is not a plain string`));
    if (!thrown.has(code)) findings.push(error(where, `${code} is never thrown`));
    if (!tests.some((text) => text.includes(code))) findings.push(error(where, `no test meets ${code}`));
  }
  return findings;
}
