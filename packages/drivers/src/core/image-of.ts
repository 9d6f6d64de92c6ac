import { driverErrors } from '@terrane/driver';

/** What {@link imageOf} takes. */
export type ByteSource =
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | Blob
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/**
 * All bytes of a source, for the resource `image` of the driver core: a `Blob` or `File`, a `Response`, a stream of the
 * web or of Node, or any iterable of pieces. What is in memory already is not copied.
 *
 * ```ts
 * const file = openWith(core, { mode: 'r+' }, { image: await imageOf(await fetch(url)) });
 * ```
 *
 * @throws DRV_BAD_OPTION for anything else, and for a response that is no success.
 */
export async function imageOf(source: ByteSource): Promise<Uint8Array> {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const kind = Object.prototype.toString.call(source).slice(8, -1);
  if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer') return new Uint8Array(source as ArrayBuffer);
  if (kind === 'Response' && !(source as Response).ok) {
    throw driverErrors.DRV_BAD_OPTION({
      message: `the response is no file but ${(source as Response).status}`,
      found: String((source as Response).status),
    });
  }
  if (typeof (source as Blob | null)?.arrayBuffer === 'function') {
    return new Uint8Array(await (source as Blob | Response).arrayBuffer());
  }
  if (kind === 'ReadableStream') {
    return new Uint8Array(await new Response(source as ReadableStream<Uint8Array>).arrayBuffer());
  }
  if (typeof (source as AsyncIterable<Uint8Array> | null)?.[Symbol.asyncIterator] === 'function') {
    return join(source as AsyncIterable<Uint8Array>);
  }
  throw driverErrors.DRV_BAD_OPTION({
    message: 'an image comes from bytes, a Blob, a Response, a stream or an iterable of pieces',
    found: kind,
  });
}

async function join(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  const joined = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of all) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
