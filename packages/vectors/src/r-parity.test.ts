import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { functions, methods, type ParityRow } from './r-parity.fixture.js';

/** What the namespace of R's mmap 0.6-24 exports. */
const exported =
  `mmap munmap msync mprotect mmapFlags is.mmap as.mmap tempmmap extractFUN extractFUN<- replaceFUN replaceFUN<-
char uchar int8 uint8 int16 uint16 int24 uint24 int32 int64 real32 real64 cplx bits logi8 logi32 cstring is.cstring
cstring.MaxWidth pad struct as.struct is.struct as.Ctype is.Ctype nbytes sizeof sizeofCtypes as.char as.uchar as.int8 as.uint8
as.int16 as.uint16 as.int24 as.cstring make.fixedwidth mmap.csv is.na.mmap dim.mmap dim<-.mmap dimnames.mmap dimnames<-.mmap
is.array.mmap`.split(/\s+/);

it('every exported function and every mode has a row', () => {
  expect(functions.map(({ r }) => r)).toEqual(exported);
  expect(exported.length).toBe(56);
});

it('every row names a test that there is', () => {
  for (const { r, test } of [...functions, ...methods]) {
    const [file, title] = test;
    const text = readFileSync(new URL(file, import.meta.url), 'utf8');
    expect(text.includes(`('${title}`) || text.includes(`it("${title}`), `${r}: ${title}`).toBe(true);
  }
});

it('the page is made of the rows (vitest -u writes it)', async () => {
  const table = (rows: readonly ParityRow[]) =>
    rows
      .map(
        ({ r, ours, test, difference }) =>
          `| \`${r}\` | ${ours} | ${test[1].replace(':', '')} | ${difference} |`,
      )
      .join('\n');
  const head = '| R | here | tested by | differs on purpose |\n| --- | --- | --- | --- |\n';
  const page = `# R's mmap, function by function

Made from the table in \`src/r-parity.fixture.ts\`; every row names a test. Tests that begin with a B are the known defects
of R's mmap 0.6-24 by number, those that begin with a number its cases; all have the right result here.

## Exported functions and modes

${head}${table(functions)}

## Methods for R's own functions

${head}${table(methods)}
`;
  await expect(page).toMatchFileSnapshot('../R-MMAP.md');
});
