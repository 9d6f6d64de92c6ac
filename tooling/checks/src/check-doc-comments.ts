import { relative } from 'node:path';
import ts from 'typescript';
import { error, type Finding } from './finding.js';
import { entriesOf, type Workspace } from './workspace.js';

/** Everything a package exports, on any of its entries, says what it is. */
export function checkDocComments(workspace: Workspace): Finding[] {
  const packages = workspace.packages.filter((pkg) => pkg.group === 'packages');
  const entries = packages.flatMap((pkg) =>
    [...entriesOf(pkg)].map(([subpath, path]) => ({ pkg, subpath, path })),
  );
  // Comments and re-exports are all that is looked at: no libraries, no diagnostics.
  const program = ts.createProgram(
    entries.map(({ path }) => path),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      customConditions: ['@terrane/source'],
      noLib: true,
      types: [],
    },
  );
  const checker = program.getTypeChecker();
  const findings = new Map<string, Finding>();
  for (const { pkg, subpath, path } of entries) {
    const file = program.getSourceFile(path);
    const module = file && checker.getSymbolAtLocation(file);
    for (const exported of module ? checker.getExportsOfModule(module) : []) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const declaration = symbol.declarations?.[0];
      if (!declaration || ts.isSourceFile(declaration)) continue;
      if (symbol.getDocumentationComment(checker).length > 0) continue;
      const source = declaration.getSourceFile();
      const line = source.getLineAndCharacterOfPosition(declaration.getStart()).line + 1;
      const where = `${relative(workspace.root, source.fileName)}:${line}`;
      const entry = pkg.manifest.name + subpath.slice(1);
      findings.set(where, error(where, `${exported.name}, exported by ${entry}, has no doc comment`));
    }
  }
  return [...findings.values()];
}
