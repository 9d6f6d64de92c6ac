export { corpus } from './corpus.js';
export { type OpenH5wasm, openH5wasm } from './h5wasm.js';
export { h5dump, hasH5dump, hasH5py, hasPyTables, hasPython, python } from './programs.js';
export { temporaryFolder } from './temporary-folder.js';
