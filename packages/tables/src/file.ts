import type { Mode, Out } from '@terrane/driver';
import type { Group, File as Hdf5File, Hdf5Object, Link } from '@terrane/hdf5';
import { type ArrayInput, resolveArray } from './array-input.js';
import type { ArrayNode } from './array-node.js';
import type { AttributeInput, PlainValue } from './attribute-value.js';
import { errors } from './errors.js';
import { type AnyNode, type GroupHost, GroupNode, type NaturalGroup, naturally } from './group-node.js';
import { lastModified } from './last-modified.js';
import { LinkNode } from './link-node.js';
import { loadNode } from './load-node.js';
import { checkName } from './node-name.js';
import { printTree } from './print-tree.js';
import { type Steps, steps, wait } from './steps.js';
import { arrayAttributes, groupAttributes, type NodeClass, setTexts } from './system-attributes.js';

/** Where a node is: a path, or the node itself. */
export type Where<M extends Mode> = string | { readonly path: string } | GroupNode<M>;

/** How a file was opened. */
export interface FileFacts {
  readonly filename: string;
  /** `r`: for reading. `r+`: for reading and writing; `a` and `w` end up as that, too. */
  readonly openMode: 'r' | 'r+' | 'a' | 'w';
  /** The title of the root group. */
  readonly title: string;
}

/**
 * An HDF5 file as PyTables presents it: a tree of nodes. Over a synchronous driver its methods give values, over
 * an asynchronous one promises. `Children` types the nodes below the root for natural naming.
 */
export class File<M extends Mode = Mode, Children extends object = object>
  implements Disposable, AsyncDisposable
{
  /** The file underneath, for everything this class does not offer. */
  readonly hdf5: Hdf5File<M>;
  readonly filename: string;
  readonly openMode: FileFacts['openMode'];
  readonly root: NaturalGroup<M, Children>;
  readonly #host: GroupHost<M>;

  /** Made by `openFile`. */
  constructor(hdf5: Hdf5File<M>, facts: FileFacts) {
    this.hdf5 = hdf5;
    this.filename = facts.filename;
    this.openMode = facts.openMode;
    this.#host = {
      mode: hdf5.mode,
      node: (path) => this.getNode(path),
      find: (path) => this.#find(path),
      children: (group) => this.#children(group),
      get isOpen() {
        return !hdf5.closed;
      },
    };
    this.root = naturally<M, Children>(new GroupNode(this.#host, facts.title, hdf5.root));
  }

  get isOpen(): boolean {
    return !this.hdf5.closed;
  }

  /** The title of the root group, which is that of the file. */
  get title(): string {
    return this.root.title;
  }

  /**
   * The node of a path, or of a name below a node. With a class name it must be of that class.
   *
   * @throws TBL_NO_SUCH_NODE, TBL_WRONG_CLASS
   */
  getNode(where: Where<M>, name?: string, className?: NodeClass): Out<M, AnyNode<M>> {
    const path = join(where, name);
    const self = this;
    return steps<M, AnyNode<M>>(this.hdf5.mode, function* () {
      const node = yield* wait<M, AnyNode<M> | undefined>(self.#find(path));
      if (node === undefined) throw noSuchNode(path);
      if (className === undefined || node.className === className) return node;
      throw errors.TBL_WRONG_CLASS({
        message: `${path} is of the class ${node.className}`,
        path,
        expected: className,
        found: node.className,
      });
    });
  }

  /** The nodes below a group: groups, leaves, links, each sorted by name. */
  listNodes(where: Where<M>): Out<M, AnyNode<M>[]> {
    const self = this;
    return steps<M, AnyNode<M>[]>(this.hdf5.mode, function* () {
      return yield* wait<M, AnyNode<M>[]>(self.#children(yield* self.#group(where)));
    });
  }

  /** Makes a group with the system attributes PyTables gives it. @throws H5_EXISTS, TBL_BAD_NAME, TBL_NO_SUCH_NODE */
  createGroup(where: Where<M>, name: string, title = ''): Out<M, GroupNode<M>> {
    const self = this;
    return steps<M, GroupNode<M>>(this.hdf5.mode, function* () {
      const parent = yield* self.#group(where);
      checkName(name, parent.path);
      const group = yield* wait<M, Group<M>>(parent.hdf5.createGroup(name));
      yield* wait<M, void>(setTexts(self.hdf5.mode, group.attributes, groupAttributes(title, false)));
      return (yield* loadNode(self.#host, group)) as GroupNode<M>;
    });
  }

  /**
   * Makes an array of fixed shape from a typed or n-d array, a number, text, or nested lists, with the system
   * attributes PyTables gives it.
   *
   * @throws H5_EXISTS, TBL_BAD_NAME, TBL_BAD_VALUE, TBL_NO_SUCH_NODE, H5_READ_ONLY
   */
  createArray(where: Where<M>, name: string, value: ArrayInput, title = ''): Out<M, ArrayNode<M>> {
    const { data, shape, type, flavor } = resolveArray(value, join(where, name));
    const self = this;
    return steps<M, ArrayNode<M>>(this.hdf5.mode, function* () {
      const parent = yield* self.#group(where);
      checkName(name, parent.path);
      const options = { data, shape, ...(type === undefined ? {} : { type }) };
      const dataset = yield* wait<M, Hdf5Object<M>>(
        parent.hdf5.createDataset(name, options) as Out<M, Hdf5Object<M>>,
      );
      yield* wait<M, void>(setTexts(self.hdf5.mode, dataset.attributes, arrayAttributes(title, flavor)));
      return (yield* loadNode(self.#host, dataset)) as ArrayNode<M>;
    });
  }

  /** The value of a node's attribute, `undefined` when there is none of that name. @throws TBL_NO_SUCH_NODE */
  getNodeAttr(where: Where<M>, attribute: string): Out<M, PlainValue | undefined> {
    const self = this;
    return steps<M, PlainValue | undefined>(this.hdf5.mode, function* () {
      const node = yield* self.#attributed(where);
      return yield* wait<M, PlainValue | undefined>(node.attrs.get(attribute));
    });
  }

  /** Makes or replaces an attribute of a node. @throws TBL_NO_SUCH_NODE, TBL_BAD_VALUE, H5_READ_ONLY */
  setNodeAttr(where: Where<M>, attribute: string, value: AttributeInput): Out<M, void> {
    const self = this;
    return steps<M, void>(this.hdf5.mode, function* () {
      const node = yield* self.#attributed(where);
      yield* wait<M, void>(node.attrs.set(attribute, value));
    });
  }

  /** Removes an attribute of a node. Answers whether there was one. @throws TBL_NO_SUCH_NODE, H5_READ_ONLY */
  delNodeAttr(where: Where<M>, attribute: string): Out<M, boolean> {
    const self = this;
    return steps<M, boolean>(this.hdf5.mode, function* () {
      const node = yield* self.#attributed(where);
      return yield* wait<M, boolean>(node.attrs.delete(attribute));
    });
  }

  /** The whole file as bytes, changes included: `openFile` takes them as `driverCoreImage`. */
  getFileImage(): Out<M, Uint8Array<ArrayBuffer>> {
    return this.hdf5.image();
  }

  /** Writes all changes to the driver and has it make them durable. */
  flush(): Out<M, void> {
    return this.hdf5.flush();
  }

  /** Saves, as the driver's options say, and closes. When that fails the file stays open and can be closed again. */
  close(): Out<M, void> {
    return this.hdf5.close();
  }

  /** As PyTables prints a file: name and title, last change, and every node. */
  print(): Out<M, string> {
    const self = this;
    return steps<M, string>(this.hdf5.mode, function* () {
      if (!self.isOpen) return '<closed File>';
      const root = (yield* wait<M, AnyNode<M>>(self.getNode('/'))) as GroupNode<M>;
      return yield* printTree(self.filename, root, lastModified(self.filename));
    });
  }

  /** What `print` gives, over a synchronous driver; over an asynchronous one just name and title. */
  toString(): string {
    if (!this.isOpen) return '<closed File>';
    return this.hdf5.mode === 'sync' ? (this.print() as string) : `${this.filename} (File) '${this.title}'`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  [Symbol.dispose](): void {
    this.hdf5[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.hdf5[Symbol.asyncDispose]();
  }

  #find(path: string): Out<M, AnyNode<M> | undefined> {
    const { hdf5 } = this;
    const host = this.#host;
    return steps<M, AnyNode<M> | undefined>(hdf5.mode, function* () {
      const object = yield* wait<M, Hdf5Object<M> | undefined>(hdf5.get(path));
      return object && (yield* loadNode(host, object));
    });
  }

  *#group(where: Where<M>): Steps<GroupNode<M>> {
    const path = join(where);
    const node = yield* wait<M, AnyNode<M>>(this.getNode(path));
    if (node instanceof GroupNode) return node;
    throw errors.TBL_WRONG_CLASS({
      message: `${path} is no group`,
      path,
      expected: 'Group',
      found: node.className,
    });
  }

  *#attributed(where: Where<M>): Steps<Exclude<AnyNode<M>, LinkNode>> {
    return (yield* wait<M, AnyNode<M>>(this.getNode(where))) as Exclude<AnyNode<M>, LinkNode>;
  }

  #children(group: GroupNode<M>): Out<M, AnyNode<M>[]> {
    const { hdf5 } = this;
    const host = this.#host;
    return steps<M, AnyNode<M>[]>(hdf5.mode, function* () {
      const ranked: [rank: number, node: AnyNode<M>][] = [];
      for (const link of yield* wait<M, Link[]>(group.hdf5.links())) {
        const path = join(group, link.name);
        if (link.kind === 'hard') {
          const object = yield* wait<M, Hdf5Object<M> | undefined>(hdf5.get(path));
          // A named datatype is no node; PyTables passes over it as well.
          if (object === undefined || object.kind === 'datatype') continue;
          ranked.push([object.kind === 'group' ? 0 : 1, yield* loadNode(host, object)]);
          continue;
        }
        const isThere = link.kind !== 'soft' || (yield* wait<M, unknown>(hdf5.get(path))) !== undefined;
        ranked.push([2, new LinkNode(path, link, !isThere)]);
      }
      return ranked.sort((a, b) => a[0] - b[0]).map(([, node]) => node);
    });
  }
}

function join<M extends Mode>(where: Where<M>, name?: string): string {
  const path = typeof where === 'string' ? where : where.path;
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new TypeError(
      `a node is given by itself or by a path that begins with a slash, not ${JSON.stringify(path)}`,
    );
  }
  return name === undefined ? path : `${path === '/' ? '' : path}/${name}`;
}

function noSuchNode(path: string): Error {
  return errors.TBL_NO_SUCH_NODE({ message: `there is no node ${path}`, path });
}
