import ts from 'typescript';
import type { Package, SourceFile } from './workspace.js';

/** One declared error code. */
export interface ErrorRow {
  readonly code: string;
  readonly summary: string;
  readonly retry: string;
  readonly where: string;
}

/** The codes that a package declares with `declareErrors`, in the order of its table. */
export function errorRows(pkg: Package): ErrorRow[] {
  return pkg.files.filter((file) => !file.isTest && file.text.includes('declareErrors(')).flatMap(rowsOf);
}

/** The names a file uses as `anything.NAME(…)`, or as a string: a table from system errors to codes, say. */
export function usedNames(file: SourceFile): Set<string> {
  const names = new Set<string>();
  visit(parse(file), (node) => {
    if (ts.isStringLiteralLike(node)) names.add(node.text);
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      names.add(node.expression.name.text);
    }
  });
  return names;
}

function rowsOf(file: SourceFile): ErrorRow[] {
  const rows: ErrorRow[] = [];
  const source = parse(file);
  visit(source, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText(source) !== 'declareErrors') return;
    const table = node.arguments[1];
    if (!table || !ts.isObjectLiteralExpression(table)) return;
    for (const property of table.properties) {
      if (!ts.isPropertyAssignment(property)) continue;
      const line = source.getLineAndCharacterOfPosition(property.getStart(source)).line + 1;
      rows.push({
        code: property.name.getText(source),
        summary: member(property.initializer, 'summary') ?? '',
        retry: member(property.initializer, 'retry') ?? 'no',
        where: `${file.where}:${line}`,
      });
    }
  });
  return rows;
}

function member(node: ts.Expression, name: string): string | undefined {
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const property = node.properties.find((candidate) => candidate.name?.getText() === name);
  return property && ts.isPropertyAssignment(property) ? text(property.initializer) : undefined;
}

function text(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node)) return undefined;
  return `${text(node.left) ?? ''}${text(node.right) ?? ''}`;
}

function parse(file: SourceFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true);
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}
