export {
  type PtypesBuffer,
  type PtypesEdge,
  type PtypesFile,
  type PtypesNode,
  type PtypesObject,
  type PtypesOptions,
  ptypesTypeOf,
  readPtypes,
} from './read-ptypes.js';
export type { PtypesType } from './types.js';
