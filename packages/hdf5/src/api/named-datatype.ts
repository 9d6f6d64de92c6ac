import type { Mode } from '@terrane/driver';
import type { Datatype } from '../format/messages/datatype.js';
import { Attributes } from './attributes.js';
import type { FileContext } from './file-context.js';

/** A datatype that has a name of its own in the file ("committed"), so that datasets can share it. */
export class NamedDatatype<M extends Mode = Mode> {
  readonly kind = 'datatype';
  readonly path: string;
  readonly datatype: Datatype;
  readonly attributes: Attributes<M>;

  constructor(context: FileContext<M>, address: number, path: string, datatype: Datatype) {
    this.path = path;
    this.datatype = datatype;
    this.attributes = new Attributes(context, address, path);
  }
}
