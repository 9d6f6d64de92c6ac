import type { Mode } from '@terrane/driver';
import type { Attributes } from '@terrane/hdf5';
import { AttributeSet } from './attribute-set.js';
import type { NodeClass } from './system-attributes.js';

/** What nodes need of their file. */
export interface NodeHost<M extends Mode> {
  readonly mode: M;
  readonly isOpen: boolean;
}

/** What every node has: a place in the tree, a title, attributes. */
export abstract class Node<M extends Mode = Mode> {
  /** Full path, beginning with a slash. */
  readonly path: string;
  readonly className: NodeClass;
  /** The TITLE attribute as it was when the node was looked up. */
  readonly title: string;
  readonly attrs: AttributeSet<M>;
  readonly #host: NodeHost<M>;

  constructor(
    host: NodeHost<M>,
    path: string,
    className: NodeClass,
    title: string,
    attributes: Attributes<M>,
  ) {
    this.path = path;
    this.className = className;
    this.title = title;
    this.attrs = new AttributeSet(host.mode, attributes, path);
    this.#host = host;
  }

  /** The last part of the path; `/` for the root. */
  get name(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1) || '/';
  }

  get mode(): M {
    return this.#host.mode;
  }

  /** What stands in parentheses when the node is printed. */
  protected abstract describe(): string;

  /** As PyTables prints a node: path, class with shape, title in quotes. */
  toString(): string {
    return this.#host.isOpen ? this.describe() : `<closed ${this.className}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
