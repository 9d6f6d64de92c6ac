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

/** A part of the copy; its memory is there from its first use on. */
interface Segment {
  readonly start: number;
  readonly size: number;
  buffer?: ArrayBuffer;
  /** What the file held when last seen, where stores are written back. */
  known?: Uint8Array;
}

/**
 * Bytes read into ordinary memory: what there is where nothing can be mapped. They show the file as it was when they
 * were first used. What was stored into them is written back by flush and close, and only that: what others wrote
 * elsewhere stays.
 */
export function copiedBacking(request: CopiedRequest): Backing {
  const { descriptor, segmentSize, offset: fileOffset } = request;
  const writesBack = request.mode === 'read-write' && descriptor >= 0;
  let length = request.length;
  let torn = false;
  let segments = divide(length, segmentSize);

  const load = (segment: Segment): ArrayBuffer => {
    if (segment.buffer !== undefined) return segment.buffer;
    const buffer = new ArrayBuffer(segment.size);
    if (descriptor >= 0) readFully(request, new Uint8Array(buffer), fileOffset + segment.start);
    if (writesBack) segment.known = new Uint8Array(buffer.slice(0));
    segment.buffer = buffer;
    return buffer;
  };
  const segmentAt = (offset: number): Segment | undefined => segments[Math.floor(offset / segmentSize)];
  const flush = (offset: number, size: number): void => {
    if (!writesBack || torn) return;
    for (const { segment, from, to } of parts(segments, offset, size)) {
      if (segment.buffer !== undefined) writeChanges(request, segment, from, to);
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
    window: (offset) => {
      const segment = segmentAt(offset);
      return segment === undefined ? new ArrayBuffer(0) : load(segment);
    },
    peek: (offset, target) => {
      // Only what nothing has a view of: a store into a view has to be seen.
      if (descriptor < 0 || segmentAt(offset)?.buffer !== undefined) return false;
      readFully(request, target, fileOffset + offset);
      return true;
    },
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
      if (descriptor >= 0) resizeFile(request, length, after);
      const fresh = divide(after, segmentSize);
      for (const { buffer, start } of segments) {
        if (buffer === undefined) continue;
        const same = fresh[start / segmentSize];
        // Memory without a file is nowhere else; the rest is read again when it is used.
        if (descriptor < 0 && same !== undefined) {
          new Uint8Array(load(same)).set(new Uint8Array(buffer, 0, Math.min(same.size, buffer.byteLength)));
        }
        detach(buffer);
      }
      segments = fresh;
      length = after;
      return false;
    },
    punchHole: (offset, size) => {
      for (const { segment, from, to } of parts(segments, offset, size)) {
        new Uint8Array(load(segment)).fill(0, from, to);
      }
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
        segments = [];
        request.close();
      }
    },
  };
}

function divide(length: number, segmentSize: number): Segment[] {
  return Array.from({ length: Math.ceil(length / segmentSize) }, (_, index) => {
    const start = index * segmentSize;
    return { start, size: Math.min(segmentSize, length - start) };
  });
}

/** The segments that a range touches, and from where to where in each. */
function* parts(segments: readonly Segment[], offset: number, size: number) {
  for (const segment of segments) {
    const from = Math.max(0, offset - segment.start);
    const to = Math.min(segment.size, offset + size - segment.start);
    if (to > from) yield { segment, from, to };
  }
}

function writeChanges(
  request: CopiedRequest,
  { start, buffer, known }: Segment,
  from: number,
  to: number,
): void {
  for (let at = Math.floor(from / piece) * piece; at < to; at += piece) {
    const bytes = new Uint8Array(buffer!).subarray(at, at + piece);
    const before = known!.subarray(at, at + piece);
    if (Buffer.compare(bytes, before) === 0) continue;
    writeFully(request, bytes, request.offset + start + at);
    before.set(bytes);
  }
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

function readFully(request: CopiedRequest, target: Uint8Array, position: number): void {
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
