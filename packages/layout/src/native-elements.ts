import { type ByteOrder, hostByteOrder } from './byte-order.js';
import type { ElementArrayConstructor } from './layout.js';

/** The `elements` of a layout, when the host's typed arrays read that byte order. */
export function nativeElements(
  elements: ElementArrayConstructor | undefined,
  byteOrder: ByteOrder,
): { elements?: ElementArrayConstructor } {
  if (elements === undefined) return {};
  return elements.BYTES_PER_ELEMENT === 1 || byteOrder === hostByteOrder ? { elements } : {};
}
