import { isTerraneError } from '@terrane/errors';
import { Realm } from '../realm/realm.js';
import type { Kind } from '../schema/kinds.js';
import type { Codec } from '../values/codec.js';

/** What a reference to something that was freed reads as. */
export const gone: unique symbol = Symbol('gone');

/** The types of a store that is copied: what `free` left behind is no error, and can be left behind in the copy as well. */
export class CopiedRealm extends Realm {
  readonly #patient = new Map<Codec, Codec>();

  override codec(kind: Kind): Codec {
    const codec = super.codec(kind);
    const known = this.#patient.get(codec);
    if (known) return known;
    const made: Codec = {
      ...codec,
      get: (segment, at) => {
        try {
          return codec.get(segment, at);
        } catch (error) {
          if (isTerraneError(error, 'OBJ_FREED')) return gone;
          throw error;
        }
      },
    };
    this.#patient.set(codec, made);
    return made;
  }
}
