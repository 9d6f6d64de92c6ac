export { type RepairedStore, type RepairOptions, repairStore } from '../store/repair.js';
export type { Loss } from '../store/salvage-realm.js';
export { dump, type Exportable, type ExportOptions, exportLines } from './json-export.js';
export { type Importable, importLines, schemaOfLine } from './json-import.js';
