import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  bool32,
  complex128,
  float32,
  float64,
  int8,
  int16,
  int32,
  type Layout,
  optional,
  struct,
  text,
  uint8,
  uint16,
} from '@terrane/layout';
import { temporaryFolder } from '@terrane/oracles';
import { afterAll, describe, expect, it } from 'vitest';
import { createStrings, createVector, mapBits, mapStrings, mapVector } from './index.js';
import stored from './r.fixture.json' with { type: 'json' };

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;

const program = 'Rscript';

/** Runs an R script with arguments and gives what it printed. */
function R(script: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, ['--vanilla', '-e', script, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().replace(/ +/g, ' ');
}
const hasR = spawnSync(program, ['--version']).status === 0;

const naInteger = optional(int32(), { sentinel: -(2 ** 31) });
const naReal = optional(float64(), { sentinel: 'r-na' });
const Record = struct({ a: int8(), b: float32(), c: float64() });

/** Every mode of R's package: our layout for it, and the values that R stored. */
const modes: readonly [keyof typeof stored, Layout, unknown[]][] = [
  ['raw', uint8(), [0, 1, 128, 255]],
  ['int8', int8(), [-128, -1, 0, 127]],
  ['uint8', uint8(), [0, 1, 128, 255]],
  ['int16', int16(), [-32768, -2, 0, 32767]],
  ['int16_big', int16({ byteOrder: 'big' }), [-32768, -2, 0, 32767]],
  ['uint16', uint16(), [0, 1, 65535]],
  ['int32', naInteger, [null, -2147483647, 0, 2147483647]],
  ['real32', float32(), [0.5, -1.25, Number.POSITIVE_INFINITY, Number.NaN]],
  ['real64', naReal, [0.1, null, Number.NaN, Number.NEGATIVE_INFINITY]],
  ['real64_big', float64({ byteOrder: 'big' }), [0.1, 1e300]],
  ['logi32', optional(int32(), { sentinel: -(2 ** 31) }), [1, 0, null]],
  ['char_nul', text(3, { ending: 'terminator' }), ['ab', 'cd', 'ef']],
  [
    'struct',
    Record,
    [
      { a: -7, b: 0.5, c: 1e10 },
      { a: -14, b: 1, c: 2e10 },
    ],
  ],
];

describe('what R stored', () => {
  it.each(modes)('%s is read, and written with the same bytes', (mode, layout, values) => {
    const name = folder.join(`r${files++}`);
    writeFileSync(name, Buffer.from(stored[mode], 'hex'));
    using v = mapVector(name, layout);
    expect([...v]).toEqual(values);
    using ours = createVector(folder.join(`r${files++}`), values, layout);
    const bytes = Buffer.from(ours.as(uint8()).take() as ArrayLike<number> as Uint8Array).toString('hex');
    expect(bytes).toBe(stored[mode]);
  });

  it('strings, bits, complex numbers and matrices', () => {
    const file = (mode: keyof typeof stored) => {
      const name = folder.join(`r${files++}`);
      writeFileSync(name, Buffer.from(stored[mode], 'hex'));
      return name;
    };
    using strings = mapStrings(file('cstring'));
    expect([...strings]).toEqual(['apple', '', 'bee']);
    using bits = mapBits(file('bits'));
    expect([...bits.where('==', true)]).toEqual([0, 31, 33]);
    using matrix = mapVector(file('matrix'), int32(), { shape: [2, 3], order: 'column' });
    expect([matrix.get([1, 0]), matrix.get([0, 2]), [...matrix.slice(1).data]]).toEqual([2, 5, [2, 4, 6]]);
    using complex = mapVector(file('cplx'), complex128());
    expect(complex.get(0)).toEqual({ re: 1, im: 2 });
    using logical = mapVector(file('logi32'), bool32());
    expect([logical.get(0), logical.get(1)]).toEqual([true, false]);
  });
});

describe.skipIf(!hasR)('R that is installed', () => {
  it('stores what the fixture has', () => {
    const { R: _version, ...expected } = stored;
    const script = fileURLToPath(new URL('r.fixture.R', import.meta.url));
    const { R: _now, ...now } = JSON.parse(
      spawnSync(program, ['--vanilla', script], { encoding: 'utf8' }).stdout,
    );
    expect(now).toEqual(expected);
  });

  it('reads what we write', () => {
    const file = folder.join('ours');
    const read = (what: string) =>
      R(`f <- commandArgs(TRUE)[1]; cat(format(${what}, digits = 17, trim = TRUE), sep = " ")`, file);
    const written = <T>(values: ArrayLike<T>, layout?: Layout<T>) =>
      createVector(file, values, layout).close();
    written([-5, 0, 7], int16());
    expect(read('readBin(f, "integer", 3, size = 2)')).toBe('-5 0 7');
    written([-5, 0, 7], int16({ byteOrder: 'big' }));
    expect(read('readBin(f, "integer", 3, size = 2, endian = "big")')).toBe('-5 0 7');
    written([250, 1], uint8());
    expect(read('readBin(f, "integer", 2, size = 1, signed = FALSE)')).toBe('250 1');
    written<number | null>([1, null], naInteger);
    expect(read('readBin(f, "integer", 2)')).toBe('1 NA');
    written<number | null>([0.1, null, Number.NaN], naReal);
    expect(read('c(is.nan(x <- readBin(f, "double", 3)), is.na(x), x[1] == 0.1)')).toBe(
      'FALSE FALSE TRUE FALSE TRUE TRUE TRUE',
    );
    written([{ re: 1, im: -2 }], complex128());
    expect(read('readBin(f, "complex", 1)')).toBe('1-2i');
    written([true, false], bool32());
    expect(read('readBin(f, "logical", 2)')).toBe('TRUE FALSE');
    written(['ab', 'cd'], text(3, { ending: 'terminator' }));
    expect(read('readBin(f, "character", 2)')).toBe('ab cd');
    createStrings(file, ['apple', 'é', '']).close();
    expect(read('nchar(readBin(f, "character", 3), type = "bytes")')).toBe('5 2 0');
  });
});
