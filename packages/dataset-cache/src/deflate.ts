import type { Codec } from './codec.js';

/** What is used of `node:zlib`. */
interface Zlib {
  deflateSync(bytes: Uint8Array): Uint8Array;
  inflateSync(
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number; readonly chunkSize: number },
  ): Uint8Array;
}

/** What a file says of a length is believed up to here; beyond, memory is taken as it is needed. */
const mostChunk = 1 << 20;

/** Node's own where there is one. */
const zlib = () => globalThis.process?.getBuiltinModule?.('node:zlib') as Zlib | undefined;

/** Deflate in zlib's wrapping (RFC 1950). At once where there is `node:zlib`, by promise in browsers. */
export const deflate: Codec = {
  id: 1,
  name: 'deflate',
  get mode() {
    return zlib() ? 'sync' : 'async';
  },
  encode: (bytes) => zlib()?.deflateSync(bytes) ?? deflateByStream(bytes),
  decode(bytes, length) {
    // Not less than zlib takes; all of it comes in one piece.
    const options = {
      maxOutputLength: Math.max(1, length),
      chunkSize: Math.max(64, Math.min(length, mostChunk)),
    };
    return zlib()?.inflateSync(bytes, options) ?? inflateByStream(bytes, length);
  },
};

/** {@link deflate} where only the streams of browsers are. */
export async function deflateByStream(bytes: Uint8Array): Promise<Uint8Array> {
  return await through(new CompressionStream('deflate'), bytes, Number.POSITIVE_INFINITY);
}

/** Its inverse. @throws RangeError when more than `most` bytes come out; they are not all made. */
export async function inflateByStream(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  return await through(new DecompressionStream('deflate'), bytes, most);
}

async function through(
  stream: { readonly readable: ReadableStream; readonly writable: WritableStream },
  bytes: Uint8Array,
  most: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // What goes wrong comes out at the other end, too.
  const writing = writer.write(bytes).then(() => writer.close());
  writing.catch(() => undefined);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = stream.readable.getReader();
  for (;;) {
    const { done, value } = (await reader.read()) as { done: boolean; value: Uint8Array };
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError(`more than ${most} bytes came out`);
    }
    pieces.push(value);
  }
  await writing;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
