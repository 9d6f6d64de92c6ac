import { chain, type Mode, type Out, settled } from '@terrane/driver';
import { errors } from '../errors.js';
import { sealChecksum } from '../format/checksum.js';
import { messageType } from '../format/messages/message-type.js';
import { encodeSuperblock } from '../format/superblock.js';
import { Writer } from '../format/writer.js';
import { driverInfoMessage, type HeaderPlace, rawAddresses } from '../index/raw-addresses.js';
import type { FileContext } from './file-context.js';

type Image = Uint8Array<ArrayBuffer>;

/**
 * The image of a split file, which the C library refuses: metadata first, where it was, and behind it the raw data,
 * with every address that leads there changed.
 *
 * @throws H5_UNSUPPORTED for files whose metadata is in several members, and naming what refers to raw data in a way
 *   that is not changed yet
 */
export function setImage<M extends Mode>(
  context: FileContext<M>,
  allocate: (length: number) => Image,
): Out<M, Image> {
  const { handle, store, superblock, mode } = context;
  const [meta, raw, third] = store.space.stretches;
  if (meta === undefined || raw === undefined || third !== undefined || raw.kinds?.includes('btree')) {
    throw errors.H5_UNSUPPORTED({
      message: `a file over the driver ${handle.manifest.driver} has no image yet: its metadata is in several members`,
      feature: 'image of metadata in several members',
      driver: handle.manifest.driver,
      hint: 'copy its objects to a file over the core driver',
    });
  }
  const rawAt = Math.ceil(meta.end / 8) * 8;
  const image = allocate(rawAt + raw.end - raw.start);
  const reads = [
    { position: meta.start, target: image.subarray(0, meta.end) },
    { position: raw.start, target: image.subarray(rawAt) },
  ];
  return chain<M, Places, Image>(
    context.run(() => ({
      addresses: rawAddresses(context),
      driverInfo: driverInfoMessage(context, superblock.extension),
    })),
    ({ addresses, driverInfo }) =>
      chain<M, number[], Image>(handle.readMany(reads), () => {
        for (const place of addresses) move(image, place, context, rawAt - raw.start);
        // A message that says that the file lies over several becomes a filler.
        if (driverInfo !== undefined) change(image, driverInfo, Uint8Array.of(messageType.nil));
        const plain = { ...superblock, sizes: { ...superblock.sizes, map: undefined } };
        image.set(encodeSuperblock({ ...plain, end: image.length, flags: 0, driverInfo: undefined }));
        return settled(mode, image) as Out<M, Image>;
      }),
  );
}

interface Places {
  readonly addresses: readonly HeaderPlace[];
  readonly driverInfo: HeaderPlace | undefined;
}

/** Changes one address. Storage that was never allocated has none to change. */
function move<M extends Mode>(
  image: Image,
  place: HeaderPlace,
  { store }: FileContext<M>,
  distance: number,
): void {
  const { offset: width } = store.sizes;
  if (image.subarray(place.at, place.at + width).every((byte) => byte === 0xff)) return;
  const address = new DataView(image.buffer).getBigUint64(place.at, true);
  const position = store.space.map!.toPosition(address);
  change(image, place, new Writer().uint(position + distance, width).bytes());
}

/** Puts bytes in place, under the checksum that new headers have. */
function change(image: Image, { at, chunk, isChecked }: HeaderPlace, bytes: Uint8Array): void {
  image.set(bytes, at);
  if (isChecked) sealChecksum(image.subarray(chunk.address, chunk.address + chunk.length));
}
