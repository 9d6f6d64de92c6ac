import type { LayoutDescription } from '@terrane/layout';

/** Reads numbers at equal distances into `out`, the first at byte `at`. */
export type ReadDoubles = (view: DataView, at: number, stride: number, out: Float64Array) => void;

/**
 * One loop per type and byte order, each with a call of its own: a loop that is shared by several types cannot be
 * compiled for any of them.
 */
const loops: Readonly<Record<string, (little: boolean) => ReadDoubles>> = {
  int8: () => (view, at, stride, out) => {
    for (let i = 0, from = at; i < out.length; i++, from += stride) out[i] = view.getInt8(from);
  },
  uint8: () => (view, at, stride, out) => {
    for (let i = 0, from = at; i < out.length; i++, from += stride) out[i] = view.getUint8(from);
  },
  int16: (little) => (view, at, stride, out) => {
    for (let i = 0, from = at; i < out.length; i++, from += stride) out[i] = view.getInt16(from, little);
  },
  uint16: (little) => (view, at, stride, out) => {
    for (let i = 0, from = at; i < out.length; i++, from += stride) out[i] = view.getUint16(from, little);
  },
  int24: (little) => (view, at, stride, out) => {
    const [low, high] = little ? [0, 2] : [1, 0];
    for (let i = 0, from = at; i < out.length; i++, from += stride) {
      out[i] = (view.getInt8(from + high) << 16) | view.getUint16(from + low, little);
    }
  },
  uint24: (little) => (view, at, stride, out) => {
    const [low, high] = little ? [0, 2] : [1, 0];
    for (let i = 0, from = at; i < out.length; i++, from += stride) {
      out[i] = (view.getUint8(from + high) << 16) | view.getUint16(from + low, little);
    }
  },
  int32: (little) => (view, at, stride, out) => {
    for (let i = 0, from = at; i < out.length; i++, from += stride) out[i] = view.getInt32(from, little);
  },
  uint32: (little) => (view, at, stride, out) => {
    for (let i = 0, from = at; i < out.length; i++, from += stride) out[i] = view.getUint32(from, little);
  },
  float32: (little) => (view, at, stride, out) => {
    for (let i = 0, from = at; i < out.length; i++, from += stride) out[i] = view.getFloat32(from, little);
  },
  float64: (little) => (view, at, stride, out) => {
    for (let i = 0, from = at; i < out.length; i++, from += stride) out[i] = view.getFloat64(from, little);
  },
};

/** The loop for a layout, if there is one. */
export function readDoubles(description: LayoutDescription): ReadDoubles | undefined {
  const little = !('byteOrder' in description && description.byteOrder === 'big');
  return Object.hasOwn(loops, description.type) ? loops[description.type]!(little) : undefined;
}
