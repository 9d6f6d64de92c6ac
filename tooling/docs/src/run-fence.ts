import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@terrane/oracles';
import type { Fence } from './pages.js';

/** What a line of the code should print, and what it did. */
export interface Comparison {
  /** The line of the page. */
  readonly line: number;
  readonly expected: string;
  readonly printed: string;
}

const prelude = `import { format as $format } from 'node:util'; const $said = {};
const $say = (line) => (...values) => { ($said[line] ??= []).push($format(...values)); };
process.once('exit', () => process.stdout.write('\\n$said' + JSON.stringify($said)));`;

/**
 * Runs the code of a fence as a module of its owner, in a process and an empty folder of its own.
 * `console.log(x) // -> text` compares what is printed with the text; comments of their own on the lines
 * that follow go on with it.
 *
 * @throws Error with what the process wrote, when the code fails.
 */
export async function runFence(root: string, owner: string, fence: Fence): Promise<Comparison[]> {
  const { code, expectations } = instrument(fence.code);
  using folder = temporaryFolder();
  for (const [name, source] of fence.files) copyFileSync(join(root, source), folder.join(name));
  // Beside the package's own modules, so that it finds itself and what it depends on.
  const modules = join(root, owner, '.fences');
  mkdirSync(modules, { recursive: true });
  const file = join(modules, `${randomUUID()}.${fence.language === 'js' ? 'mjs' : 'mts'}`);
  writeFileSync(file, `${prelude.replaceAll('\n', ' ')} ${code}\n`);
  try {
    const output = await run(root, file, folder.path);
    const said = JSON.parse(output.slice(output.lastIndexOf('$said') + 5));
    return expectations.map(({ at, expected }) => ({
      line: fence.line + at,
      expected,
      printed: tidy((said[at] ?? ['(nothing)']).join('\n')),
    }));
  } finally {
    rmSync(file, { force: true });
  }
}

/** Turns the annotated calls of console.log into calls that are remembered by their line. */
function instrument(code: string) {
  const expectations: { at: number; expected: string }[] = [];
  const lines = code.split('\n');
  for (const [at, line] of lines.entries()) {
    const match = /^(.*?)console\.log(\(.*\);?\s*)\/\/ ->\s?(.*)$/.exec(line);
    if (!match) continue;
    const expected = [match[3]!];
    for (let next = at + 1; /^\s*\/\//.test(lines[next] ?? ''); next++) {
      expected.push(lines[next]!.replace(/^\s*\/\//, ''));
    }
    expectations.push({ at, expected: tidy(expected.join('\n')) });
    lines[at] = `${match[1]}$say(${at})${match[2]}`;
  }
  return { code: lines.join('\n'), expectations };
}

/** Indentation and blank lines are left to the page. */
function tidy(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

function run(root: string, file: string, cwd: string): Promise<string> {
  const source = process.env.TEST_DIST ? [] : ['--conditions=@terrane/source'];
  const loader = pathToFileURL(join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...source, '--import', loader, file], { cwd, timeout: 50_000 });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      complaint += chunk;
    });
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(`the example failed (${status}):\n${complaint}`));
    });
  });
}
