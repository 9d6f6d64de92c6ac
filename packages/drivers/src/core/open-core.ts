import {
  driverErrors,
  ioErrors,
  type OpenIntent,
  openIntent,
  type Resources,
  type Spec,
} from '@terrane/driver';
import { type FileSystem, findFileSystem, needFileSystem } from '../node-fs.js';
import { system } from '../system-error.js';
import { BackingFile } from './backing-file.js';
import { CoreFile } from './core-file.js';
import { checkUse, type ImageUse, useImage } from './image.js';
import { Segments } from './segments.js';

/** The options of the core driver, as its spec carries them. */
export interface CoreOptions {
  /** Save to the file of that name, on flush and close. True unless given, and false for a file without a name. */
  readonly backingStore: boolean;
  /** The least growth in bytes. Growth is geometric anyway. */
  readonly increment: number;
  /** What may happen to the memory of an image. `copy-on-write` unless given. */
  readonly imageUse: ImageUse;
  /**
   * Write a whole new file on every flush. Otherwise the second flush on brings the file before last up to date,
   * which costs what has changed, and disturbs a reader who has kept that file open over two flushes.
   */
  readonly flushWhole: boolean;
}

/** The core driver's `open`: which combination of mode, backing store, image and disk file does what. */
export function openCore(spec: Spec, resources: Resources = {}): CoreFile {
  const options = readOptions(spec);
  const intent = openIntent(spec.mode);
  const segments = new Segments(options.increment);
  const { flushWhole } = options;
  if (resources.image !== undefined) return openImage(spec, resources, options, intent, segments);
  const target = spec.name ?? '(memory)';
  const writable = intent.write;
  if (!options.backingStore) {
    if (!loadPrivately(spec, resources, intent, segments)) {
      if (!intent.create) throw missing(target);
    }
    return new CoreFile({ target, segments, writable, isPrivate: true });
  }
  const fs = needFileSystem('core', resources.fs);
  const name = spec.name as string;
  if (intent.exclusive || intent.empty || (intent.create && !exists(fs, name))) {
    const backing = BackingFile.claim(fs, name, !intent.empty);
    backing.probe();
    const unsaved = intent.empty;
    return new CoreFile({ target, segments, writable, backing, isPrivate: true, unsaved, flushWhole });
  }
  const backing = BackingFile.load(fs, name, segments);
  if (!writable) return new CoreFile({ target, segments, writable, isPrivate: true });
  backing.probe();
  return new CoreFile({ target, segments, writable, backing, isPrivate: true, flushWhole });
}

/** An image counts as an existing file; it is never dropped without a word, and never overwrites a disk file. */
function openImage(
  spec: Spec,
  resources: Resources,
  options: CoreOptions,
  intent: OpenIntent,
  segments: Segments,
): CoreFile {
  if (intent.empty || intent.exclusive) {
    throw driverErrors.DRV_BAD_OPTION({
      message: `core: mode "${spec.mode}" starts an empty file, so the image would be ignored`,
      expected: 'mode r, r+ or a with an image',
      found: `mode ${spec.mode}`,
    });
  }
  const target = spec.name ?? '(memory)';
  const writable = intent.write;
  useImage(segments, resources.image, options.imageUse);
  const isPrivate = options.imageUse === 'copy';
  if (!options.backingStore) return new CoreFile({ target, segments, writable, isPrivate });
  const fs = needFileSystem('core', resources.fs);
  const name = spec.name as string;
  if (exists(fs, name)) {
    throw ioErrors.IO_EXISTS({
      message: `${name} exists, and an image must not replace it`,
      hint: 'open it without the image, or turn the backing store off',
    });
  }
  if (!intent.create)
    throw missing(target, 'open it with mode "a" to save the image there, or turn the backing store off');
  const backing = BackingFile.claim(fs, name, true);
  backing.probe();
  const { flushWhole } = options;
  return new CoreFile({ target, segments, writable, backing, isPrivate, unsaved: true, flushWhole });
}

/** Reads the disk file, if the mode wants it and there is one, and lets go of it. */
function loadPrivately(spec: Spec, resources: Resources, intent: OpenIntent, segments: Segments): boolean {
  if (spec.name === undefined || intent.empty) return false;
  // Without a file system there is no file, which is an error only for modes that want one.
  const fs = intent.create ? findFileSystem(resources.fs) : needFileSystem('core', resources.fs);
  if (!fs || (intent.create && !exists(fs, spec.name))) return false;
  if (intent.exclusive) throw ioErrors.IO_EXISTS({ message: `${spec.name} exists` });
  BackingFile.load(fs, spec.name, segments);
  return true;
}

function readOptions(spec: Spec): CoreOptions {
  const named = typeof spec.name === 'string' && spec.name !== '';
  const { backingStore = named, increment = 0, imageUse, flushWhole = false } = spec.options ?? {};
  if (typeof backingStore !== 'boolean') throw bad('backingStore', 'true or false', backingStore);
  if (backingStore && !named) throw bad('backingStore', 'false for a file without a name', backingStore);
  if (typeof increment !== 'number' || !Number.isSafeInteger(increment) || increment < 0) {
    throw bad('increment', 'a whole number of bytes', increment);
  }
  if (typeof flushWhole !== 'boolean') throw bad('flushWhole', 'true or false', flushWhole);
  return { backingStore, increment, imageUse: checkUse(imageUse), flushWhole };
}

function bad(option: string, expected: string, found: unknown): Error {
  const message = `core: ${option} must be ${expected}, not ${String(found)}`;
  return driverErrors.DRV_BAD_OPTION({ message, expected, found: String(found) });
}

function missing(target: string, hint?: string): Error {
  return ioErrors.IO_NOT_FOUND({ message: `there is no file ${target}`, ...(hint && { hint }) });
}

function exists(fs: FileSystem, name: string): boolean {
  return system('open', name, () => fs.statSync(name, { throwIfNoEntry: false })) !== undefined;
}
