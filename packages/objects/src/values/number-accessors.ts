import { chunkHeader } from '../heap/chunks.js';
import { generationKey, positionKey, revalidate, segmentKey } from '../live/live-object.js';
import type { AccessorFactory } from './accessor.js';
import { type Check, checkFloat, integerCheck } from './scalar-codecs.js';

/*
 * One factory for each kind of number, each with a text of its own: the engine inlines what always sees one kind, and is
 * thirty times slower through a text that sees them all. The pattern is the same throughout: is the object still
 * there; is the page ready for writing; the access.
 */
/*
 * The engine folds the constants of a function into its machine code. What is imported, and what a bundler makes variables of at
 * the top of a file, it looks up on each access.
 */
function makeAccessors(): Readonly<Record<string, AccessorFactory>> {
  const segmentOf: typeof segmentKey = segmentKey;
  const positionOf: typeof positionKey = positionKey;
  const generationOf: typeof generationKey = generationKey;
  return {
    int8: (offset, path) => {
      const content = offset + chunkHeader;
      const check: Check<number> = integerCheck(-128, 127);
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getInt8(this[positionOf] + content);
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 1);
          segment.setInt8(at, value);
        },
      };
    },
    uint8: (offset, path) => {
      const content = offset + chunkHeader;
      const check: Check<number> = integerCheck(0, 255);
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getUint8(this[positionOf] + content);
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 1);
          segment.setUint8(at, value);
        },
      };
    },
    int16: (offset, path) => {
      const content = offset + chunkHeader;
      const check: Check<number> = integerCheck(-32768, 32767);
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getInt16(this[positionOf] + content, true);
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 2);
          segment.setInt16(at, value, true);
        },
      };
    },
    uint16: (offset, path) => {
      const content = offset + chunkHeader;
      const check: Check<number> = integerCheck(0, 65535);
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getUint16(this[positionOf] + content, true);
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 2);
          segment.setUint16(at, value, true);
        },
      };
    },
    int32: (offset, path) => {
      const content = offset + chunkHeader;
      const check: Check<number> = integerCheck(-2_147_483_648, 2_147_483_647);
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getInt32(this[positionOf] + content, true);
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 4);
          segment.setInt32(at, value, true);
        },
      };
    },
    uint32: (offset, path) => {
      const content = offset + chunkHeader;
      const check: Check<number> = integerCheck(0, 4_294_967_295);
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getUint32(this[positionOf] + content, true);
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 4);
          segment.setUint32(at, value, true);
        },
      };
    },
    float32: (offset, path) => {
      const content = offset + chunkHeader;
      const check: Check<number> = checkFloat;
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getFloat32(this[positionOf] + content, true);
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 4);
          segment.setFloat32(at, value, true);
        },
      };
    },
    float64: (offset, path) => {
      const content = offset + chunkHeader;
      const check: Check<number> = checkFloat;
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getFloat64(this[positionOf] + content, true);
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 8);
          segment.setFloat64(at, value, true);
        },
      };
    },
  };
}

/** Fast accessors of numbers up to 32 bits, and of floats. */
export const numberAccessors: Readonly<Record<string, AccessorFactory>> = makeAccessors();
