import { BlockStorage, errors as blockErrors } from '@terrane/blocks';
import { type CheckedFile, checked, MemoryFile, MemoryStore } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { BlockHome } from './block-home.js';
import { checkHeader, headerBytes } from './store-header.js';

const pieceBytes = 2 ** 20;
const atOnce = 4;
const attempts = 4;

/**
 * A file that answers by promise, read into memory as one committed state. When somebody commits pages twice meanwhile, it is
 * read again; and also when it looks damaged, since parts of it may have been read before others were written, until it looks
 * as damaged as the time before.
 *
 * @throws OBJ_NOT_A_STORE, OBJ_TOO_NEW, BLK_DAMAGED; BLK_OVERTAKEN when that happened again and again
 */
export async function loadFile(
  file: CheckedFile<'async'>,
  signal?: AbortSignal,
): Promise<CheckedFile<'sync'>> {
  const { target } = file.manifest;
  let before: string | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const copy = checked(new MemoryFile(await readAll(file, signal), target, false));
    checkHeader(copy);
    let sequence = 0;
    try {
      ({ sequence } = BlockStorage.open(copy, { offset: headerBytes }));
      // What a state consists of stays where it is until the second commit after it.
      const now = await BlockStorage.open(file, { offset: headerBytes });
      if (now.sequence > sequence + 1) continue;
      BlockHome.open(copy, false);
      return copy;
    } catch (error) {
      const isDamage = isTerraneError(error, 'OBJ_DAMAGED') || isTerraneError(error, 'BLK_DAMAGED');
      const damage = isDamage && `${error.message}, in commit ${sequence}`;
      if (!damage || damage === before) throw error;
      before = damage;
    }
  }
  throw blockErrors.BLK_OVERTAKEN({
    message: `a writer went on ${attempts} times while the file was read`,
    target,
    op: 'load',
  });
}

/** The commit records, which are at the beginning, are read before everything else, and before it is asked how long the file is. */
async function readAll(file: CheckedFile<'async'>, signal: AbortSignal | undefined): Promise<MemoryStore> {
  const store = new MemoryStore();
  const options = signal && { signal };
  const first = new Uint8Array(pieceBytes);
  await file.read(0, first, options);
  store.resize(await file.size());
  const { bytes } = store;
  bytes.set(first.subarray(0, bytes.length));
  for (let at = pieceBytes; at < bytes.length; at += atOnce * pieceBytes) {
    const pieces = Array.from({ length: atOnce }, (_, index) => at + index * pieceBytes);
    await Promise.all(
      pieces
        .filter((position) => position < bytes.length)
        .map((position) => file.read(position, bytes.subarray(position, position + pieceBytes), options)),
    );
  }
  return store;
}
