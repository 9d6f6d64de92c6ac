import { checkCount } from './check-count.js';
import { errors } from './errors.js';
import { defineLayout, type Layout, reach, show } from './layout.js';

/**
 * A fixed number of bytes, given back as a live view without a copy. Writing takes exactly as many.
 *
 * @throws LAY_DEFINITION when `size` is no positive integer.
 */
export function bytes(size: number): Layout<Uint8Array> {
  checkCount('bytes', size);
  const check = (value: unknown): void => {
    if (!(value instanceof Uint8Array)) {
      throw errors.LAY_TYPE({ message: `bytes holds a Uint8Array, not ${show(value)}` });
    }
    if (value.length !== size) {
      throw errors.LAY_SHAPE({ message: `${value.length} bytes for ${size}` });
    }
  };
  const view8 = (view: DataView, at: number) => {
    // The typed array below knows the buffer's bounds, not the view's.
    reach(view, at, size);
    return new Uint8Array(view.buffer, view.byteOffset + at, size);
  };
  return defineLayout<Uint8Array>({
    description: { type: 'bytes', size },
    size,
    alignment: 1,
    access: (view) => ({
      get: (at) => view8(view, at),
      set: (at, value) => {
        check(value);
        view8(view, at).set(value);
      },
    }),
    check,
  });
}

declare const padding: unique symbol;

/** The value type of {@link pad}: there is none, and a struct's type leaves such fields out. */
export interface Padding {
  readonly [padding]: never;
}

/**
 * Bytes of a struct that belong to no field. They keep their value when a record is written.
 *
 * @param size A number of bytes, or a layout whose size it is.
 * @throws LAY_DEFINITION when `size` is no positive integer.
 */
export function pad(size: number | Layout): Layout<Padding> {
  const length = typeof size === 'number' ? size : size.size;
  checkCount('pad', length);
  const refuse = (): never => {
    throw errors.LAY_TYPE({ message: 'padding has no value', hint: 'use it as a field of a struct' });
  };
  return defineLayout<Padding>({
    description: { type: 'pad', size: length },
    size: length,
    alignment: 1,
    access: () => ({ get: refuse, set: refuse }),
    check: refuse,
  });
}
