import { errors } from './errors.js';

/** Where an error happened, for its fields. */
export interface Where {
  readonly op: string;
  readonly target?: string;
}

export const closedError = (where: Where) =>
  errors.MAP_CLOSED({ message: 'the mapping is closed', ...where });

export const tornError = (where: Where) =>
  errors.MAP_TORN({
    message: 'bytes of the file went missing under the mapping; zeros took their place',
    hint: 'close it and map the file again',
    ...where,
  });

export const strayStoreError = (where: Where) =>
  errors.MAP_STRAY_STORE({
    message: 'something stored into write-protected pages; they no longer show the file',
    hint: 'close it and map the file again',
    ...where,
  });

export const readOnlyError = (where: Where, mode: string) =>
  errors.MAP_READ_ONLY({
    message: `the mapping has mode "${mode}"`,
    hint: 'map it with mode "read-write"',
    ...where,
  });

export const pinnedError = (where: Where, pins: number) =>
  errors.MAP_PINNED({
    message: `the mapping is pinned ${pins} times`,
    hint: 'release the pins, or await closeAsync()',
    ...where,
  });

export const rangeError = (where: Where, offset: number, length: number, size: number) =>
  errors.MAP_RANGE({
    message: `${length} bytes at ${offset} are not inside a mapping of ${size}`,
    offset,
    length,
    ...where,
  });

export const unalignedError = (where: Where, offset: number, place: number, size: number) =>
  errors.MAP_UNALIGNED({
    message: `byte ${place} of the file is no multiple of ${size}`,
    offset,
    expected: `a multiple of ${size}`,
    ...(where.op === 'view' ? { hint: 'pass { unaligned: true } unless the view is for Atomics' } : {}),
    ...where,
  });
