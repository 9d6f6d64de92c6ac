import { errors } from '../errors.js';

const refuse = (): never => {
  throw errors.OBJ_CLOSED({
    message: 'the store of this object was closed, or shows another commit by now',
    hint: 'begin at the root again, of a store that is open',
  });
};

/** Stands in for the views of a closed heap: every access through it is refused. */
export const closedView: DataView = new Proxy({} as DataView, { get: () => refuse });
