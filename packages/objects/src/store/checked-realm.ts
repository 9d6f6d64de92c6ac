import { Realm } from '../realm/realm.js';
import type { Kind } from '../schema/kinds.js';
import type { Codec } from '../values/codec.js';

/** Kinds that have bytes which are no value, and whose values refer to nothing. */
const checked: ReadonlySet<Kind['kind']> = new Set(['int53', 'date', 'enum'] as const);

/** The types of a store that is verified: to trace a value is to look whether it is one. */
export class CheckedRealm extends Realm {
  override codec(kind: Kind): Codec {
    const codec = super.codec(kind);
    if (!checked.has(kind.kind === 'optional' ? kind.of.kind : kind.kind)) return codec;
    return { ...codec, trace: (segment, at) => void codec.get(segment, at) };
  }
}
