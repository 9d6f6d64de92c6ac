import { bool8 } from './boolean.js';
import { complex64, complex128 } from './complex.js';
import { float32, float64 } from './float.js';
import { int8, int16, int32, uint8, uint16, uint32 } from './integer.js';
import { int64, uint64 } from './integer64.js';
import type { Layout } from './layout.js';

/** How long C's `long` is: 8 bytes (`"lp64"`: Linux, macOS) or 4 (`"llp64"`: Windows). */
export type DataModel = 'lp64' | 'llp64';

const fixed: Readonly<Record<string, () => Layout>> = {
  char: () => int8(),
  short: () => int16(),
  int: () => int32(),
  'long long': () => int64(),
  'unsigned char': () => uint8(),
  'unsigned short': () => uint16(),
  'unsigned int': () => uint32(),
  'unsigned long long': () => uint64(),
  float: () => float32(),
  double: () => float64(),
  'float complex': () => complex64(),
  'double complex': () => complex128(),
  bool: () => bool8(),
  int8_t: () => int8(),
  int16_t: () => int16(),
  int32_t: () => int32(),
  int64_t: () => int64(),
  uint8_t: () => uint8(),
  uint16_t: () => uint16(),
  uint32_t: () => uint32(),
  uint64_t: () => uint64(),
  size_t: () => uint64(),
  ssize_t: () => int64(),
  intptr_t: () => int64(),
  uintptr_t: () => uint64(),
  ptrdiff_t: () => int64(),
};

const byModel: Readonly<Record<DataModel, Readonly<Record<string, () => Layout>>>> = {
  lp64: { long: () => int64(), 'unsigned long': () => uint64() },
  llp64: { long: () => int32(), 'unsigned long': () => uint32() },
};

/** The words that C's own type names are made of. */
export const cTypeWords: ReadonlySet<string> = new Set(
  'char short int long signed unsigned float double complex _Complex bool _Bool'.split(' '),
);

/** The layout of a type by its words, in any order C allows: `["unsigned", "long", "int"]`. */
export function cType(words: readonly string[], model: DataModel): Layout | undefined {
  const counts = (word: string) => words.filter((other) => other === word).length;
  const rest = words
    .map((word) => ({ _Complex: 'complex', _Bool: 'bool' })[word] ?? word)
    .filter((word) => word !== 'signed' && word !== 'unsigned')
    .filter((word) => !(word === 'int' && (counts('long') > 0 || counts('short') > 0)))
    .sort((a, b) => Number(a === 'complex') - Number(b === 'complex'));
  const name = rest.length === 0 && words.length > 0 ? 'int' : rest.join(' ');
  const key = counts('unsigned') > 0 ? `unsigned ${name}` : name;
  const table = { ...fixed, ...byModel[model] };
  return Object.hasOwn(table, key) ? table[key]!() : undefined;
}
