import type { AccessorFactory } from './accessor.js';
import { flagAccessors } from './flag-accessors.js';
import { longAccessors } from './long-accessors.js';
import { numberAccessors } from './number-accessors.js';

/** Accessors that do without a codec, by kind. */
export const fastAccessors: Readonly<Record<string, AccessorFactory>> = {
  ...numberAccessors,
  ...longAccessors,
  ...flagAccessors,
};
