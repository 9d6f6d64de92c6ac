import { error, type Finding, warning } from './finding.js';
import type { Workspace } from './workspace.js';

const maxLines = 300;

/** What must not stay behind; written so that this file does not find itself. */
const leftovers = [
  {
    pattern: /\b(?:describe|it|test|suite|bench)\s*\.\s*(only|skip|todo)\b/,
    what: 'a test that is not run as it stands',
    // A kit that makes tests for others may well skip what does not apply to them.
    inTests: true,
  },
  {
    pattern: new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['X', 'XX'].join('')})\\b`),
    what: 'a note of unfinished work',
    inTests: false,
  },
] as const;

/** Leftovers fail; a file of more than 300 lines is asked whether it is two things. */
export function checkHabits(workspace: Workspace): Finding[] {
  return workspace.packages
    .flatMap((pkg) => pkg.files)
    .flatMap(({ text, where, isTest }) => {
      const findings: Finding[] = [];
      const lines = text.split('\n');
      for (const [index, line] of lines.entries()) {
        for (const { pattern, what, inTests } of leftovers) {
          if (inTests && !isTest) continue;
          const match = pattern.exec(line);
          if (match) findings.push(error(`${where}:${index + 1}`, `${what}: ${match[0]}`));
        }
      }
      if (lines.length > maxLines) {
        findings.push(
          warning(where, `${lines.length} lines; from ${maxLines} on, ask whether it is two things`),
        );
      }
      return findings;
    });
}
