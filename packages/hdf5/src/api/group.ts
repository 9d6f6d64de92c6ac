import { chain, type Mode, type Out } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { errors } from '../errors.js';
import type { Link } from '../format/messages/link.js';
import { findLink, groupIndex, insertLink, listLinks, type NewLink } from '../index/group-links.js';
import { loadHeader, type ObjectHeader } from '../index/object-header.js';
import { joinPath, type Located, pathParts, resolvePath } from '../index/resolve-path.js';
import type { DtypeName } from '../types/dtype.js';
import type { InputArray } from '../types/input-value.js';
import { Attributes } from './attributes.js';
import { createDataset, type DatasetOptions, datasetOptions } from './create-dataset.js';
import type { Dataset } from './dataset.js';
import type { FileContext } from './file-context.js';
import type { NamedDatatype } from './named-datatype.js';
import { createGroupObject } from './new-object.js';
import { openLeaf } from './open-leaf.js';

/** Anything a path can lead to. */
export type Hdf5Object<M extends Mode = Mode> = Group<M> | Dataset<M> | NamedDatatype<M>;

/** A group: names that lead to other objects. */
export class Group<M extends Mode = Mode> {
  readonly kind = 'group';
  readonly path: string;
  readonly attributes: Attributes<M>;
  readonly #context: FileContext<M>;
  readonly #address: number;

  constructor(context: FileContext<M>, address: number, path: string) {
    this.path = path;
    this.attributes = new Attributes(context, address, path);
    this.#context = context;
    this.#address = address;
  }

  /** The names in the group, sorted by their bytes. @throws H5_UNSUPPORTED for dense groups */
  keys(): Out<M, string[]> {
    return chain<M, Link[], string[]>(this.links(), (links) =>
      this.#context.run(() => links.map(({ name }) => name)),
    );
  }

  /** All links of the group, sorted by name. */
  links(): Out<M, Link[]> {
    const { store, k } = this.#context;
    return this.#context.run(() => {
      const header = loadHeader(store, this.#address);
      return listLinks(store, header, this.#index(header), k);
    });
  }

  /** One link itself, not what it leads to; `undefined` when there is none of that name. */
  link(name: string): Out<M, Link | undefined> {
    const { store, k } = this.#context;
    return this.#context.run(() => {
      const header = loadHeader(store, this.#address);
      return findLink(store, header, this.#index(header), name, k);
    });
  }

  /** The object a path leads to, from this group or (with a leading slash) from the root; `undefined` when there is none. */
  get(path: string): Out<M, Hdf5Object<M> | undefined> {
    return this.#context.run(() => {
      const located = resolvePath(this.#context, this.#address, path);
      return located && this.#openLocated(located, this.#absolute(path));
    });
  }

  /** The group a path leads to. @throws H5_NOT_FOUND, H5_WRONG_KIND */
  group(path: string): Out<M, Group<M>> {
    return this.#context.run(() => this.#open(path, 'group') as Group<M>);
  }

  /**
   * The dataset a path leads to; with a type's name, it must be of that type (of either byte order), and its values come typed so.
   *
   * @throws H5_NOT_FOUND, H5_WRONG_KIND, H5_WRONG_TYPE
   */
  dataset<Name extends DtypeName = DtypeName>(path: string, type?: Name): Out<M, Dataset<M, Name>> {
    return this.#context.run(() => {
      const dataset = this.#open(path, 'dataset') as Dataset<M, Name>;
      const found = dataset.dtype;
      if (type === undefined || found?.replace('be', '') === type.replace('be', '')) return dataset;
      throw errors.H5_WRONG_TYPE({
        message: `${dataset.path} is not of the type ${type}`,
        path: dataset.path,
        expected: type,
        found: found ?? dataset.datatype.class,
      });
    });
  }

  /** Makes an empty group. @throws H5_EXISTS, H5_NOT_FOUND when the group to hold it is missing, H5_READ_ONLY */
  createGroup(path: string): Out<M, Group<M>> {
    const context = this.#context;
    return context.edit(() =>
      context.run(() => {
        const parent = this.#vacancy(path);
        const { address, table } = createGroupObject(context.store, context.generation, context.k);
        this.#insert(parent, { kind: 'hard', name: parent.name, address, group: table });
        return new Group(context, address, this.#absolute(path));
      }),
    );
  }

  /**
   * Makes a dataset and writes its values. Without values its storage is allocated at the first write.
   *
   * @throws H5_EXISTS, H5_NOT_FOUND when the group to hold it is missing, H5_WRONG_TYPE, H5_WRONG_SHAPE, H5_READ_ONLY
   */
  createDataset<Name extends DtypeName = DtypeName>(
    path: string,
    options: DatasetOptions & { readonly type?: Name | Exclude<InputArray['type'], string> },
  ): Out<M, Dataset<M, Name>> {
    const context = this.#context;
    const absolute = this.#absolute(path);
    return context.edit(() => {
      checkOptions(options, datasetOptions, 'createDataset');
      // Edits come one after another, so what is free now is free when the values are written.
      return chain<M, Vacancy, Dataset<M, Name>>(
        context.run(() => this.#vacancy(path)),
        (parent) =>
          createDataset(context, options, absolute, (address) =>
            this.#insert(parent, { kind: 'hard', name: parent.name, address }),
          ) as Out<M, Dataset<M, Name>>,
      );
    });
  }

  /** Makes a soft link: a name that stands for a path. Nothing needs to be there. @throws H5_EXISTS, H5_READ_ONLY */
  createSoftLink(path: string, target: string): Out<M, void> {
    return this.#context.edit(() =>
      this.#context.run(() => {
        const parent = this.#vacancy(path);
        this.#insert(parent, { kind: 'soft', name: parent.name, target });
      }),
    );
  }

  #absolute(path: string): string {
    return path.startsWith('/') ? joinPath('/', path) : joinPath(this.path, path);
  }

  #index(header: ObjectHeader) {
    const index = groupIndex(this.#context.store, header);
    if (index !== undefined) return index;
    throw errors.H5_WRONG_KIND({ message: `${this.path} is no group`, path: this.path, expected: 'group' });
  }

  #openLocated(located: Located, path: string): Hdf5Object<M> {
    const isGroup = groupIndex(this.#context.store, located.header) !== undefined;
    return isGroup ? new Group(this.#context, located.address, path) : openLeaf(this.#context, located, path);
  }

  #open(path: string, kind: Hdf5Object<M>['kind']): Hdf5Object<M> {
    const absolute = this.#absolute(path);
    const located = resolvePath(this.#context, this.#address, path);
    if (located === undefined) {
      throw errors.H5_NOT_FOUND({ message: `there is no object ${absolute}`, path: absolute });
    }
    const object = this.#openLocated(located, absolute);
    if (object.kind === kind) return object;
    throw errors.H5_WRONG_KIND({
      message: `${absolute} is no ${kind}`,
      path: absolute,
      expected: kind,
      found: object.kind,
    });
  }

  /** The group that a new name goes into. */
  #vacancy(path: string): Vacancy {
    const { store, k } = this.#context;
    const parts = pathParts(path);
    const name = parts.pop();
    const absolute = this.#absolute(path);
    if (name === undefined || name.includes('\0')) {
      throw errors.H5_BAD_NAME({
        message: `an object cannot be named ${JSON.stringify(path)}`,
        path: absolute,
        expected: 'a name without NUL that is not empty',
        found: JSON.stringify(path),
      });
    }
    const parentPath = `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
    const parent = resolvePath(this.#context, this.#address, parentPath);
    if (parent === undefined) {
      throw errors.H5_NOT_FOUND({
        message: `the group that is to hold ${absolute} does not exist`,
        path: absolute,
        hint: 'make it first',
      });
    }
    const index = groupIndex(store, parent.header);
    if (index === undefined) {
      throw errors.H5_WRONG_KIND({
        message: `what is to hold ${absolute} is no group`,
        path: absolute,
        expected: 'group',
      });
    }
    if (findLink(store, parent.header, index, name, k) !== undefined) {
      throw errors.H5_EXISTS({ message: `there is a ${absolute} already`, path: absolute });
    }
    return { header: parent.header, index, name };
  }

  #insert({ header, index }: Vacancy, link: NewLink): void {
    insertLink(this.#context.store, header, index, link, this.#context.k);
  }
}

/** A group with a free name. */
interface Vacancy {
  readonly header: ObjectHeader;
  readonly index: NonNullable<ReturnType<typeof groupIndex>>;
  readonly name: string;
}
