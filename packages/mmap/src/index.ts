export type { MappingKind } from './backing.js';
export { type FileSource, map } from './map.js';
export type { MapMode, MapOptions } from './map-options.js';
export type { Mapping, Pin, ViewConstructor } from './mapping.js';
export { allocationGranularity, nativeProblem, pageSize } from './system-info.js';
