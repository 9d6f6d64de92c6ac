import { chunkHeader } from '../heap/chunks.js';
import { generationKey, positionKey, revalidate, segmentKey } from '../live/live-object.js';
import type { EnumKind } from '../schema/kinds.js';
import type { AccessorFactory } from './accessor.js';
import { damagedValue, enumCodec, scalarCodecs } from './scalar-codecs.js';

// As in number-accessors: constants of a function are folded.
function makeAccessors(): Readonly<Record<'bool' | 'enum', AccessorFactory>> {
  const segmentOf: typeof segmentKey = segmentKey;
  const positionOf: typeof positionKey = positionKey;
  const generationOf: typeof generationKey = generationKey;
  return {
    bool: (offset, path) => {
      const content = offset + chunkHeader;
      const { check } = scalarCodecs.bool;
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          return segment.getUint8(this[positionOf] + content) !== 0;
        },
        set(value) {
          if (value !== true && value !== false) check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, 1);
          segment.setUint8(at, value === true ? 1 : 0);
        },
      };
    },
    enum: (offset, path, kind) => {
      const content = offset + chunkHeader;
      const { values } = kind as EnumKind;
      const { check, size } = enumCodec(values);
      const isWide = size === 2;
      const indexes = new Map<unknown, number>(values.map((value, index) => [value, index]));
      return {
        get() {
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          const index = isWide ? segment.getUint16(at, true) : segment.getUint8(at);
          if (index >= values.length) throw damagedValue(`an enumeration has no name ${index}`, segment, at);
          return values[index];
        },
        set(value) {
          const index = indexes.get(value);
          if (index === undefined) check(value, path);
          const segment = this[segmentOf];
          if (segment.generation !== this[generationOf]) revalidate(this);
          const at = this[positionOf] + content;
          if (segment.stamps[at >>> 12] !== segment.heap.epoch) segment.heap.own(segment, at, size);
          if (isWide) segment.setUint16(at, index!, true);
          else segment.setUint8(at, index!);
        },
      };
    },
  };
}

/** Fast accessors of what is stored as a small number, in the manner of `number-accessors`. */
export const flagAccessors: Readonly<Record<'bool' | 'enum', AccessorFactory>> = makeAccessors();
