import { chain, type Mode, type Out, settled } from '@terrane/driver';
import { errors } from '../errors.js';
import { encodeSuperblock } from '../format/superblock.js';
import type { FileContext } from './file-context.js';
import { setImage } from './set-image.js';

/**
 * The whole file as bytes: from the superblock to the end of the address space, without a user block, marked
 * as properly closed, and as one file where it lies over several. One read into fresh memory.
 *
 * @throws H5_UNSUPPORTED for split and multi files with what `setImage` cannot move
 */
export function fileImage<M extends Mode>(context: FileContext<M>): Out<M, Uint8Array<ArrayBuffer>> {
  type Image = Uint8Array<ArrayBuffer>;
  return context.guard(() =>
    context.exclusively(() =>
      chain<M, void, Image>(context.flushNow(), () => {
        const { handle, store, superblock } = context;
        if (store.space.isSet) return setImage(context, allocate);
        const image = allocate(superblock.end);
        return chain<M, number, Image>(handle.read(store.base, image), (count) => {
          if (count < image.length) throw truncated(image.length, count);
          if (superblock.base !== 0 || superblock.flags !== 0 || superblock.driverInfo !== undefined) {
            image.set(encodeSuperblock({ ...superblock, base: 0, flags: 0, driverInfo: undefined }));
          }
          return settled(context.mode, image) as Out<M, Image>;
        });
      }),
    ),
  );
}

function allocate(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw errors.H5_LIMIT({
      message: `an image of ${length} bytes is more than this runtime can hold in one array`,
      length,
      cause,
    });
  }
}

function truncated(expected: number, found: number): Error {
  return errors.H5_TRUNCATED({
    message: 'the file is shorter than its superblock says',
    structure: 'superblock',
    expected: `${expected} bytes`,
    found: `${found} bytes`,
  });
}
