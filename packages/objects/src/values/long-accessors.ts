import { chunkHeader } from '../heap/chunks.js';
import { generationKey, positionKey, revalidate, segmentKey } from '../live/live-object.js';
import type { AccessorFactory } from './accessor.js';
import { bigintCheck, damagedValue, integerCheck } from './scalar-codecs.js';

const largest = Number.MAX_SAFE_INTEGER;

// As in number-accessors: constants of a function are folded.
function makeAccessors(): Readonly<Record<'int53' | 'int64' | 'uint64', AccessorFactory>> {
  const segmentOf: typeof segmentKey = segmentKey;
  const positionOf: typeof positionKey = positionKey;
  const generationOf: typeof generationKey = generationKey;
  /*
   * The largest safe integer times this is the largest float there is. What is larger becomes infinite, and infinite less
   * infinite is NaN: so one comparison finds what is not safe, fractions and NaN.
   */
  const scale = 2 ** 971;
  return {
    int53: (offset, path) => {
      const content = offset + chunkHeader;
      const check: (value: unknown, path: string) => asserts value is number = integerCheck(
        -largest,
        largest,
      );
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const value = segment.getFloat64(this[positionOf] + content, true);
          if (value * scale - Math.trunc(value) * scale !== 0)
            throw damagedValue('an int53 that is not safe', segment, this[positionOf] + content);
          return value;
        },
        set(value) {
          // The check itself is not compiled for one kind, and costs more than the writing.
          if (!Number.isSafeInteger(value)) check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 8);
          segment.setFloat64(at, (value as number) + 0, true);
        },
      };
    },
    int64: (offset, path) => {
      const content = offset + chunkHeader;
      const check: (value: unknown, path: string) => asserts value is bigint = bigintCheck(
        -(2n ** 63n),
        2n ** 63n - 1n,
      );
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.int64s[(this[positionOf] + content) >>> 3];
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 8);
          segment.int64s[at >>> 3] = value;
        },
      };
    },
    uint64: (offset, path) => {
      const content = offset + chunkHeader;
      const check: (value: unknown, path: string) => asserts value is bigint = bigintCheck(
        0n,
        2n ** 64n - 1n,
      );
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.uint64s[(this[positionOf] + content) >>> 3];
        },
        set(value) {
          check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 8);
          segment.uint64s[at >>> 3] = value;
        },
      };
    },
  };
}

/** Fast accessors of integers of 64 bits, in the manner of `number-accessors`. Their fields lie at multiples of 8. */
export const longAccessors: Readonly<Record<'int53' | 'int64' | 'uint64', AccessorFactory>> = makeAccessors();
