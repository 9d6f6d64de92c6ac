import type { TypeContext } from '../live/type-context.js';
import { ruleOf, type Stands } from '../schema/kind-rules.js';
import type { Kind } from '../schema/kinds.js';
import { showKind } from '../schema/plain-kind.js';
import { type Codec, wrongType } from './codec.js';

/*
 * A value of a union, 16 bytes: the value, beginning with its first byte (8), 1 + the index of its kind (1), zero (7). All
 * zeros are none.
 */
const tagAt = 8;

/** Values of one of several kinds. */
export function unionCodec(realm: TypeContext, kinds: readonly Kind[], nullable: boolean): Codec {
  const { heap } = realm.chunks;
  const members = kinds.map((kind) => ({ stands: ruleOf(kind)!.stands!, kind }));
  const wanted = `one of ${kinds.map(showKind).join(', ')}${nullable ? ' or null' : ''}`;
  // Codecs of references are made when they are needed, since their types refer to this one.
  const codecOf = (index: number): Codec => realm.codec(kinds[index]!);
  const takes = (index: number, value: unknown, path: string): boolean => {
    try {
      codecOf(index).check(value, path);
      return true;
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return false;
      throw error;
    }
  };
  /** The index of the first member that takes a value; that of the only one that might, whether it does or not. */
  const choose = (value: unknown, path: string): number => {
    const stands = standsFor(value);
    const likely = [...members.keys()].filter((index) => members[index]!.stands === stands);
    if (likely.length === 1) return likely[0]!;
    const found = likely.find((index) => takes(index, value, path));
    if (found !== undefined) return found;
    throw wrongType(path, wanted, value);
  };
  return {
    size: 16,
    check: (value, path) => {
      if (value === null && nullable) return;
      codecOf(choose(value, path)).check(value, path);
    },
    get: (segment, at) => {
      const tag = segment.view.getUint8(at + tagAt);
      if (tag === 0 && nullable) return null;
      if (tag > 0 && tag <= kinds.length) return codecOf(tag - 1).get(segment, at);
      throw realm.chunks.damaged(`a union has no kind ${tag}`, segment.start + at, 'value');
    },
    set: (segment, at, value) => {
      heap.own(segment, at, 16);
      const { view, bytes } = segment;
      const before = view.getUint8(at + tagAt);
      const tag = value === null ? 0 : 1 + choose(value, 'union');
      if (tag === before && tag > 0) {
        codecOf(tag - 1).set(segment, at, value);
        return;
      }
      // What was there goes last: when there is no room for the new, it stays.
      const old = bytes.slice(at, at + tagAt);
      bytes.fill(0, at, at + tagAt);
      try {
        if (tag > 0) codecOf(tag - 1).set(segment, at, value);
      } catch (error) {
        bytes.set(old, at);
        throw error;
      }
      view.setUint8(at + tagAt, tag);
      const drop = before > 0 && before <= kinds.length ? codecOf(before - 1).drop : undefined;
      if (!drop) return;
      const made = bytes.slice(at, at + tagAt);
      bytes.set(old, at);
      drop(segment, at);
      bytes.set(made, at);
      realm.counts.settle();
    },
    settle: () => realm.counts.settle(),
    drop: (segment, at) => {
      const tag = segment.view.getUint8(at + tagAt);
      if (tag > 0 && tag <= kinds.length) codecOf(tag - 1).drop?.(segment, at);
    },
    trace: (segment, at, visit) => {
      const tag = segment.view.getUint8(at + tagAt);
      if (tag > kinds.length)
        throw realm.chunks.damaged(`a union has no kind ${tag}`, segment.start + at, 'value');
      if (tag > 0) codecOf(tag - 1).trace?.(segment, at, visit);
    },
  };
}

/** What a union tells a value by. */
export function standsFor(value: unknown): Stands | undefined {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return typeof value as Stands;
  if (value instanceof Date) return 'date';
  if (value instanceof Uint8Array) return 'bytes';
  return typeof value === 'object' && value !== null ? 'object' : undefined;
}
