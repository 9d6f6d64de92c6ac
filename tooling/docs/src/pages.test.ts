import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkCommands } from './check-commands.js';
import { brokenLinks } from './check-links.js';
import { readPages } from './pages.js';
import { runFence } from './run-fence.js';
import { typeErrors } from './type-errors.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const scripts = ['ts', 'js', 'typescript', 'javascript', 'mjs', 'mts'];
const shells = ['bash', 'sh', 'shell', 'console'];

describe.concurrent.each(readPages(root).map((page) => [page.name, page] as const))('%s', (_, page) => {
  it('has no broken links', ({ expect }) => {
    expect(brokenLinks(root, page)).toEqual([]);
  });

  for (const fence of page.fences) {
    const name = `line ${fence.line} (${fence.language || 'no language'})`;
    if (scripts.includes(fence.language)) {
      it(`${name} runs and prints what it says`, async ({ expect }) => {
        for (const { line, expected, printed } of await runFence(root, page.owner, fence)) {
          expect(printed, `${page.name}:${line}`).toBe(expected);
        }
      });
    } else if (shells.includes(fence.language)) {
      it(`${name} names commands that exist`, ({ expect }) => {
        expect(checkCommands(root, fence.code)).toEqual([]);
      });
    } else {
      it(`${name} says what it is`, ({ expect }) => {
        expect(fence.language).toMatch(/^(text|json|jsonc|yaml|html|diff|c|python|r|mermaid)$/);
      });
    }
  }
});

it('the examples have no type errors', () => {
  expect(typeErrors(root, readPages(root))).toEqual([]);
});

it('there are pages', () => {
  expect(readPages(root).map(({ name }) => name)).toContain('README.md');
});
