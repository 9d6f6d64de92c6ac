import type { KitCase } from '../kit-case.js';
import { differentialCases } from './differential.js';
import { endingCases } from './ending.js';
import { holdingCases } from './holding.js';
import { manifestCases } from './manifest.js';
import { openingCases } from './opening.js';
import { readingCases } from './reading.js';
import { writingCases } from './writing.js';

/** All cases, in the order of the contract. */
export const cases: readonly KitCase[] = [
  ...openingCases,
  ...manifestCases,
  ...readingCases,
  ...writingCases,
  ...holdingCases,
  ...endingCases,
  ...differentialCases,
];
