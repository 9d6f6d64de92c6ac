import type { Datatype } from '@terrane/hdf5';

/** The name PyTables gives the type of an array's elements, with its default: `Int32Atom(shape=(), dflt=0)`. */
export function atomOf(type: Datatype): string {
  switch (type.class) {
    case 'integer':
      return `${type.signed ? '' : 'U'}Int${type.size * 8}Atom(shape=(), dflt=0)`;
    case 'float':
      return `Float${type.size * 8}Atom(shape=(), dflt=0.0)`;
    case 'bitfield':
      return 'BoolAtom(shape=(), dflt=False)';
    case 'string':
      return `StringAtom(itemsize=${type.size}, shape=(), dflt=b'')`;
    case 'time':
      return `Time${type.size * 8}Atom(shape=(), dflt=0)`;
    default:
      return `${type.class} of ${type.size} bytes`;
  }
}
