import { readSync } from 'node:fs';
import type { Backing } from './backing.js';
import type { MapMode } from './map-options.js';
import { systemError } from './system-error.js';

/** What {@link copiedBacking} needs to know. The descriptor stays open and is its own. */
export interface CopiedRequest {
  readonly descriptor: number;
  readonly target: string | undefined;
  readonly mode: MapMode;
  readonly offset: number;
  readonly length: number;
  /** Bytes in each buffer but the last. */
  readonly segmentSize: number;
  readonly closeDescriptor: () => void;
}

/** Bytes read into ordinary memory: what there is where nothing can be mapped. They show the file as it was then. */
export function copiedBacking(request: CopiedRequest): Backing {
  const { length, segmentSize } = request;
  const buffers = Array.from({ length: Math.ceil(length / segmentSize) }, (_, index) => {
    const buffer = new ArrayBuffer(Math.min(segmentSize, length - index * segmentSize));
    readFully(request, new Uint8Array(buffer), request.offset + index * segmentSize);
    return buffer;
  });
  return {
    kind: 'copied',
    window: (offset) => buffers[Math.floor(offset / segmentSize)] ?? new ArrayBuffer(0),
    // Moving the memory elsewhere is how JavaScript detaches a buffer.
    detach: (buffer) => {
      if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
    },
    torn: () => false,
    close: () => request.closeDescriptor(),
  };
}

function readFully(request: CopiedRequest, target: Uint8Array, position: number): void {
  let done = 0;
  while (done < target.byteLength) {
    try {
      const count = readSync(request.descriptor, target, done, target.byteLength - done, position + done);
      // The file became shorter in this very moment; a map would show zeros there, too.
      if (count === 0) return;
      done += count;
    } catch (error) {
      throw systemError(error, { op: 'read', target: request.target, offset: position + done });
    }
  }
}
