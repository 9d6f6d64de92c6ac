export { checkOptions, nearest } from './check-options.js';
export {
  declareErrors,
  type ErrorDeclaration,
  type ErrorFactory,
  type ErrorFamily,
} from './declare-errors.js';
export {
  type ErrorDetails,
  type ErrorJson,
  isTerraneError,
  type Retry,
  reviveError,
  TerraneError,
} from './terrane-error.js';
