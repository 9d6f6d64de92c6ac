export { type CoreOptions, core, type ImageUse } from './core.js';
export type { FileStats, FileSystem } from './node-fs.js';
export { sec2 } from './sec2.js';
