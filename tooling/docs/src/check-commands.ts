import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that a reader may be asked to run, besides those the project makes itself. */
const programs = new Set(['cd', 'git', 'h5dump', 'node', 'npm', 'npx', 'pnpm', 'python3', 'sudo', 'terrane']);
const builtins = new Set(['add', 'ci', 'exec', 'i', 'install', 'init', 'publish', 'run', 'start', 'test']);

/** What is wrong with the commands of a shell fence: programs nobody knows, scripts and packages that do not exist. */
export function checkCommands(root: string, code: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return code.split('\n').flatMap((line) => {
    const words = line.replace(/#.*$/, '').trim().split(/\s+/);
    const [program, ...rest] = words[0] === '$' ? words.slice(1) : words;
    if (!program) return [];
    if (/^\.{0,2}\//.test(program) || program.startsWith('.ci/')) {
      return existsSync(join(root, program)) ? [] : [`there is no ${program}`];
    }
    if (!programs.has(program)) return [`${program} is not a program that readers are known to have`];
    const packages = rest.filter((word) => /^@terrane\//.test(word));
    const missing = packages
      .filter((name) => !isPackage(root, name))
      .map((name) => `there is no package ${name}`);
    const [first, second] = rest.filter((word) => !word.startsWith('-'));
    const script = first === 'run' ? second : first;
    const isScript =
      (program === 'npm' && first === 'run') || (program === 'pnpm' && !rest.includes('--filter'));
    if (isScript && script && !builtins.has(script) && !scripts[script])
      missing.push(`there is no script ${script}`);
    return missing;
  });
}

function isPackage(root: string, name: string): boolean {
  return ['packages', 'apps'].some((group) => existsSync(join(root, group, name.replace('@terrane/', ''))));
}
