import { type ByteOrderOptions, byteOrderOf } from './byte-order-option.js';
import { errors } from './errors.js';
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from './float16.js';
import { type Access, defineLayout, type ElementArrayConstructor, type Layout, show } from './layout.js';
import { nativeElements } from './native-elements.js';

/** A factory of a floating-point layout. Values are rounded to the nearest of the format, ties to even. */
export type FloatFactory = (options?: ByteOrderOptions) => Layout<number>;

type FloatName = 'float16' | 'bfloat16' | 'float32' | 'float64';

interface FloatKind {
  readonly bytes: number;
  readonly elements?: ElementArrayConstructor;
  readonly bind: (view: DataView, little: boolean) => Access<number>;
}

const kinds: Readonly<Record<FloatName, FloatKind>> = {
  float16: {
    bytes: 2,
    bind: (view, little) => ({
      get: (at) => float16ToNumber(view.getUint16(at, little)),
      set: (at, value) => view.setUint16(at, numberToFloat16(value), little),
    }),
  },
  bfloat16: {
    bytes: 2,
    bind: (view, little) => ({
      get: (at) => bfloat16ToNumber(view.getUint16(at, little)),
      set: (at, value) => view.setUint16(at, numberToBfloat16(value), little),
    }),
  },
  float32: {
    bytes: 4,
    elements: Float32Array,
    bind: (view, little) => ({
      get: (at) => view.getFloat32(at, little),
      set: (at, value) => view.setFloat32(at, value, little),
    }),
  },
  float64: {
    bytes: 8,
    elements: Float64Array,
    bind: (view, little) => ({
      get: (at) => view.getFloat64(at, little),
      set: (at, value) => view.setFloat64(at, value, little),
    }),
  },
};

function float(name: FloatName): FloatFactory {
  const { bytes, elements, bind } = kinds[name];
  const check = (value: unknown): void => {
    if (typeof value !== 'number') {
      throw errors.LAY_TYPE({ message: `${name} holds a number, not ${show(value)}` });
    }
  };
  return (options = {}) => {
    const byteOrder = byteOrderOf(name, options);
    return defineLayout<number>({
      description: { type: name, ...(byteOrder === 'big' ? { byteOrder } : {}) },
      size: bytes,
      alignment: bytes,
      ...nativeElements(elements, byteOrder),
      access: (view) => {
        const raw = bind(view, byteOrder === 'little');
        const set = (at: number, value: number) => {
          check(value);
          raw.set(at, value);
        };
        return { get: raw.get, set };
      },
      check,
    });
  };
}

/** IEEE 754 binary16, "half". */
export const float16 = float('float16');
/** bfloat16, the upper half of a float32. */
export const bfloat16 = float('bfloat16');
/** IEEE 754 binary32, "single". */
export const float32 = float('float32');
/** IEEE 754 binary64, "double": every JavaScript number exactly. */
export const float64 = float('float64');
