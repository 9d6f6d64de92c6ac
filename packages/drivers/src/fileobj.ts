import {
  type Driver,
  type DriverFile,
  defineManifest,
  driverErrors,
  ioErrors,
  type Mode,
  type Out,
  openIntent,
  type Resources,
  type Spec,
} from '@terrane/driver';

/** Anything that can be read at positions and, perhaps, written. */
export interface FileObject<M extends Mode = Mode> {
  size(): Out<M, number> | number;
  /** Fills `target` from `position` as far as the object goes, and answers how many bytes there were. */
  read(position: number, target: Uint8Array): Out<M, number> | number;
  write?(position: number, source: Uint8Array): Out<M, void> | void;
  truncate?(size: number): Out<M, void> | void;
  flush?(): Out<M, void> | void;
  close?(): Out<M, void> | void;
}

const declared = {
  contract: 1,
  resources: ['object'],
} as const;

/**
 * Any object with `size` and `read`, and perhaps `write`, `truncate`, `flush` and `close`, as a file; its functions
 * answer by value or by promise. Modes `r`, `r+` (the object must have `write`) and `w` (and `truncate`).
 *
 * Resource `object`: the {@link FileObject}. What it throws arrives as the `cause` of IO_UNEXPECTED.
 */
export const fileobj: Driver<'async'> = Object.freeze({
  ...declared,
  name: 'fileobj',
  mode: 'async',
  open: async (spec, resources) => {
    const object = objectOf<'async'>(spec, resources);
    if (openIntent(spec.mode).empty) await object.truncate?.(0);
    return fileOver(object, 'async', spec);
  },
} satisfies Driver<'async'>);

/** {@link fileobj} for objects that answer at once. */
export const fileobjSync: Driver<'sync'> = Object.freeze({
  ...declared,
  name: 'fileobj-sync',
  mode: 'sync',
  open: (spec, resources) => {
    const object = objectOf<'sync'>(spec, resources);
    if (openIntent(spec.mode).empty) object.truncate?.(0);
    return fileOver(object, 'sync', spec);
  },
} satisfies Driver<'sync'>);

function objectOf<M extends Mode>(spec: Spec, resources: Resources = {}): FileObject<M> {
  const object = resources.object as FileObject<M> | undefined;
  if (object === undefined) {
    throw ioErrors.IO_NOT_FOUND({
      message: 'no object was handed in',
      hint: 'give it as the resource `object`',
    });
  }
  for (const method of ['size', 'read'] as const) {
    if (typeof object?.[method] === 'function') continue;
    throw driverErrors.DRV_BAD_OPTION({
      message: `the object has no function "${method}"`,
      expected: 'size() and read(position, target)',
    });
  }
  const { write, empty, exclusive } = openIntent(spec.mode);
  if (exclusive) throw ioErrors.IO_EXISTS({ message: 'an object that is handed in exists' });
  if ((write && !object.write) || (empty && !object.truncate)) {
    const needed = empty ? 'write and truncate' : 'write';
    throw ioErrors.IO_PERMISSION({ message: `mode ${spec.mode} needs an object with ${needed}` });
  }
  return object;
}

function fileOver<M extends Mode>(object: FileObject<M>, mode: M, spec: Spec): DriverFile<M> {
  const { write } = openIntent(spec.mode);
  const has = {
    ...(write && { write: true as const }),
    ...(write && object.truncate && { truncate: true as const }),
    ...(write && object.flush && { flush: true as const }),
  };
  let closed = false;
  const file = {
    mode,
    manifest: defineManifest({
      driver: mode === 'sync' ? 'fileobj-sync' : 'fileobj',
      target: spec.name ?? '(object)',
      capabilities: has,
      guarantees: {},
      hints: {},
    }),
    size: () => object.size(),
    read: (position: number, target: Uint8Array) => object.read(position, target),
    close: () => {
      const first = !closed;
      closed = true;
      return first ? object.close?.() : undefined;
    },
    ...(has.write && { write: (position: number, source: Uint8Array) => object.write?.(position, source) }),
    ...(has.truncate && { truncate: (size: number) => object.truncate?.(size) }),
    ...(has.flush && { flush: () => object.flush?.() }),
  };
  if (mode === 'sync') return file as unknown as DriverFile<M>;
  // An object may answer by value; a promise is owed all the same.
  const promised: Record<string, unknown> = { ...file };
  for (const [name, method] of Object.entries(file)) {
    if (typeof method !== 'function') continue;
    promised[name] = async (...args: never[]) => (method as (...args: never[]) => unknown)(...args);
  }
  return promised as unknown as DriverFile<M>;
}
