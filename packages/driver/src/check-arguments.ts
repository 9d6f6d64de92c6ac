import { ioErrors } from './errors.js';
import type { Manifest } from './manifest.js';

/** @throws TypeError or RangeError unless `value` is a whole number from 0 to 2^53 − 1. */
export function checkOffset(value: unknown, what: string): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, not ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} must be a whole number from 0 to 2^53 - 1, not ${value}`);
  }
}

/** @throws TypeError unless `value` is a Uint8Array (a Buffer is one), of whatever realm. */
export function checkBytes(value: unknown, what: string): asserts value is Uint8Array {
  if (ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === 'Uint8Array') return;
  throw new TypeError(`${what} must be a Uint8Array, not ${describe(value)}`);
}

/** @throws IO_OUT_OF_RANGE when the range ends where positions are no longer exact. */
export function checkEnd(manifest: Manifest, op: string, position: number, length: number): void {
  if (position + length <= Number.MAX_SAFE_INTEGER) return;
  throw ioErrors.IO_OUT_OF_RANGE({
    message: `${op}: ${length} bytes at ${position} end beyond 2^53 - 1, the last position that is exact`,
    op,
    driver: manifest.driver,
    target: manifest.target,
    offset: position,
    length,
  });
}

/** What a value is, for a message about a wrong one. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value === 'string' ? JSON.stringify(value) : String(value);
  return value.constructor?.name ?? 'object';
}
