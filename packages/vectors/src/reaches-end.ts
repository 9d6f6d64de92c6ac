import { fstatSync, statSync } from 'node:fs';
import type { FileSource, Mapping } from '@terrane/mmap';

/** Whether a mapping ends where its file does. */
export function reachesEnd(source: FileSource, mapping: Mapping): boolean {
  const { size } = typeof source === 'number' ? fstatSync(source) : statSync(source);
  return mapping.offset + mapping.length >= size;
}
