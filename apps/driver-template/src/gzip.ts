import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  type Driver,
  driverErrors,
  ioErrors,
  MemoryStore,
  type OpenIntent,
  openIntent,
  type Spec,
} from '@terrane/driver';
import { GzipFile } from './gzip-file.js';

/**
 * Files that are compressed with gzip, as files of what is in them: unpacked into memory when they are opened, and packed again when
 * they are flushed or closed. Option `level`: how hard to pack, from 1 to 9; 6 unless given.
 */
export const gzip: Driver<'sync'> = {
  name: 'gzip',
  contract: 1,
  mode: 'sync',
  schemes: ['gzip'],
  options: ['level'],
  open(spec) {
    const name = nameOf(spec);
    const level = levelOf(spec);
    const intent = openIntent(spec.mode);
    const content = contentOf(name, intent);
    const save = (bytes: Uint8Array) => {
      // Beside the file and then in its place, so that there is never half a file.
      const fresh = `${name}.${process.pid}.tmp`;
      writeFileSync(fresh, gzipSync(bytes, { level }));
      renameSync(fresh, name);
    };
    if (content === undefined) save(new Uint8Array(0));
    return new GzipFile(name, new MemoryStore(content), intent.write ? save : undefined);
  },
};

/** What is in the file, as the mode wants it; nothing when there is to be a new one. */
function contentOf(name: string, intent: OpenIntent): Uint8Array | undefined {
  const exists = existsSync(name);
  if (exists && intent.exclusive) throw ioErrors.IO_EXISTS({ message: `${name} exists` });
  if (!exists && !intent.create) throw ioErrors.IO_NOT_FOUND({ message: `there is no file ${name}` });
  return exists && !intent.empty ? gunzipSync(readFileSync(name)) : undefined;
}

function nameOf({ name }: Spec): string {
  if (name) return name;
  throw driverErrors.DRV_BAD_OPTION({ message: 'gzip needs the name of a file' });
}

function levelOf({ options }: Spec): number {
  const level = options?.level ?? 6;
  if (Number.isInteger(level) && (level as number) >= 1 && (level as number) <= 9) return level as number;
  throw driverErrors.DRV_BAD_OPTION({
    message: 'gzip: level must be a whole number from 1 to 9',
    expected: '1 to 9',
    found: String(level),
  });
}
