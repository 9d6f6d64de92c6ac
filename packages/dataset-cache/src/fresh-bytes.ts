interface Allocator {
  allocUnsafeSlow?(length: number): { readonly buffer: ArrayBuffer };
}

/**
 * Memory that is about to be filled, of its own and not part of a pool. Node's has not been zeroed: that takes as long as filling
 * it. Nobody must see a byte of it that was not written.
 */
export function freshBytes(length: number): Uint8Array {
  const { Buffer: node } = globalThis as { Buffer?: Allocator };
  return node?.allocUnsafeSlow
    ? new Uint8Array(node.allocUnsafeSlow(length).buffer, 0, length)
    : new Uint8Array(length);
}
