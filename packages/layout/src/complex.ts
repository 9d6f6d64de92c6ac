import { type ByteOrderOptions, byteOrderOf } from './byte-order-option.js';
import { errors } from './errors.js';
import { float32, float64 } from './float.js';
import { defineLayout, type Layout, show } from './layout.js';

/** A complex number, as it comes out of memory and goes in. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** A factory of a complex layout: the real part first, then the imaginary one. */
export type ComplexFactory = (options?: ByteOrderOptions) => Layout<Complex>;

function complex(name: 'complex64' | 'complex128'): ComplexFactory {
  return (options = {}) => {
    const byteOrder = byteOrderOf(name, options);
    const part = name === 'complex64' ? float32(options) : float64(options);
    const check = (value: unknown): void => {
      const { re, im } = (value ?? {}) as Partial<Complex>;
      if (typeof re !== 'number' || typeof im !== 'number') {
        throw errors.LAY_TYPE({ message: `${name} holds { re, im }, not ${show(value)}` });
      }
    };
    return defineLayout<Complex>({
      description: { type: name, ...(byteOrder === 'big' ? { byteOrder } : {}) },
      size: 2 * part.size,
      alignment: part.alignment,
      access: (view) => {
        const { get, set } = part.access(view);
        return {
          get: (at) => ({ re: get(at), im: get(at + part.size) }),
          set: (at, value) => {
            check(value);
            set(at + part.size, value.im);
            set(at, value.re);
          },
        };
      },
      live: (view) => {
        const { get } = part.access(view);
        return (at) => Object.freeze({ re: get(at), im: get(at + part.size) });
      },
      check,
    });
  };
}

/** Two float32: `{ re, im }`. */
export const complex64 = complex('complex64');
/** Two float64: `{ re, im }`. */
export const complex128 = complex('complex128');
