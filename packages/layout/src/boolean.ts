import { type ByteOrderOptions, byteOrderOf } from './byte-order-option.js';
import { errors } from './errors.js';
import { defineLayout, type Layout, show } from './layout.js';

function check(value: unknown): void {
  if (typeof value !== 'boolean') {
    throw errors.LAY_TYPE({ message: `a boolean is wanted, not ${show(value)}` });
  }
}

/** A boolean in one byte, C's `bool`: written as 0 or 1, and anything but 0 reads as true. */
export function bool8(): Layout<boolean> {
  return defineLayout<boolean>({
    description: { type: 'bool8' },
    size: 1,
    alignment: 1,
    access: (view) => ({
      get: (at) => view.getUint8(at) !== 0,
      set: (at, value) => {
        check(value);
        view.setUint8(at, value ? 1 : 0);
      },
    }),
    check,
  });
}

/** A boolean in four bytes, as Windows' `BOOL` and R's `logical`: written as 0 or 1, anything but 0 is true. */
export function bool32(options: ByteOrderOptions = {}): Layout<boolean> {
  const little = byteOrderOf('bool32', options) === 'little';
  return defineLayout<boolean>({
    description: { type: 'bool32', ...(little ? {} : { byteOrder: 'big' }) },
    size: 4,
    alignment: 4,
    access: (view) => ({
      get: (at) => view.getInt32(at, little) !== 0,
      set: (at, value) => {
        check(value);
        view.setInt32(at, value ? 1 : 0, little);
      },
    }),
    check,
  });
}
