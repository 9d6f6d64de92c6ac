import { array } from './array.js';
import { bool8 } from './boolean.js';
import type { ByteOrder } from './byte-order.js';
import { bytes, pad } from './bytes.js';
import { complex64, complex128 } from './complex.js';
import type { LayoutDescription } from './description.js';
import { errors } from './errors.js';
import { float16, float32, float64 } from './float.js';
import { foreign } from './foreign.js';
import { int8, int16, int32, uint8, uint16, uint32 } from './integer.js';
import { int64, uint64 } from './integer64.js';
import { type Layout, show } from './layout.js';
import { placeFields } from './place-fields.js';
import { structOf } from './struct.js';
import { text } from './text.js';

/**
 * A NumPy dtype as the header of a `.npy` file has it, and as `numpy.lib.format.descr_to_dtype` takes it: a type
 * string such as `"<f8"`, or a list of fields, gaps being fields with an empty name and the type `"|Vn"`.
 */
export type NumpyDescr = string | readonly NumpyField[];

/** One field of a structured dtype: name, type, and a shape (row-major) if it is an array. */
export type NumpyField =
  | readonly [name: string, descr: NumpyDescr]
  | readonly [name: string, descr: NumpyDescr, shape: readonly number[]];

/** NumPy's letter and size by our name, where both have the very same type. */
const numpyCodes: Readonly<Partial<Record<LayoutDescription['type'], string>>> = {
  int8: 'i1',
  uint8: 'u1',
  int16: 'i2',
  uint16: 'u2',
  int32: 'i4',
  uint32: 'u4',
  int64: 'i8',
  uint64: 'u8',
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
  complex64: 'c8',
  complex128: 'c16',
  bool8: 'b1',
};

const factories: Readonly<Record<string, (options: { byteOrder?: ByteOrder }) => Layout>> = {
  i1: () => int8(),
  u1: () => uint8(),
  i2: int16,
  u2: uint16,
  i4: int32,
  u4: uint32,
  i8: (options) => int64(options),
  u8: (options) => uint64(options),
  f2: float16,
  f4: float32,
  f8: float64,
  c8: complex64,
  c16: complex128,
  b1: () => bool8(),
};

/**
 * The NumPy dtype of a layout, as JSON; Python wants the fields as tuples.
 *
 * @throws LAY_DTYPE where NumPy has no such type: 24-bit integers, bits, enumerations, column-major arrays …
 */
export function toNumpy(layout: Layout): NumpyDescr {
  return descrOf(layout.description);
}

function descrOf(description: LayoutDescription): NumpyDescr {
  const { type } = description;
  const code = numpyCodes[type];
  if (code !== undefined) {
    const order = 'byteOrder' in description ? '>' : code.endsWith('1') ? '|' : '<';
    return order + code;
  }
  if (type === 'bytes' || type === 'pad') return `|V${description.size}`;
  if (type === 'text' && description.encoding !== 'utf16' && description.ending === 'nul') {
    return `|S${description.size}`;
  }
  if (type === 'struct') return structDescr(description);
  const hint = type === 'array' ? { hint: 'an array is a field of a struct, or the shape of the whole' } : {};
  throw errors.LAY_DTYPE({ message: `NumPy has no type for ${type}`, feature: type, ...hint });
}

function structDescr(description: LayoutDescription & { type: 'struct' }): NumpyDescr {
  const fields: NumpyField[] = [];
  let end = 0;
  const gap = (upTo: number) => {
    if (upTo > end) fields.push(['', `|V${upTo - end}`]);
  };
  for (const { name, offset, layout } of description.fields) {
    if (layout.type === 'pad') continue;
    if (offset < end) {
      throw errors.LAY_DTYPE({
        message: `NumPy's list has no fields that overlap or go back: ${show(name)}`,
      });
    }
    gap(offset);
    const { element, shape } = flattened(layout);
    fields.push(shape.length === 0 ? [name, descrOf(element)] : [name, descrOf(element), shape]);
    end = offset + sizeOf(layout);
  }
  gap(description.size);
  return fields;
}

/** An array of arrays is one array of more dimensions to NumPy. */
function flattened(layout: LayoutDescription): { element: LayoutDescription; shape: number[] } {
  if (layout.type !== 'array') return { element: layout, shape: [] };
  if (layout.order === 'column' && layout.shape.length > 1) {
    throw errors.LAY_DTYPE({ message: 'NumPy has no column-major array as a field', feature: 'array' });
  }
  const inner = flattened(layout.element);
  return { element: inner.element, shape: [...layout.shape, ...inner.shape] };
}

const itemSize = /\d+$/;

function sizeOf(layout: LayoutDescription): number {
  if ('size' in layout) return layout.size;
  if (layout.type === 'array') {
    return sizeOf(layout.element) * layout.shape.reduce((product, extent) => product * extent, 1);
  }
  return Number(itemSize.exec(numpyCodes[layout.type] ?? '')?.[0]);
}

/**
 * The layout of a NumPy dtype. Byte strings (`S`) become Latin-1 text, which has a character for every byte; void
 * (`V`) becomes bytes, or padding where it has no name.
 *
 * @throws LAY_DTYPE for what has no layout: `U` (text of four bytes a character), `O`, `M`, `m`, `longdouble` …
 */
export function fromNumpy(descr: NumpyDescr): Layout {
  return foreign('NumPy dtype', () => layoutOf(descr));
}

function layoutOf(descr: NumpyDescr): Layout {
  return typeof descr === 'string' ? scalarOf(descr) : fieldsOf(descr);
}

function scalarOf(descr: string): Layout {
  const [, order = '', code = ''] = /^([<>|=]?)([a-zA-Z]\d*)$/.exec(descr) ?? [];
  const [letter, size] = [code[0], Number(code.slice(1))];
  if (letter === 'S' && size > 0) return text(size, { encoding: 'latin1' });
  if (letter === 'V' && size > 0) return bytes(size);
  const factory = Object.hasOwn(factories, code) ? factories[code] : undefined;
  if (factory === undefined || order === '=' || (order === '|' && size > 1)) {
    throw errors.LAY_DTYPE({ message: `no layout for the NumPy type ${show(descr)}`, found: descr });
  }
  return factory(order === '>' ? { byteOrder: 'big' } : {});
}

function fieldsOf(descr: readonly NumpyField[]): Layout {
  if (!Array.isArray(descr)) throw errors.LAY_DTYPE({ message: `no NumPy dtype: ${show(descr)}` });
  let gaps = 0;
  const declared = descr.map((field: NumpyField) => {
    const [name, type, shape = []] = field;
    const element =
      name === '' && /^\|V\d+$/.test(String(type)) ? pad(Number(String(type).slice(2))) : layoutOf(type);
    const layout = shape.length === 0 ? element : array(element, shape);
    return [name === '' ? `_gap${gaps++}` : name, layout] as const;
  });
  const { fields, size, alignment } = placeFields(declared, {});
  return structOf(fields, size, alignment);
}
