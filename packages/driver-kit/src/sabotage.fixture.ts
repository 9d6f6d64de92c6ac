import {
  type Driver,
  type DriverFile,
  ioErrors,
  type Lease,
  type LockLease,
  openIntent,
} from '@terrane/driver';
import { wrapFile } from './layers/wrap-file.js';

/** A driver with one planted bug, and the case that must catch it. */
export interface Sabotage {
  readonly bug: string;
  readonly caughtBy: string;
  spoil(driver: Driver<'sync'>): Driver;
}

type Sync = DriverFile<'sync'>;

/** Replaces methods of every file that is opened. */
const methods =
  (spoil: (file: Sync) => Partial<Record<keyof Sync, unknown>>) =>
  (driver: Driver<'sync'>): Driver => ({
    ...driver,
    open: (spec, resources) => {
      const file = driver.open(spec, resources);
      return { ...wrapFile(file, (_, __, call) => call()), ...spoil(file) } as Sync;
    },
  });

/** Does something else about opening. */
const opening =
  (open: (driver: Driver<'sync'>, ...args: Parameters<Driver<'sync'>['open']>) => unknown) =>
  (driver: Driver<'sync'>): Driver =>
    ({ ...driver, open: (...args: Parameters<Driver<'sync'>['open']>) => open(driver, ...args) }) as Driver;

export const sabotages: readonly Sabotage[] = [
  {
    bug: 'pads reads at the end with zeros',
    caughtBy: 'read-clamps-at-end',
    spoil: methods((file) => ({
      read: (at: number, target: Uint8Array) => {
        if (at >= file.size()) return 0;
        target.fill(0, file.read(at, target));
        return target.length;
      },
    })),
  },
  {
    bug: 'answers the whole file to every range, as a server that ignores Range',
    caughtBy: 'read-inside',
    spoil: methods((file) => ({ read: (_: number, target: Uint8Array) => file.read(0, target) })),
  },
  {
    bug: 'fails past the end instead of answering 0',
    caughtBy: 'read-past-end',
    spoil: methods((file) => ({
      read: (at: number, target: Uint8Array) => {
        if (at > file.size()) throw ioErrors.IO_OUT_OF_RANGE({ message: '416' });
        return file.read(at, target);
      },
    })),
  },
  {
    bug: 'clears the rest of the target at the end of the file',
    caughtBy: 'read-clamps-from-start',
    spoil: methods((file) => ({
      read: (at: number, target: Uint8Array) => {
        const count = file.read(at, target);
        target.fill(0, count);
        return count;
      },
    })),
  },
  {
    bug: 'fills the buffer behind the target from its start',
    caughtBy: 'read-inside-target',
    spoil: methods((file) => ({
      read: (at: number, target: Uint8Array) =>
        file.read(at, new Uint8Array(target.buffer, 0, target.length)),
    })),
  },
  {
    bug: 'reads at a cursor when reads follow each other',
    caughtBy: 'read-in-any-order',
    spoil: methods((file) => {
      let cursor = 0;
      return {
        read: (at: number, target: Uint8Array) => {
          const from = at === 9999 ? cursor : at;
          cursor = from + target.length;
          return file.read(from, target);
        },
      };
    }),
  },
  {
    bug: 'loses the last byte of a full page',
    caughtBy: 'size-is-what-is-read',
    spoil: methods((file) => ({
      size: () => (file.size() === 4096 ? 4095 : file.size()),
      read: (at: number, target: Uint8Array) => file.read(at, target.subarray(0, Math.max(0, 4095 - at))),
    })),
  },
  {
    bug: 'does not grow on a write over the end',
    caughtBy: 'write-then-read',
    spoil: methods((file) => ({
      write: (at: number, source: Uint8Array) =>
        file.write!(at, source.subarray(0, Math.max(0, file.size() - at))),
    })),
  },
  {
    bug: 'leaves garbage in gaps',
    caughtBy: 'write-gap',
    spoil: methods((file) => ({
      write: (at: number, source: Uint8Array) => {
        const end = file.size();
        if (at > end) file.write!(end, new Uint8Array(at - end).fill(0xcc));
        file.write!(at, source);
      },
    })),
  },
  {
    bug: 'writes whole sectors, zeros around the source',
    caughtBy: 'write-inside',
    spoil: methods((file) => ({
      write: (at: number, source: Uint8Array) => {
        const from = Math.floor(at / 512) * 512;
        const sector = new Uint8Array(
          Math.min(file.size(), Math.ceil((at + source.length) / 512) * 512) - from,
        );
        if (sector.length < at - from + source.length) return file.write!(at, source);
        sector.set(source, at - from);
        file.write!(from, sector);
      },
    })),
  },
  {
    bug: 'keeps the source and writes it later',
    caughtBy: 'write-source-is-the-callers',
    spoil: methods((file) => {
      const held: [number, Uint8Array][] = [];
      const settle = () => {
        for (const [at, source] of held.splice(0)) file.write!(at, source);
      };
      return {
        write: (at: number, source: Uint8Array) => void held.push([at, source]),
        size: () => Math.max(file.size(), ...held.map(([at, source]) => at + source.length)),
        read: (at: number, target: Uint8Array) => {
          settle();
          return file.read(at, target);
        },
        truncate: (size: number) => {
          settle();
          file.truncate!(size);
        },
      };
    }),
  },
  {
    bug: 'brings back what was cut off',
    caughtBy: 'truncate',
    spoil: methods((file) => {
      let size = file.size();
      return {
        size: () => size,
        read: (at: number, target: Uint8Array) => file.read(at, target.subarray(0, Math.max(0, size - at))),
        write: (at: number, source: Uint8Array) => {
          file.write!(at, source);
          size = Math.max(size, at + source.length);
        },
        truncate: (wanted: number) => {
          if (wanted > file.size()) file.truncate!(wanted);
          size = wanted;
        },
      };
    }),
  },
  {
    bug: 'loses what was written when it is closed',
    caughtBy: 'write-is-kept',
    spoil: methods((file) => {
      const undo: (() => void)[] = [];
      return {
        write: (at: number, source: Uint8Array) => {
          const before = new Uint8Array(file.size());
          file.read(0, before);
          undo.push(() => {
            file.truncate!(before.length);
            file.write!(0, before);
          });
          file.write!(at, source);
        },
        close: () => {
          for (const step of undo.reverse()) step();
          file.close();
        },
      };
    }),
  },
  {
    bug: 'creates a missing file on r+',
    caughtBy: 'open-missing',
    spoil: opening((driver, spec) => driver.open(spec.mode === 'r+' ? { ...spec, mode: 'a' } : spec)),
  },
  {
    bug: 'does not empty a file on w',
    caughtBy: 'open-w-empties',
    spoil: opening((driver, spec) => driver.open(spec.mode === 'w' ? { ...spec, mode: 'a' } : spec)),
  },
  {
    bug: 'replaces an existing file on w-',
    caughtBy: 'open-w-exclusive',
    spoil: opening((driver, spec) => driver.open(spec.mode === 'w-' ? { ...spec, mode: 'w' } : spec)),
  },
  {
    bug: 'lets one opener close the file of another',
    caughtBy: 'open-independent',
    spoil: (() => {
      let closed = false;
      return opening((driver, spec) => {
        closed = false;
        const file = driver.open(spec);
        return wrapFile(file, (op, _, call) => {
          if (op === 'close') closed = true;
          else if (closed) throw new Error('gone');
          return call();
        });
      });
    })(),
  },
  {
    bug: 'fails when it is closed twice',
    caughtBy: 'close-twice',
    spoil: methods((file) => {
      let closed = false;
      return {
        close: () => {
          if (closed) throw new Error('EBADF');
          closed = true;
          file.close();
        },
      };
    }),
  },
  {
    bug: 'declares to be writable when opened read-only',
    caughtBy: 'manifest-read-only',
    spoil: opening((driver, spec) => {
      const { write, create } = openIntent(spec.mode);
      return driver.open(write || create ? spec : { ...spec, mode: 'r+' });
    }),
  },
  {
    bug: 'changes its manifest as it goes',
    caughtBy: 'manifest-constant',
    spoil: opening((driver, spec) => {
      const file = driver.open(spec);
      const get = () => Object.freeze({ ...file.manifest });
      return Object.defineProperty(
        wrapFile(file, (_, __, call) => call()),
        'manifest',
        { get },
      );
    }),
  },
  {
    bug: 'copies a view and does not show what is written later',
    caughtBy: 'view-shows-writes',
    spoil: methods((file) => ({
      view: (at: number, length: number): Lease => {
        const bytes = file.view!(at, length)!.bytes.slice();
        return { bytes, release() {}, [Symbol.dispose]() {} };
      },
    })),
  },
  {
    bug: 'does not clamp a view',
    caughtBy: 'view-is-what-is-read',
    spoil: methods((file) => ({
      view: (at: number, length: number): Lease => {
        const bytes = new Uint8Array(length);
        file.read(at, bytes);
        return { bytes, release() {}, [Symbol.dispose]() {} };
      },
    })),
  },
  {
    bug: 'locks nobody out',
    caughtBy: 'lock-excludes',
    spoil: methods(() => ({
      lock: (kind: LockLease['kind']): LockLease => ({ kind, release() {}, [Symbol.dispose]() {} }),
    })),
  },
  {
    bug: 'keeps its locks when it is closed',
    caughtBy: 'lock-ends',
    spoil: methods(() => ({ close() {} })),
  },
  {
    bug: 'mixes up the order of several reads',
    caughtBy: 'read-many',
    spoil: (driver) => ({
      ...driver,
      open: (spec) => {
        const file = driver.open(spec);
        const manifest = Object.freeze({
          ...file.manifest,
          capabilities: Object.freeze({ ...file.manifest.capabilities, readMany: true as const }),
        });
        const readMany: Sync['readMany'] = (requests) =>
          [...requests]
            .sort((a, b) => a.position - b.position)
            .map(({ position, target }) => file.read(position, target));
        return { ...wrapFile(file, (_, __, call) => call()), manifest, readMany };
      },
    }),
  },
];
