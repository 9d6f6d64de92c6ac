import { declareErrors } from '@terrane/errors';

/** The error codes of this package; each is thrown as `errors.LAY_X({ message, … })`. */
export const errors = declareErrors('LAY', {
  LAY_RANGE: { summary: 'A number does not fit its type, or cannot be given exactly as asked.' },
  LAY_TYPE: { summary: 'A value is of the wrong JavaScript type for its layout.' },
  LAY_TEXT: { summary: 'Text does not fit its width or encoding, or the stored bytes are no such text.' },
  LAY_SHAPE: { summary: 'An array or byte string has another length than its layout.' },
  LAY_FIELD: { summary: 'A struct has no such field, or a value lacks one.' },
  LAY_ENUM: { summary: 'A name or a stored number is not a member of the enumeration.' },
  LAY_NA: { summary: 'A value is the very one that stands for a missing value.' },
  LAY_BOUNDS: { summary: 'A value would lie outside the memory that was given.' },
  LAY_DEFINITION: { summary: 'A layout was declared in a way that no memory can have.' },
  LAY_DESCRIPTION: { summary: 'A JSON description is not one of a layout.' },
  LAY_C_SYNTAX: { summary: 'C text is not a struct declaration that can be laid out.' },
  LAY_DTYPE: { summary: 'A type has no counterpart in the other type system.' },
});
