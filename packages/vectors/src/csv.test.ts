import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { enumeration, int64, optional, text, uint8 } from '@terrane/layout';
import { temporaryFolder } from '@terrane/oracles';
import { afterAll, expect, it } from 'vitest';
import { recordsFromCsv } from './csv.js';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
function csv(content: string): [string, string] {
  const name = folder.join(`c${files++}.csv`);
  writeFileSync(name, content);
  return [name, `${name}.records`];
}

it('B38: separators that mean something to a regular expression, one column, quoted names, booleans, missing values', async () => {
  const cases: [string, object, Record<string, unknown>[]][] = [
    [
      'a|b\n1|x\n2|y\n',
      { delimiter: '|' },
      [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
    ],
    ['a.b\n1.2\n', { delimiter: '.' }, [{ a: 1, b: 2 }]],
    ['only\n1\n2.5\n', {}, [{ only: 1 }, { only: 2.5 }]],
    ['"a,b","say ""hi"""\n1,"line\nline"\n', {}, [{ 'a,b': 1, 'say "hi"': 'line\nline' }]],
    [
      'yes,no\nTRUE,F\nFALSE,T\n',
      {},
      [
        { yes: true, no: false },
        { yes: false, no: true },
      ],
    ],
    [
      'a,b,c,d\n1,NA,x,\n,2.5,NA,TRUE\n',
      {},
      [
        { a: 1, b: null, c: 'x', d: null },
        { a: null, b: 2.5, c: null, d: true },
      ],
    ],
    [
      '\ufeffa;b\r\n1;é\r\n# no row\r\n2;€\r\n',
      { delimiter: ';', comment: '#' },
      [
        { a: 1, b: 'é' },
        { a: 2, b: '€' },
      ],
    ],
    [
      '1,2\n3,4\n',
      { header: false },
      [
        { V1: 1, V2: 2 },
        { V1: 3, V2: 4 },
      ],
    ],
    ['a\n-2147483648\nNA\n', {}, [{ a: -2147483648 }, { a: null }]],
    ['a\n2147483648\n', {}, [{ a: 2147483648 }]],
    ['a\nInf\nNaN\n1e3\n', {}, [{ a: Number.POSITIVE_INFINITY }, { a: Number.NaN }, { a: 1000 }]],
    ['a\nNA\n', { missing: [] }, [{ a: 'NA' }]],
  ];
  for (const [content, options, records] of cases) {
    using table = await recordsFromCsv(...csv(content), options);
    expect(table.records()).toEqual(records);
  }
});

it('columns can be declared, and others left out', async () => {
  const [from, to] = csv('id,side,skip,note\n12345678901234567890,buy,x,\n5,sell,y,ok\n');
  const columns = {
    note: optional(text(4), { sentinel: '' }),
    id: int64({ range: 'wrap' }),
    side: enumeration({ buy: 1, sell: 2 }, uint8()),
  };
  using table = await recordsFromCsv(from, to, { columns });
  expect(table.names).toEqual(['note', 'id', 'side']);
  expect(table.get(1)).toEqual({ note: 'ok', id: 5n, side: 'sell' });
});

it('streams a long file and tells how far it is', async () => {
  const count = 30_000;
  const [from, to] = csv(`n,word\n${Array.from({ length: count }, (_, i) => `${i},w${i}`).join('\n')}\n`);
  const progress: number[] = [];
  using table = await recordsFromCsv(from, to, { onProgress: (done, total) => progress.push(done / total) });
  expect([table.length, table.get(29_999)]).toEqual([count, { n: 29_999, word: 'w29999' }]);
  expect(progress.at(-1)).toBe(1);
  expect(progress.length).toBeGreaterThan(2);
  const reason = new Error('enough');
  const controller = new AbortController();
  const work = recordsFromCsv(from, to, {
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await expect(work).rejects.toBe(reason);
});

it('says the line of what does not fit, and leaves the file as it was', async () => {
  const cases: [string, object, RegExp][] = [
    ['a,b\n1,2\n3\n', {}, /line 3/],
    ['a\n"open\n', {}, /[Qq]uote/],
    ['a,a\n1,2\n', {}, /line 1: two columns named "a"/],
    ['a,\n1,2\n', {}, /without a name/],
    ['a\n', {}, /no rows/],
    ['', {}, /no rows/],
    ['a\n1\n2\nx\n', { columns: { a: uint8() } }, /line 4: "x" does not fit the column "a"/],
    ['a\n300\n', { columns: { a: uint8() } }, /line 2: "300"/],
    ['a\n\n', { columns: { b: uint8() } }, /no column "b"|line/],
    ['a\n1\n', { columns: { b: uint8() } }, /no column "b"/],
  ];
  for (const [content, options, message] of cases) {
    const [from, to] = csv(content);
    writeFileSync(to, 'as it was');
    await expect(recordsFromCsv(from, to, options), content).rejects.toMatchObject({
      code: 'VEC_CSV',
      message: expect.stringMatching(message),
    });
    expect(readFileSync(to, 'utf8')).toBe('as it was');
  }
  expect(readdirSync(folder.path).filter((name) => name.endsWith('.partial'))).toEqual([]);
  await expect(recordsFromCsv(folder.join('absent'), folder.join('x'))).rejects.toThrow(/ENOENT/);
  expect(existsSync(folder.join('x'))).toBe(false);
  await expect(recordsFromCsv(...csv('a\n1\n'), { separator: ',' } as object)).rejects.toThrow(/separator/);
});
