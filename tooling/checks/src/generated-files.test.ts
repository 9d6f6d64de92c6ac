import { expect, it } from 'vitest';
import { generatedFiles } from './generated-files.js';
import { inWorkspace, manifest } from './workspace.fixture.js';

const begin = '<!-- generated: package graph -->';
const end = '<!-- /generated -->';

it('draws the graph between its marks, from the top layer down, and touches nothing else', async () => {
  const graph = await inWorkspace(
    {
      'ARCHITECTURE.md': `before\n${begin}\nold\n${end}\nafter\n`,
      'packages/errors/package.json': manifest('errors'),
      'packages/driver/package.json': manifest('driver', {
        dependencies: { '@terrane/errors': 'workspace:^' },
      }),
      'apps/cli/package.json': manifest('cli', { dependencies: { '@terrane/driver': 'workspace:^' } }),
      'tooling/checks/package.json': manifest('checks'),
    },
    (workspace) => generatedFiles(workspace).get('ARCHITECTURE.md')!,
  );
  expect(graph.startsWith(`before\n${begin}\n\n| layer |`)).toBe(true);
  expect(graph.endsWith(`\n\n${end}\nafter\n`)).toBe(true);
  expect(graph).not.toContain('checks');
  expect(
    [...graph.matchAll(/^\| (\d).* (–|[a-z, ]+) \| (?:browser, )?Node \|$/gm)].map((row) => row.slice(1)),
  ).toEqual([
    ['6', 'driver'],
    ['1', 'errors'],
    ['0', '–'],
  ]);
});

it('refuses a page that lost its marks', async () => {
  await expect(inWorkspace({ 'ARCHITECTURE.md': 'text' }, generatedFiles)).rejects.toThrow('lacks the marks');
});
