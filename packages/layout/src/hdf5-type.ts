import { array } from './array.js';
import { bool8 } from './boolean.js';
import { bytes } from './bytes.js';
import { complex64, complex128 } from './complex.js';
import type { LayoutDescription, TextEnding } from './description.js';
import { enumeration } from './enumeration.js';
import { errors } from './errors.js';
import { bfloat16, float16, float32, float64 } from './float.js';
import { foreign } from './foreign.js';
import { int8, int16, int32, uint8, uint16, uint32 } from './integer.js';
import { int64, uint64 } from './integer64.js';
import { type Layout, show } from './layout.js';
import { placeFields } from './place-fields.js';
import { structOf } from './struct.js';
import { text } from './text.js';

/**
 * An HDF5 datatype in the HDF Group's HDF5/JSON form, with `offset` and `size` added to compounds, without which
 * gaps would be lost. Numbers are named by HDF5's predefined types: `"H5T_IEEE_F64LE"`.
 */
export type Hdf5Type =
  | { readonly class: 'H5T_INTEGER' | 'H5T_FLOAT'; readonly base: string }
  | {
      readonly class: 'H5T_STRING';
      readonly length: number;
      readonly charSet: 'H5T_CSET_ASCII' | 'H5T_CSET_UTF8';
      readonly strPad: 'H5T_STR_NULLTERM' | 'H5T_STR_NULLPAD' | 'H5T_STR_SPACEPAD';
    }
  | { readonly class: 'H5T_OPAQUE'; readonly size: number }
  | { readonly class: 'H5T_ARRAY'; readonly base: Hdf5Type; readonly dims: readonly number[] }
  | {
      readonly class: 'H5T_ENUM';
      readonly base: Hdf5Type;
      readonly mapping: Readonly<Record<string, number>>;
    }
  | {
      readonly class: 'H5T_COMPOUND';
      readonly size: number;
      readonly fields: readonly { readonly name: string; readonly offset: number; readonly type: Hdf5Type }[];
    };

/** HDF5's predefined types by our names, without the byte order at their end. */
const numbers = {
  int8: 'H5T_STD_I8',
  uint8: 'H5T_STD_U8',
  int16: 'H5T_STD_I16',
  uint16: 'H5T_STD_U16',
  int32: 'H5T_STD_I32',
  uint32: 'H5T_STD_U32',
  int64: 'H5T_STD_I64',
  uint64: 'H5T_STD_U64',
  float16: 'H5T_IEEE_F16',
  bfloat16: 'H5T_FLOAT_BFLOAT16',
  float32: 'H5T_IEEE_F32',
  float64: 'H5T_IEEE_F64',
} as const;

const factories = {
  int8: () => int8(),
  uint8: () => uint8(),
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  bfloat16,
  float32,
  float64,
} as const;

const endings: Readonly<Record<TextEnding, 'H5T_STR_NULLTERM' | 'H5T_STR_NULLPAD' | 'H5T_STR_SPACEPAD'>> = {
  terminator: 'H5T_STR_NULLTERM',
  nul: 'H5T_STR_NULLPAD',
  space: 'H5T_STR_SPACEPAD',
};

/** How h5py stores NumPy's booleans, and so how everybody does. */
const booleans = { FALSE: 0, TRUE: 1 };

/**
 * The HDF5 datatype of a layout. Complex numbers become compounds of `r` and `i`, booleans an enumeration of
 * FALSE and TRUE over 8 bits, as h5py writes them.
 *
 * @throws LAY_DTYPE for what HDF5's predefined types do not cover: 24 bits, bits, optional values, UTF-16 …
 */
export function toHdf5Type(layout: Layout): Hdf5Type {
  return typeOf(layout.description);
}

function typeOf(description: LayoutDescription): Hdf5Type {
  const { type } = description;
  const order = 'byteOrder' in description ? 'BE' : 'LE';
  if (type in numbers) {
    const base = numbers[type as keyof typeof numbers] + order;
    return { class: /float/.test(type) ? 'H5T_FLOAT' : 'H5T_INTEGER', base };
  }
  switch (description.type) {
    case 'bool8':
      return { class: 'H5T_ENUM', base: { class: 'H5T_INTEGER', base: 'H5T_STD_I8LE' }, mapping: booleans };
    case 'complex64':
    case 'complex128': {
      const half = description.type === 'complex64' ? 4 : 8;
      const part: Hdf5Type = { class: 'H5T_FLOAT', base: `H5T_IEEE_F${8 * half}${order}` };
      const fields = [
        { name: 'r', offset: 0, type: part },
        { name: 'i', offset: half, type: part },
      ];
      return { class: 'H5T_COMPOUND', size: 2 * half, fields };
    }
    case 'text': {
      const { encoding, size, ending } = description;
      if (encoding === 'utf16' || encoding === 'latin1') break;
      const charSet = encoding === 'utf8' ? 'H5T_CSET_UTF8' : 'H5T_CSET_ASCII';
      return { class: 'H5T_STRING', length: size, charSet, strPad: endings[ending] };
    }
    case 'bytes':
      return { class: 'H5T_OPAQUE', size: description.size };
    case 'array':
      if (description.order === 'column' && description.shape.length > 1) break;
      return { class: 'H5T_ARRAY', base: typeOf(description.element), dims: description.shape };
    case 'enumeration': {
      const mapping = Object.fromEntries(
        Object.entries(description.members).map(([name, number]) => [name, Number(number)]),
      );
      return { class: 'H5T_ENUM', base: typeOf(description.base), mapping };
    }
    case 'struct': {
      const fields = description.fields
        .filter(({ layout }) => layout.type !== 'pad')
        .map(({ name, offset, layout }) => ({ name, offset, type: typeOf(layout) }));
      return { class: 'H5T_COMPOUND', size: description.size, fields };
    }
  }
  throw errors.LAY_DTYPE({ message: `HDF5 has no predefined type for ${type}`, feature: type });
}

/**
 * The layout of an HDF5 datatype; compounds of `r` and `i` become complex numbers, and enumerations of FALSE and
 * TRUE over 8 bits booleans.
 *
 * @throws LAY_DTYPE for variable-length types, references, times and unknown names.
 */
export function fromHdf5Type(type: Hdf5Type): Layout {
  return foreign('HDF5 datatype', () => layoutOf(type));
}

function layoutOf(type: Hdf5Type): Layout {
  switch (type.class) {
    case 'H5T_INTEGER':
    case 'H5T_FLOAT':
      return numberOf(type.base);
    case 'H5T_STRING': {
      const ending = (Object.keys(endings) as TextEnding[]).find((name) => endings[name] === type.strPad);
      if (ending === undefined || typeof type.length !== 'number') break;
      return text(type.length, { ending, encoding: type.charSet === 'H5T_CSET_ASCII' ? 'ascii' : 'utf8' });
    }
    case 'H5T_OPAQUE':
      return bytes(type.size);
    case 'H5T_ARRAY':
      return array(layoutOf(type.base), type.dims);
    case 'H5T_ENUM': {
      const base = layoutOf(type.base) as Layout<number>;
      const { FALSE, TRUE, ...others } = type.mapping;
      if (base.size === 1 && FALSE === 0 && TRUE === 1 && Object.keys(others).length === 0) return bool8();
      return enumeration<string, number>(type.mapping, base);
    }
    case 'H5T_COMPOUND':
      return complexOf(type) ?? compoundOf(type);
  }
  throw errors.LAY_DTYPE({
    message: `no layout for the HDF5 type ${show(type.class)}`,
    found: String(type.class),
  });
}

function numberOf(base: string): Layout {
  const [, stem, order] = /^(.*)(LE|BE)$/.exec(base) ?? [];
  const name = (Object.keys(numbers) as (keyof typeof numbers)[]).find((key) => numbers[key] === stem);
  if (name === undefined) throw errors.LAY_DTYPE({ message: `no layout for the HDF5 type ${show(base)}` });
  return factories[name](order === 'BE' ? { byteOrder: 'big' } : {});
}

function complexOf({ fields, size }: Hdf5Type & { class: 'H5T_COMPOUND' }): Layout | undefined {
  const [r, i] = fields;
  if (fields.length !== 2 || r?.name !== 'r' || i?.name !== 'i' || r.offset !== 0) return undefined;
  const part = layoutOf(r.type).description;
  const other = layoutOf(i.type).description;
  if (JSON.stringify(part) !== JSON.stringify(other) || i.offset !== size / 2) return undefined;
  const options = 'byteOrder' in part ? { byteOrder: 'big' as const } : {};
  if (part.type === 'float32') return complex64(options);
  return part.type === 'float64' ? complex128(options) : undefined;
}

function compoundOf({ fields, size }: Hdf5Type & { class: 'H5T_COMPOUND' }): Layout {
  const declared = fields.map(({ name, type }) => [name, layoutOf(type)] as const);
  const offsets = Object.fromEntries(fields.map(({ name, offset }) => [name, offset]));
  const placement = placeFields(declared, { offsets, size });
  return structOf(placement.fields, placement.size, placement.alignment);
}
