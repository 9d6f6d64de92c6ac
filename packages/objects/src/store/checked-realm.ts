import { Realm } from '../realm/realm.js';
import { isReference } from '../schema/kind-rules.js';
import type { Kind } from '../schema/kinds.js';
import type { Codec } from '../values/codec.js';

/** Kinds that have bytes which are no value, and whose values refer to nothing. */
const checked: ReadonlySet<Kind['kind']> = new Set(['int53', 'date', 'enum'] as const);

/** References that are empty, or lead to nothing, without being wrong; or whose values are no objects. */
const others: ReadonlySet<Kind['kind']> = new Set(['weak', 'text', 'bytes', 'interned'] as const);

/** The types of a store that is verified: to trace a value is to look whether it is one. */
export class CheckedRealm extends Realm {
  /** How many references were met that lead to what was freed. */
  dangling = 0;

  override codec(kind: Kind): Codec {
    const codec = super.codec(kind);
    const inner = kind.kind === 'optional' ? kind.of : kind;
    if (checked.has(inner.kind)) return { ...codec, trace: (segment, at) => void codec.get(segment, at) };
    if (!isReference(inner) || others.has(inner.kind)) return codec;
    return {
      ...codec,
      trace: (segment, at, visit) => {
        let isThere = segment.view.getUint32(at, true) === 0;
        codec.trace!(segment, at, (place) => {
          isThere = true;
          visit(place);
        });
        if (!isThere) this.dangling++;
      },
    };
  }
}
