import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkCommands } from './check-commands.js';
import { brokenLinks } from './check-links.js';
import { fencesOf } from './pages.js';
import { runFence } from './run-fence.js';
import { typeErrors } from './type-errors.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs Markdown as a page of this folder; returns what was compared. */
async function compare(...lines: string[]) {
  const [fence] = fencesOf(lines.join('\n'));
  return await runFence(root, 'tooling/docs', fence!);
}

describe('runFence', () => {
  it('compares what is printed with what the comments say', async () => {
    const compared = await compare(
      'Text.',
      '```ts',
      "import { isTerraneError } from '@terrane/errors';",
      'const n: number = 41;',
      'console.log(n + 1, isTerraneError(n)); // -> 42 false',
      'console.log(`two\\n  lines`); // -> two',
      '//                              lines',
      'console.log("wrong") // -> right',
      'if (n === 0) console.log("never"); // -> never',
      '```',
    );
    expect(compared).toEqual([
      { line: 5, expected: '42 false', printed: '42 false' },
      { line: 6, expected: 'two\nlines', printed: 'two\nlines' },
      { line: 8, expected: 'right', printed: 'wrong' },
      { line: 9, expected: 'never', printed: '(nothing)' },
    ]);
  });

  it('fails when the code fails, or imports what there is not', async () => {
    await expect(compare('```js', 'throw new Error("on purpose");', '```')).rejects.toThrow('on purpose');
    await expect(compare('```ts', "import '@terrane/absent';", '```')).rejects.toThrow('@terrane/absent');
  });

  it('runs in an empty folder with the files it was given', async () => {
    const [compared] = await compare(
      '<!-- files: a.h5=packages/hdf5/fixtures/empty.h5 -->',
      '```ts',
      "import { readdirSync } from 'node:fs';",
      "console.log(readdirSync('.').join()); // -> a.h5",
      '```',
    );
    expect(compared!.printed).toBe('a.h5');
  });
});

it('typeErrors finds what runs, and is still wrong', () => {
  const text = [
    '```ts',
    "import { isTerraneError } from '@terrane/errors';",
    'const count: number = "one";',
    'console.log(isTerraneError(await Promise.resolve(count), 5));',
    '```',
    '```ts',
    "import { readFileSync } from 'node:fs';",
    'using nothing = { [Symbol.dispose]: () => void readFileSync(".") };',
    '```',
  ].join('\n');
  const page = { name: 'README.md', owner: 'tooling/docs', text, fences: fencesOf(text) };
  expect(typeErrors(root, [page])).toEqual([
    "README.md:3: Type 'string' is not assignable to type 'number'.",
    "README.md:4: Argument of type 'number' is not assignable to parameter of type 'string'.",
  ]);
});

it('fencesOf tells languages and lines, and takes off indentation', () => {
  const fences = fencesOf('a\n```ts\nx\n```\n- item\n  ```text\n  y\n    z\n  ```\n');
  expect(fences.map(({ language, code, line }) => ({ language, code, line }))).toEqual([
    { language: 'ts', code: 'x', line: 3 },
    { language: 'text', code: 'y\n  z', line: 7 },
  ]);
  expect(() => fencesOf('```ts\nx')).toThrow('line 1 is not closed');
});

it('checkCommands finds programs, scripts and packages that do not exist', () => {
  expect(
    checkCommands(
      root,
      'npm test\nnpm start -- FILE.h5 # with a file\n.ci/run\npnpm generate\nnpm install @terrane/errors\n',
    ),
  ).toEqual([]);
  expect(
    checkCommands(root, 'frobnicate\nnpm run absent\npnpm absent\n./absent\nnpm i @terrane/absent'),
  ).toEqual([
    'frobnicate is not a program that readers are known to have',
    'there is no script absent',
    'there is no script absent',
    'there is no ./absent',
    'there is no package @terrane/absent',
  ]);
});

it('brokenLinks finds links to files that are not there', () => {
  const text = '[a](package.json#x) [b](https://x.example) [c](#here) [d](absent.md)\n```text\n[e](f)\n```';
  expect(brokenLinks(root, { name: 'README.md', owner: '', text, fences: [] })).toEqual(['absent.md']);
});
