import { chain, type Mode, type Out, settled } from '@terrane/driver';
import { sealChecksum } from '../format/checksum.js';
import { messageType } from '../format/messages/message-type.js';
import { encodeSuperblock, type Superblock } from '../format/superblock.js';
import { Writer } from '../format/writer.js';
import { addressPlaces, driverInfoMessage, type Place } from '../index/address-places.js';
import type { FileContext } from './file-context.js';

type Image = Uint8Array<ArrayBuffer>;

/**
 * The image of a file over several members with addresses of their own, which the C library refuses: the members one
 * behind the other, with every address changed to where it leads now.
 *
 * @throws H5_UNSUPPORTED naming what refers to other structures in a way that is not changed yet
 */
export function setImage<M extends Mode>(
  context: FileContext<M>,
  allocate: (length: number) => Image,
): Out<M, Image> {
  const { handle, store, superblock, mode } = context;
  let length = 0;
  const members = store.space.stretches.map(({ start, end }) => {
    const member = { start, end, at: length };
    length = Math.ceil((length + end - start) / 8) * 8;
    return member;
  });
  /** Where in the image a position of the set is. */
  const relocate = (position: number): number => {
    const member = members.findLast(({ start }) => start <= position)!;
    return member.at + position - member.start;
  };
  const image = allocate(length);
  const reads = members.map(({ start, end, at }) => ({
    position: start,
    target: image.subarray(at, at + end - start),
  }));
  return chain<M, Places, Image>(
    context.run(() => ({
      addresses: addressPlaces(context),
      driverInfo: driverInfoMessage(context, superblock.extension),
    })),
    ({ addresses, driverInfo }) =>
      chain<M, number[], Image>(handle.readMany(reads), () => {
        const view = new DataView(image.buffer);
        for (const place of addresses) {
          const at = relocate(place.at);
          const stored = view.getBigUint64(at, true);
          if (stored === nothing) continue;
          const moved = relocate(store.space.map!.toPosition(stored));
          change(image, place, new Writer().uint(moved, 8).bytes(), relocate);
        }
        // A message that says that the file lies over several becomes a filler.
        if (driverInfo !== undefined) change(image, driverInfo, Uint8Array.of(messageType.nil), relocate);
        image.set(encodeSuperblock(aloneSuperblock(superblock, length, relocate)));
        return settled(mode, image) as Out<M, Image>;
      }),
  );
}

/** How the format says that there is no address. */
const nothing = 2n ** 64n - 1n;

interface Places {
  readonly addresses: readonly Place[];
  readonly driverInfo: Place | undefined;
}

/** Puts bytes in place, under the checksum that new headers have. */
function change(
  image: Image,
  { at, sealed }: Place,
  bytes: Uint8Array,
  relocate: (position: number) => number,
): void {
  image.set(bytes, relocate(at));
  if (sealed === undefined) return;
  const start = relocate(sealed.address);
  sealChecksum(image.subarray(start, start + sealed.length));
}

function aloneSuperblock(block: Superblock, end: number, relocate: (position: number) => number): Superblock {
  const { rootCache, extension } = block;
  return {
    ...block,
    sizes: { ...block.sizes, map: undefined },
    end,
    root: relocate(block.root),
    rootCache: rootCache && { btree: relocate(rootCache.btree), heap: relocate(rootCache.heap) },
    extension: extension === undefined ? undefined : relocate(extension),
    flags: 0,
    driverInfo: undefined,
  };
}
