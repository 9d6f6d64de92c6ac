/** One row of the table: what R's package has, what we have for it, the test that shows it, and what differs. */
export interface ParityRow {
  readonly r: string;
  readonly ours: string;
  /** The file and the beginning of the test's title. */
  readonly test: readonly [file: string, title: string];
  readonly difference: string;
}

const cases = 'r-mmap-vectors.test.ts';
const defects = 'r-mmap-defects.test.ts';
const vector = 'vector.test.ts';
const rFiles = 'r-files.test.ts';
const records = 'records.test.ts';
const layout = '../../layout/src/';

const row = (r: string, ours: string, test: readonly [string, string], difference = ''): ParityRow => ({
  r,
  ours,
  test,
  difference,
});

/** The functions and operators that R's package exports or registers. */
export const functions: readonly ParityRow[] = [
  row(
    'mmap',
    '`mapVector`, `mapRecords`, `mapBits`, `mapStrings`',
    [cases, '13: an offset'],
    'for reading unless told otherwise; positions count from 0; every option checked',
  ),
  row('munmap', '`close()`, `using`', [defects, 'B40'], 'closing twice is harmless'),
  row(
    'msync',
    '`flush()`, `flushAsync()`',
    [defects, 'B11'],
    'never by itself after a store; errors are thrown',
  ),
  row('mprotect', '`protect(access, start, count)`', [defects, 'B12'], 'works; whole pages'),
  row(
    'mmapFlags',
    "`mode`: `'read'`, `'read-write'`, `'copy-on-write'`",
    [defects, 'B9'],
    'words for what the flags are used for; no raw masks',
  ),
  row('is.mmap', '`vector.mapping.closed`', [defects, 'B40']),
  row(
    'as.mmap',
    '`createVector`, `createRecords`, `createStrings`',
    [defects, 'B30'],
    'values are checked first, and converted or refused, never reinterpreted',
  ),
  row(
    'tempmmap',
    '`temporaryVector`, `temporaryRecords`',
    [vector, 'values find their layout'],
    'the file is removed at close',
  ),
  row(
    'extractFUN',
    'option `extract`',
    [defects, 'B13'],
    'one value at a time; comparisons see converted values',
  ),
  row(
    'extractFUN<-',
    'option `extract`',
    [defects, 'B13'],
    'fixed when the vector is made: nothing changes under an alias',
  ),
  row('replaceFUN', 'option `replace`', [defects, 'B13'], 'is called'),
  row('replaceFUN<-', 'option `replace`', [defects, 'B13'], 'fixed when the vector is made'),
  row(
    'char',
    '`uint8()`; `text(n + 1, { ending: "terminator" })`, `text(n)`',
    [cases, '7: text with'],
    'our width counts the terminator',
  ),
  row('uchar', '`uint8()`', [rFiles, '%s is read']),
  row(
    'int8',
    '`int8()`',
    [cases, '1: int8'],
    'out of range is an error, not a wrap; `range: "wrap"` for R\'s way',
  ),
  row('uint8', '`uint8()`', [rFiles, '%s is read']),
  row('int16', '`int16()`', [rFiles, '%s is read']),
  row('uint16', '`uint16()`', [rFiles, '%s is read']),
  row('int24', '`int24()`', [cases, '2: int24']),
  row('uint24', '`uint24()`', [cases, '2: int24']),
  row(
    'int32',
    '`int32()`, `optional(int32(), { sentinel: -(2 ** 31) })`',
    [cases, '3: the least int32'],
    'NA only where it is declared',
  ),
  row(
    'int64',
    "`int64()`, `int64({ as: 'number' })`",
    [defects, 'B2, B3'],
    'exact: bigint, or a number that refuses what it cannot hold',
  ),
  row('real32', '`float32()`', [rFiles, '%s is read']),
  row(
    'real64',
    "`float64()`, `optional(float64(), { sentinel: 'r-na' })`",
    [rFiles, '%s is read'],
    'NA only where it is declared',
  ),
  row(
    'cplx',
    '`complex128()`',
    [rFiles, 'strings, bits'],
    'compared by == and !=; may be a field that is written',
  ),
  row('bits', '`mapBits`; `bits(n)` in a struct', [cases, '5: bits'], 'words do not overlap'),
  row('logi8', '`bool8()`', [cases, '6: any byte'], 'any byte but 0 equals true'),
  row('logi32', '`bool32()`, or `optional(int32(), …)` with NA', [rFiles, 'strings, bits']),
  row(
    'cstring',
    '`mapStrings`, `createStrings`',
    [cases, '9: strings'],
    'any length; an unterminated last string counts; missing only by option',
  ),
  row('is.cstring', "`vector.store.kind === 'string'`", [vector, 'values find their layout']),
  row('cstring.MaxWidth', 'none needed', [defects, 'B15'], 'strings have no longest width'),
  row('pad', '`pad(n)`, `pad(layout)`', [`${layout}struct.test.ts`, 'leaves padding']),
  row(
    'struct',
    '`struct(fields, { offsets, size, align })`',
    [cases, '12: a record'],
    "`align: 'c'` computes C's padding; structs nest",
  ),
  row('as.struct', '`createRecords` without a struct', [defects, 'B29']),
  row('is.struct', "`layout.description.type === 'struct'`", [records, 'a table comes back']),
  row('as.Ctype', '`layoutOf(values)`', [vector, 'values find their layout']),
  row('is.Ctype', 'TypeScript: `Layout`', [defects, 'B39'], 'a factory in place of a layout is refused'),
  row('nbytes', '`layout.size`, `vector.byteLength`', [defects, 'B26']),
  row('sizeof', '`layout.size`', [defects, 'B21']),
  row(
    'sizeofCtypes',
    '`layout.size`',
    [`${layout}c-parse.test.ts`, 'lays structs out as gcc'],
    "C's own types through `parseCHeader`",
  ),
  row('as.char', '`vector.as(uint8())`', [defects, 'B33'], 'a new vector; the old one stays as it is'),
  row('as.uchar', '`vector.as(uint8())`', [defects, 'B33'], 'as above, with the length that goes with it'),
  row('as.int8', '`vector.as(int8())`', [defects, 'B33'], 'as above'),
  row('as.uint8', '`vector.as(uint8())`', [defects, 'B33'], 'as above'),
  row('as.int16', '`vector.as(int16())`', [defects, 'B33'], 'as above'),
  row('as.uint16', '`vector.as(uint16())`', [defects, 'B33'], 'as above'),
  row('as.int24', '`vector.as(int24())`', [defects, 'B33'], 'as above'),
  row(
    'as.cstring',
    '`vector.as(text(n))`, `mapStrings`',
    [defects, 'B33'],
    'fixed and varying width are two things',
  ),
  row(
    'make.fixedwidth',
    '`widestText(texts)` with `text(width, { ending: "space" })`',
    [defects, 'B31'],
    'widths in bytes',
  ),
  row(
    'mmap.csv',
    '`recordsFromCsv` of `@terrane/vectors/csv`',
    ['csv.test.ts', 'B38'],
    'one pass for all columns; streaming',
  ),
  row('is.na.mmap', "`where('==', null)`", [defects, 'B14'], 'positions, for every type'),
  row('dim.mmap', '`shape`, `length`', [defects, 'B25'], 'any number of dimensions, either order'),
  row('dim<-.mmap', '`reshape(extents)`', [defects, 'B27'], 'the product must agree'),
  row('dimnames.mmap', '`dimensionNames`', [defects, 'B25']),
  row('dimnames<-.mmap', '`reshape(extents, { names })`', [defects, 'B27'], 'names select elements'),
  row('is.array.mmap', '`shape.length`', [defects, 'B25']),
];

/** What the package registers for R's own generic functions. */
export const methods: readonly ParityRow[] = [
  row(
    '[',
    '`get`, `take`, `slice`, `column`, `records`',
    [defects, 'B25'],
    'ranges, masks and `except`; checked for every type',
  ),
  row('[<-', '`set`, `put`, `fill`', [defects, 'B37'], 'all or nothing; as many values as positions'),
  row(
    'Ops',
    '`where(operator, value)`',
    [defects, 'B1:'],
    'all six operators on every ordered type, exactly',
  ),
  row('length', '`length`', [cases, '14: bytes left']),
  row('length<-', '`resize(length)`', [defects, 'B26'], 'changes the file'),
  row('head, tail', '`head(n)`, `tail(n)`', [defects, 'B28'], 'negative counts leave out'),
  row('summary', '`summary()`, `sum`, `mean`, `min`, `max`', [defects, 'B28'], 'works, in blocks'),
  row('close', '`close()`', [defects, 'B40']),
  row('print, str', '`String(vector)`', [defects, 'B29'], 'one line, for records and text, too'),
];
