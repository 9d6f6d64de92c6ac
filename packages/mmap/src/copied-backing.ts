import { fdatasync, fdatasyncSync, fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Backing } from './backing.js';
import { errors } from './errors.js';
import type { MapMode } from './map-options.js';
import { systemError } from './system-error.js';

/** What {@link copiedBacking} needs to know. The descriptor stays open; `close` is called in the end. */
export interface CopiedRequest {
  /** -1 for memory without a file. */
  readonly descriptor: number;
  readonly target: string | undefined;
  readonly mode: MapMode;
  readonly offset: number;
  readonly length: number;
  /** Bytes in each buffer but the last. */
  readonly segmentSize: number;
  readonly close: () => void;
}

/** Changes are looked for and written in pieces of this size. */
const piece = 4096;

/**
 * Bytes read into ordinary memory: what there is where nothing can be mapped. They show the file as it was then.
 * What was stored into them is written back by flush and close, and only that: what others wrote elsewhere stays.
 */
export function copiedBacking(request: CopiedRequest): Backing {
  const { descriptor, segmentSize, offset: fileOffset } = request;
  const writesBack = request.mode === 'read-write' && descriptor >= 0;
  let length = request.length;
  let torn = false;
  let buffers = allocate(length, segmentSize);
  if (descriptor >= 0) readAll(request, buffers);
  /** What the file held when last seen. */
  let known = writesBack ? buffers.map((buffer) => new Uint8Array(buffer.slice(0))) : [];

  const flush = (offset: number, size: number): void => {
    if (!writesBack || torn) return;
    for (let at = Math.floor(offset / piece) * piece; at < offset + size; at += piece) {
      const index = Math.floor(at / segmentSize);
      const within = at - index * segmentSize;
      const bytes = new Uint8Array(buffers[index]!).subarray(within, within + piece);
      const before = known[index]!.subarray(within, within + piece);
      if (Buffer.compare(bytes, before) === 0) continue;
      writeFully(request, bytes, fileOffset + at);
      before.set(bytes);
    }
  };
  const unsupported = (op: string): never => {
    throw errors.MAP_UNSUPPORTED({
      message: `${op} has no meaning on a copy`,
      op,
      hint: 'mapping.kind is "copied": see nativeProblem',
    });
  };

  return {
    kind: 'copied',
    window: (offset) => buffers[Math.floor(offset / segmentSize)] ?? new ArrayBuffer(0),
    reach: () => length,
    detach,
    torn: () => torn,
    strayStore: () => false,
    verify: () => {
      if (descriptor < 0) return;
      if (attempt(request, 'verify', () => fstatSync(descriptor)).size < fileOffset + length) torn = true;
    },
    flush: (offset, size, wait) => {
      flush(offset, size);
      if (wait && writesBack) attempt(request, 'flush', () => fdatasyncSync(descriptor));
    },
    flushAsync: async (offset, size) => {
      flush(offset, size);
      if (writesBack) await promisify(fdatasync)(descriptor);
    },
    // A copy is in memory whatever is advised.
    advise: () => {},
    protect: () => unsupported('protect'),
    lock: () => unsupported('lock'),
    unlock: () => unsupported('unlock'),
    residency: (offset, size) =>
      new Uint8Array(Math.ceil((offset + size) / piece) - Math.floor(offset / piece)).fill(1),
    resize: (after) => {
      flush(0, length);
      const fresh = allocate(after, segmentSize);
      if (descriptor >= 0) {
        resizeFile(request, length, after);
        readAll(request, fresh);
      } else {
        for (const [index, buffer] of fresh.entries()) {
          new Uint8Array(buffer).set(head(buffers[index], buffer.byteLength));
        }
      }
      buffers.forEach(detach);
      buffers = fresh;
      known = writesBack ? buffers.map((buffer) => new Uint8Array(buffer.slice(0))) : [];
      length = after;
      return false;
    },
    punchHole: (offset, size) => {
      buffers.forEach((buffer, index) => {
        const start = index * segmentSize;
        const from = Math.max(0, offset - start);
        const to = Math.min(buffer.byteLength, offset + size - start);
        if (to > from) new Uint8Array(buffer).fill(0, from, to);
      });
      flush(offset, size);
    },
    wait: () => unsupported('wait'),
    waitAsync: () => unsupported('wait'),
    wake: () => unsupported('notify'),
    mutexTry: () => unsupported('mutex'),
    mutexLock: () => unsupported('mutex'),
    mutexPrepare: () => unsupported('mutex'),
    mutexUnlock: () => unsupported('mutex'),
    descriptor: () => undefined,
    lockSource: () => undefined,
    close: () => {
      try {
        flush(0, length);
      } finally {
        buffers = [];
        request.close();
      }
    },
  };
}

function allocate(length: number, segmentSize: number): ArrayBuffer[] {
  return Array.from(
    { length: Math.ceil(length / segmentSize) },
    (_, index) => new ArrayBuffer(Math.min(segmentSize, length - index * segmentSize)),
  );
}

function head(buffer: ArrayBuffer | undefined, size: number): Uint8Array {
  return new Uint8Array(buffer ?? new ArrayBuffer(0)).subarray(0, size);
}

/** Moving the memory elsewhere is how JavaScript detaches a buffer. */
function detach(buffer: ArrayBuffer): void {
  if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
}

function attempt<Result>(request: CopiedRequest, op: string, run: () => Result, offset = 0): Result {
  try {
    return run();
  } catch (error) {
    throw systemError(error, { op, target: request.target, offset });
  }
}

function resizeFile(request: CopiedRequest, before: number, after: number): void {
  const { descriptor, offset } = request;
  const bytes = fstatSync(descriptor).size;
  if (after < before && bytes > offset + before) {
    throw errors.MAP_RANGE({
      message: `the file has ${bytes} bytes, more than the mapping: to shorten it would lose them`,
      op: 'resize',
      length: after,
    });
  }
  if (after < before || offset + after > bytes) {
    attempt(request, 'resize', () => ftruncateSync(descriptor, offset + after));
  }
}

function readAll(request: CopiedRequest, buffers: readonly ArrayBuffer[]): void {
  for (const [index, buffer] of buffers.entries()) {
    readFully(request, buffer, request.offset + index * request.segmentSize);
  }
}

function readFully(request: CopiedRequest, buffer: ArrayBuffer, position: number): void {
  const target = new Uint8Array(buffer);
  let done = 0;
  while (done < target.byteLength) {
    const left = target.byteLength - done;
    const count = attempt(
      request,
      'read',
      () => readSync(request.descriptor, target, done, left, position + done),
      position + done,
    );
    // The file became shorter in this very moment; a map would show zeros there, too.
    if (count === 0) return;
    done += count;
  }
}

function writeFully(request: CopiedRequest, source: Uint8Array, position: number): void {
  let done = 0;
  while (done < source.byteLength) {
    const left = source.byteLength - done;
    done += attempt(
      request,
      'write',
      () => writeSync(request.descriptor, source, done, left, position + done),
      position + done,
    );
  }
}
