import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** One fenced block of code. */
export interface Fence {
  /** The word after the backticks: `ts`, `bash`, `text` … */
  readonly language: string;
  readonly code: string;
  /** The line of the page on which the code begins, from 1. */
  readonly line: number;
  /** Files to put beside the code before it runs: their names there, to their places in the project. */
  readonly files: ReadonlyMap<string, string>;
}

/** One Markdown page of the project. */
export interface Page {
  /** Relative to the project. */
  readonly name: string;
  /** The folder whose packages its code may import: the package it lies in, or the one of this tool. */
  readonly owner: string;
  readonly text: string;
  readonly fences: readonly Fence[];
}

const here = join('tooling', 'docs');

/** Every README of the workspace, the pages at its root, and all of docs. */
export function readPages(root: string): Page[] {
  const names = [
    ...readdirSync(root).filter((name) => name.endsWith('.md')),
    ...markdownUnder(root, 'docs'),
    ...['packages', 'apps', 'tooling'].flatMap((group) =>
      list(join(root, group)).flatMap((name) =>
        list(join(root, group, name))
          .filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md')
          .map((file) => join(group, name, file)),
      ),
    ),
  ];
  return names.map((name) => {
    const text = readFileSync(join(root, name), 'utf8');
    const [group, member] = name.split(sep);
    const owner = member && group !== 'docs' ? join(group!, member) : here;
    return { name, owner, text, fences: fencesOf(text) };
  });
}

/**
 * The fences of a page. A comment `<!-- files: there.h5=packages/x/fixtures/here.h5 -->` before a fence puts
 * copies of files beside its code.
 */
export function fencesOf(text: string): Fence[] {
  const fences: Fence[] = [];
  let files = new Map<string, string>();
  let open: { language: string; line: number; lines: string[]; margin: string } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const mark = /^(\s*)```\s*(\S*)/.exec(line);
    if (open && mark && mark[2] === '') {
      fences.push({ language: open.language, code: open.lines.join('\n'), line: open.line, files });
      open = undefined;
      files = new Map();
    } else if (open) {
      open.lines.push(line.startsWith(open.margin) ? line.slice(open.margin.length) : line);
    } else if (mark) {
      open = { language: mark[2]!, line: index + 2, lines: [], margin: mark[1]! };
    } else {
      const given = /<!--\s*files:\s*(.*?)\s*-->/.exec(line);
      if (given) files = new Map(given[1]!.split(/\s+/).map((pair) => pair.split('=') as [string, string]));
    }
  }
  if (open) throw new Error(`the fence of line ${open.line - 1} is not closed`);
  return fences;
}

function markdownUnder(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => relative(root, join(root, folder, name)));
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).map(({ name }) => name) : [];
}
