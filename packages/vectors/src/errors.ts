import { declareErrors } from '@terrane/errors';

/** The error codes of this package. Values are checked by `@terrane/layout` (LAY_), maps by `@terrane/mmap` (MAP_). */
export const errors = declareErrors('VEC', {
  VEC_INDEX: { summary: 'A position, or a name of one, is not in the vector.' },
  VEC_SHAPE: { summary: 'Numbers of elements do not agree: of values, positions, a mask, or a shape.' },
  VEC_OPERAND: { summary: 'A value cannot be compared with the elements, or not by that operator.' },
  VEC_TYPE: { summary: 'The elements are of a type that has no such operation.' },
  VEC_READ_ONLY: { summary: 'The vector was mapped for reading, or its values cannot be replaced.' },
  VEC_GROW: { summary: 'The file has bytes behind the elements, which would be lost if it grew or shrank.' },
  VEC_VALUES: { summary: 'Values are of no common type that a file could be made of.' },
  VEC_CSV: { summary: 'A CSV file is malformed, or a row of it does not fit its columns.' },
  VEC_DESCRIPTION: { summary: 'Plain data is not the description of a vector or table.' },
});
