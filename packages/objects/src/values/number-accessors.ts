import { chunkHeader } from '../heap/chunks.js';
import type { LiveObject } from '../live/live-object.js';
import { positionKey, segmentKey, serialKey, stale } from '../live/live-object.js';
import { type Check, checkFloat, integerCheck } from './scalar-codecs.js';

/** A property of live objects. */
export interface Accessor {
  get(this: LiveObject): unknown;
  set(this: LiveObject, value: unknown): void;
}

/*
 * One factory for each kind of number, each with a text of its own: the engine inlines what always sees one kind, and is
 * thirty times slower through a text that sees them all. The pattern is the same throughout: is the object still
 * there; is the page ready for writing; the access.
 */
type Factory = (offset: number, path: string) => Accessor;

/** Fast accessors of numbers, by kind; `offset` counts from the beginning of the content. */
export const numberAccessors: Readonly<Record<string, Factory>> = {
  int8: (offset, path) => {
    const content = offset + chunkHeader;
    const check: Check<number> = integerCheck(-128, 127);
    return {
      get() {
        const { view } = this[segmentKey];
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        return view.getInt8(position + content);
      },
      set(value) {
        check(value, path);
        const segment = this[segmentKey];
        const { view, heap } = segment;
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        const at = position + content;
        if (segment.stamps[at >>> 12] !== heap.epoch) heap.own(segment, at, 1);
        view.setInt8(at, value);
      },
    };
  },
  uint8: (offset, path) => {
    const content = offset + chunkHeader;
    const check: Check<number> = integerCheck(0, 255);
    return {
      get() {
        const { view } = this[segmentKey];
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        return view.getUint8(position + content);
      },
      set(value) {
        check(value, path);
        const segment = this[segmentKey];
        const { view, heap } = segment;
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        const at = position + content;
        if (segment.stamps[at >>> 12] !== heap.epoch) heap.own(segment, at, 1);
        view.setUint8(at, value);
      },
    };
  },
  int16: (offset, path) => {
    const content = offset + chunkHeader;
    const check: Check<number> = integerCheck(-32768, 32767);
    return {
      get() {
        const { view } = this[segmentKey];
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        return view.getInt16(position + content, true);
      },
      set(value) {
        check(value, path);
        const segment = this[segmentKey];
        const { view, heap } = segment;
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        const at = position + content;
        if (segment.stamps[at >>> 12] !== heap.epoch) heap.own(segment, at, 2);
        view.setInt16(at, value, true);
      },
    };
  },
  uint16: (offset, path) => {
    const content = offset + chunkHeader;
    const check: Check<number> = integerCheck(0, 65535);
    return {
      get() {
        const { view } = this[segmentKey];
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        return view.getUint16(position + content, true);
      },
      set(value) {
        check(value, path);
        const segment = this[segmentKey];
        const { view, heap } = segment;
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        const at = position + content;
        if (segment.stamps[at >>> 12] !== heap.epoch) heap.own(segment, at, 2);
        view.setUint16(at, value, true);
      },
    };
  },
  int32: (offset, path) => {
    const content = offset + chunkHeader;
    const check: Check<number> = integerCheck(-2_147_483_648, 2_147_483_647);
    return {
      get() {
        const { view } = this[segmentKey];
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        return view.getInt32(position + content, true);
      },
      set(value) {
        check(value, path);
        const segment = this[segmentKey];
        const { view, heap } = segment;
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        const at = position + content;
        if (segment.stamps[at >>> 12] !== heap.epoch) heap.own(segment, at, 4);
        view.setInt32(at, value, true);
      },
    };
  },
  uint32: (offset, path) => {
    const content = offset + chunkHeader;
    const check: Check<number> = integerCheck(0, 4_294_967_295);
    return {
      get() {
        const { view } = this[segmentKey];
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        return view.getUint32(position + content, true);
      },
      set(value) {
        check(value, path);
        const segment = this[segmentKey];
        const { view, heap } = segment;
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        const at = position + content;
        if (segment.stamps[at >>> 12] !== heap.epoch) heap.own(segment, at, 4);
        view.setUint32(at, value, true);
      },
    };
  },
  float32: (offset, path) => {
    const content = offset + chunkHeader;
    const check: Check<number> = checkFloat;
    return {
      get() {
        const { view } = this[segmentKey];
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        return view.getFloat32(position + content, true);
      },
      set(value) {
        check(value, path);
        const segment = this[segmentKey];
        const { view, heap } = segment;
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        const at = position + content;
        if (segment.stamps[at >>> 12] !== heap.epoch) heap.own(segment, at, 4);
        view.setFloat32(at, value, true);
      },
    };
  },
  float64: (offset, path) => {
    const content = offset + chunkHeader;
    const check: Check<number> = checkFloat;
    return {
      get() {
        const { view } = this[segmentKey];
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        return view.getFloat64(position + content, true);
      },
      set(value) {
        check(value, path);
        const segment = this[segmentKey];
        const { view, heap } = segment;
        const position = this[positionKey];
        if (view.getInt32(position + 4, true) !== this[serialKey]) throw stale(this);
        const at = position + content;
        if (segment.stamps[at >>> 12] !== heap.epoch) heap.own(segment, at, 8);
        view.setFloat64(at, value, true);
      },
    };
  },
};
