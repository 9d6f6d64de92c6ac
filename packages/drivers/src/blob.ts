import { type Driver, defineManifest, driverErrors, ioErrors, openIntent } from '@terrane/driver';

/** The part of a `Blob` or `File` that is used, so that anything of that shape will do. */
interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/**
 * A `Blob` or `File`, as a file input or a drop hands it out, read where it lies: only what is asked for is loaded.
 *
 * Resource `blob`. Mode `r`.
 */
export const blob: Driver<'async'> = Object.freeze({
  name: 'blob',
  contract: 1,
  mode: 'async',
  resources: ['blob'],
  open: async (spec, resources) => {
    const source = resources?.blob as (BlobLike & { readonly name?: string }) | undefined;
    if (source === undefined) {
      throw ioErrors.IO_NOT_FOUND({
        message: 'no blob was handed in',
        hint: 'give it as the resource `blob`',
      });
    }
    if (typeof source?.slice !== 'function' || typeof source.size !== 'number') {
      throw driverErrors.DRV_BAD_OPTION({ message: 'the resource `blob` must be a Blob or File' });
    }
    if (openIntent(spec.mode).write) {
      throw ioErrors.IO_READ_ONLY({
        message: 'a blob can only be read',
        hint: 'load it into core to edit it',
      });
    }
    const { size } = source;
    return {
      mode: 'async',
      manifest: defineManifest({
        driver: 'blob',
        target: spec.name ?? source.name ?? '(blob)',
        capabilities: {},
        guarantees: { immutable: true },
        hints: { latency: 'local', blockBytes: 65_536, mergeGapBytes: 65_536 },
      }),
      size: async () => size,
      read: async (position, target) => {
        const end = Math.min(position + target.length, size);
        if (position >= end) return 0;
        target.set(new Uint8Array(await load(source, position, end)));
        return end - position;
      },
      close: async () => {},
    };
  },
} satisfies Driver<'async'>);

async function load(source: BlobLike, start: number, end: number): Promise<ArrayBuffer> {
  try {
    return await source.slice(start, end).arrayBuffer();
  } catch (cause) {
    // Browsers say NotReadableError when the file on the disk is not the one that was chosen.
    if ((cause as Error | null)?.name !== 'NotReadableError') throw cause;
    throw ioErrors.IO_CHANGED({ message: 'the file was changed or removed since it was chosen', cause });
  }
}
