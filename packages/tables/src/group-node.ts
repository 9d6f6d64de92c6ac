import type { Mode, Out } from '@terrane/driver';
import type { Group } from '@terrane/hdf5';
import type { Leaf } from './leaf.js';
import type { LinkNode } from './link-node.js';
import { Node, type NodeHost } from './node.js';
import { pythonString } from './python-repr.js';

/** Any node of the tree. */
export type AnyNode<M extends Mode = Mode> = GroupNode<M> | Leaf<M> | LinkNode;

/** What groups need of their file: the way to other nodes. */
export interface GroupHost<M extends Mode> extends NodeHost<M> {
  /** The node of a path, links followed. @throws TBL_NO_SUCH_NODE */
  node(path: string): Out<M, AnyNode<M>>;
  /** The same, `undefined` when there is none. */
  find(path: string): Out<M, AnyNode<M> | undefined>;
  /** What lies directly below a group, links as such, in the order PyTables prints it. */
  children(group: GroupNode<M>): Out<M, AnyNode<M>[]>;
}

/** A group: nodes with names below it. `root.name` gives the child of that name ("natural naming"). */
export class GroupNode<M extends Mode = Mode> extends Node<M> {
  /** The group underneath, for everything this class does not offer. */
  readonly hdf5: Group<M>;
  readonly #host: GroupHost<M>;

  constructor(host: GroupHost<M>, title: string, group: Group<M>) {
    super(host, group.path, 'Group', title, group.attributes);
    this.hdf5 = group;
    this.#host = host;
  }

  /** The names of the nodes below, sorted. */
  keys(): Out<M, string[]> {
    return this.hdf5.keys();
  }

  /** The nodes below: groups, then leaves, then links, each sorted by name. */
  children(): Out<M, AnyNode<M>[]> {
    return this.#host.children(this);
  }

  /** A node below, by name or path; it works for any name. @throws TBL_NO_SUCH_NODE */
  child(name: string): Out<M, AnyNode<M>> {
    return this.#host.node(this.#pathTo(name));
  }

  /** A node below, by name or path, `undefined` when there is none: what natural naming does. */
  find(name: string): Out<M, AnyNode<M> | undefined> {
    return this.#host.find(this.#pathTo(name));
  }

  #pathTo(name: string): string {
    return `${this.path === '/' ? '' : this.path}/${name}`;
  }

  protected override describe(): string {
    return `${this.path} (${this.path === '/' ? 'RootGroup' : 'Group'}) ${pythonString(this.title)}`;
  }
}

/** A group whose children, as far as their types were given, are its properties. Others are `undefined` when they are not there. */
export type NaturalGroup<M extends Mode, Children extends object> = GroupNode<M> & {
  readonly [Name in Exclude<keyof Children, keyof GroupNode<M>>]: Out<M, Children[Name]>;
};

/**
 * Makes children properties of the group: `root.array`. What the group has itself comes first; `child` reaches
 * nodes of those names. Over an asynchronous file each property is a promise.
 */
export function naturally<M extends Mode, Children extends object>(
  group: GroupNode<M>,
): NaturalGroup<M, Children> {
  return new Proxy(group, {
    get(target, name) {
      // A promise is recognised by its `then`: awaiting a group must not look for a node of that name.
      if (typeof name === 'symbol' || name in target || (name === 'then' && target.mode === 'async')) {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return target.find(name);
    },
  }) as NaturalGroup<M, Children>;
}
