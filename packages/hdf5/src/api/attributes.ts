import { chain, type Mode, type Out } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { errors } from '../errors.js';
import { attributeName, encodeAttribute } from '../format/messages/attribute.js';
import { encodeAttributeInfo } from '../format/messages/attribute-info.js';
import { encodeDataspace } from '../format/messages/dataspace.js';
import { encodeDatatype } from '../format/messages/encode-datatype.js';
import { messageType } from '../format/messages/message-type.js';
import { encodeModificationTime } from '../format/messages/modification-time.js';
import { Reader } from '../format/reader.js';
import { findAttribute, listAttributes, refuseDenseAttributes } from '../index/attributes.js';
import { type EditableMessage, HeaderEdit } from '../index/header-edit.js';
import { loadHeader } from '../index/object-header.js';
import { sizeOf } from '../plan/nd-array.js';
import { codecOf } from '../types/codec-of.js';
import { decodeElements } from '../types/decode-elements.js';
import type { ValueArray } from '../types/dtype.js';
import { type InputArray, type InputValue, type ResolvedInput, resolveInput } from '../types/input-value.js';
import { Attribute } from './attribute.js';
import type { FileContext } from './file-context.js';

/** The value of an attribute as `value` gives it: a scalar as such, an array as its values, a null dataspace as `null`. */
export type AttributeValue = number | bigint | string | ValueArray | null;

/** The option names of `set`. */
const attributeOptions = ['shape', 'type'] as const;

/** The attributes of one object. */
export class Attributes<M extends Mode = Mode> {
  readonly #context: FileContext<M>;
  readonly #address: number;
  readonly #owner: string;

  constructor(context: FileContext<M>, address: number, owner: string) {
    this.#context = context;
    this.#address = address;
    this.#owner = owner;
  }

  /** Their names, in the order the object header holds them. */
  names(): Out<M, string[]> {
    const { store } = this.#context;
    return this.#context.run(() => listAttributes(store, loadHeader(store, this.#address)));
  }

  /** One attribute, `undefined` when there is none of that name. */
  get(name: string): Out<M, Attribute<M> | undefined> {
    const { store } = this.#context;
    return this.#context.run(() => {
      const record = findAttribute(store, loadHeader(store, this.#address), name);
      return record && new Attribute(this.#context, record, this.#owner);
    });
  }

  /** The value of an attribute, `undefined` when there is none of that name. */
  value(name: string): Out<M, AttributeValue | undefined> {
    return chain<M, Attribute<M> | undefined, AttributeValue | undefined>(this.get(name), (attribute) => {
      if (attribute === undefined) return this.#context.run(() => undefined);
      return chain(attribute.read(), ({ data }) =>
        this.#context.run(() => scalarOrArray(data, attribute.shape)),
      );
    });
  }

  /** The values of several attributes at once, of all unless names are given; names that are not there are left out. */
  values(names?: readonly string[]): Out<M, Map<string, AttributeValue>> {
    const { store } = this.#context;
    return this.#context.run(() => {
      const header = loadHeader(store, this.#address);
      const values = new Map<string, AttributeValue>();
      for (const name of listAttributes(store, header)) {
        if (names?.includes(name) === false) continue;
        const { data, datatype, dataspace } = findAttribute(store, header, name)!;
        const array = decodeElements(store, data, datatype, dataspace, `attribute ${name} of ${this.#owner}`);
        values.set(name, scalarOrArray(array.data, dataspace.kind === 'null' ? null : dataspace.shape));
      }
      return values;
    });
  }

  /**
   * Makes an attribute or replaces one. A string is stored as a fixed string of its length, a number as
   * float64, a bigint as int64, a typed array as its own type, unless `options` say otherwise.
   *
   * @throws H5_WRONG_TYPE, H5_WRONG_SHAPE for values that do not fit, H5_LIMIT above 64 KiB
   */
  set(name: string, value: InputValue, options: Omit<InputArray, 'data'> = {}): Out<M, void> {
    return this.#context.guard(() => {
      checkOptions(options, attributeOptions, 'attributes.set');
      if (name === '' || name.includes('\0')) throw badName(name, this.#owner);
      return this.#set(name, resolveInput({ ...options, data: value }));
    });
  }

  #set(name: string, { datatype, dataspace, values }: ResolvedInput): Out<M, void> {
    const count = dataspace.kind === 'null' ? 0 : sizeOf(dataspace.shape);
    // Taken now, so that the caller may change the array before a promise comes to it.
    const data = values === undefined ? new Uint8Array() : codecOf(datatype).encode(values, 0, count).slice();
    const type = encodeDatatype(datatype);
    return this.#edit((edit, existing) => {
      const { sizes } = this.#context.store;
      const version = edit.header.prefix.version;
      const space = encodeDataspace(dataspace, version, sizes);
      const body = encodeAttribute(name, type, space, data, version === 1 ? 1 : 3, sizes);
      const isInfo = ({ type }: EditableMessage): boolean => type === messageType.attributeInfo;
      if (version === 2 && !edit.messages.some(isInfo)) {
        edit.add(messageType.attributeInfo, 0, encodeAttributeInfo(sizes));
      }
      const old = existing(name);
      if (old === undefined) edit.add(messageType.attribute, 0, body);
      else edit.replace(old, body);
    });
  }

  /** Removes an attribute. Answers whether there was one. */
  delete(name: string): Out<M, boolean> {
    return this.#edit((edit, existing) => {
      const message = existing(name);
      if (message !== undefined) edit.remove(message);
      return message !== undefined;
    });
  }

  #edit<T>(
    change: (edit: HeaderEdit, existing: (name: string) => EditableMessage | undefined) => T,
  ): Out<M, T> {
    const { store } = this.#context;
    return this.#context.edit(() =>
      this.#context.run(() => {
        const header = loadHeader(store, this.#address);
        refuseDenseAttributes(store, header);
        const edit = new HeaderEdit(store, header);
        const existing = (name: string): EditableMessage | undefined =>
          edit.messages.find(
            ({ type, body }) =>
              type === messageType.attribute &&
              attributeName(
                new Reader(body, { structure: 'attribute message', address: header.address }, store.sizes),
              ) === name,
          );
        const result = change(edit, existing);
        touch(edit);
        edit.commit();
        return result;
      }),
    );
  }
}

function scalarOrArray(data: ValueArray, shape: readonly number[] | null): AttributeValue {
  if (shape === null) return null;
  return shape.length === 0 ? data[0]! : data;
}

/** Sets the time of modification of an object that carries one. */
export function touch(edit: HeaderEdit): void {
  const message = edit.messages.find(({ type }) => type === messageType.modificationTime);
  if (message !== undefined) edit.replace(message, encodeModificationTime(new Date()));
}

function badName(name: string, owner: string): Error {
  return errors.H5_BAD_NAME({
    message: `an attribute of ${owner} cannot be named ${JSON.stringify(name)}`,
    path: owner,
    expected: 'a name that is not empty and holds no NUL',
    found: JSON.stringify(name),
  });
}
