import type { Mode } from '@terrane/driver';
import type { AttributeValue, Dataset, Hdf5Object } from '@terrane/hdf5';
import { ArrayNode } from './array-node.js';
import { errors } from './errors.js';
import { type AnyNode, type GroupHost, GroupNode, naturally } from './group-node.js';
import { Leaf } from './leaf.js';
import { type Steps, wait } from './steps.js';
import { classOfAttribute, type NodeClass } from './system-attributes.js';

/** The attributes that say what a node is. */
const telling = ['CLASS', 'TITLE', 'FLAVOR'];

/** The node for an object of the file. */
export function* loadNode<M extends Mode>(host: GroupHost<M>, object: Hdf5Object<M>): Steps<AnyNode<M>> {
  if (object.kind === 'datatype') {
    throw errors.TBL_UNSUPPORTED({
      message: `${object.path} is a named datatype, which is no node`,
      path: object.path,
      feature: 'named datatype',
    });
  }
  const attributes = yield* wait<M, Map<string, AttributeValue>>(object.attributes.values(telling));
  const title = text(attributes.get('TITLE'));
  if (object.kind === 'group') return naturally<M, object>(new GroupNode(host, title, object));
  const className = leafClass(text(attributes.get('CLASS')), object);
  if (className !== 'Array') return new Leaf(host, className, title, object);
  const flavor = text(attributes.get('FLAVOR')) === 'python' ? 'python' : 'numpy';
  return new ArrayNode(host, title, object, flavor);
}

function text(value: AttributeValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** What CLASS says, or else what PyTables guesses of files by others. */
function leafClass(stated: string, dataset: Dataset): NodeClass {
  const { datatype, layout, maxShape } = dataset;
  const known = classOfAttribute[stated];
  if (known !== undefined && known !== 'Group') return known;
  if (datatype.class === 'compound' && !isComplex(dataset)) return 'Table';
  if (datatype.class === 'vlen')
    return layout === 'chunked' && datatype.kind === 'sequence' ? 'VLArray' : 'UnImplemented';
  if (layout !== 'chunked') return 'Array';
  return maxShape?.includes(Infinity) ? 'EArray' : 'CArray';
}

/** Complex numbers are compounds of two floats. */
function isComplex({ datatype }: Dataset): boolean {
  if (datatype.class !== 'compound') return false;
  const names = datatype.members.map(({ name }) => name).join();
  return names === 'r,i' || names === 'real,imag';
}
