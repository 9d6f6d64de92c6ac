import { join } from 'node:path';
import ts from 'typescript';
import type { Fence, Page } from './pages.js';

/**
 * What TypeScript says about the `ts` fences of the pages, by page and line, with the options of the packages.
 * The code is compiled where its owner's would lie, without being written there.
 */
export function typeErrors(root: string, pages: readonly Page[]): string[] {
  const examples = new Map<string, { readonly page: Page; readonly fence: Fence }>();
  for (const page of pages) {
    for (const fence of page.fences) {
      if (fence.language !== 'ts' && fence.language !== 'typescript') continue;
      examples.set(join(root, page.owner, '.fences', `${examples.size}.mts`), { page, fence });
    }
  }
  if (examples.size === 0) return [];
  const options = compilerOptions(root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => examples.has(path) || fileExists(path);
  host.readFile = (path) => examples.get(path)?.fence.code ?? readFile(path);
  host.getSourceFile = (path, version, ...more) => {
    const example = examples.get(path);
    return example
      ? ts.createSourceFile(path, example.fence.code, version, true)
      : getSourceFile(path, version, ...more);
  };
  const program = ts.createProgram([...examples.keys()], options, host);
  return [...examples].flatMap(([path, { page, fence }]) => {
    const file = program.getSourceFile(path)!;
    const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return diagnostics.map(({ start, messageText }) => {
      const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
      return `${page.name}:${fence.line + line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

function compilerOptions(root: string): ts.CompilerOptions {
  const path = join(root, 'tooling', 'config', 'tsconfig.json');
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  const { compilerOptions } = config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, root);
  return { ...options, typeRoots: [join(root, 'node_modules', '@types')] };
}
