import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Driver,
  type DriverFile,
  MemoryStore,
  type Mode,
  memoryDriver,
  openWith,
  type Spec,
} from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { type KitTarget, type Layer, type Place, withLayer } from '@terrane/driver-kit';
import { flock } from './flock.fixture.js';
import {
  blob,
  core,
  type FileObject,
  family,
  fileobj,
  fileobjSync,
  http,
  log,
  multi,
  sec2,
  split,
  splitter,
  stdio,
} from './index.js';
import { coalesce, limit, pageCache, readOnly, retry, trace } from './layers.js';
import type { RangeServer } from './range-server.fixture.js';

type Options = Spec['options'];

/** A target whose places are folders, each with one file that the given driver has written. */
function onDisk(driver: Driver<'sync'>, options: Options = {}, more: Partial<KitTarget> = {}): KitTarget {
  const writer = driver === core ? sec2 : driver;
  return {
    name: driver.name,
    driver,
    large: driver !== core,
    ...more,
    prepare(bytes) {
      const folder = mkdtempSync(join(tmpdir(), 'terrane-kit-'));
      const name = join(folder, driver === family ? 'part%03d' : 'file');
      const own = typeof options === 'object' ? { ...options } : {};
      // Two places must not share a second file either.
      for (const key of ['mirror', 'logFile']) if (key in own) own[key] = join(folder, String(own[key]));
      if (bytes) {
        const file = openWith(writer, { name, mode: 'w', ...(writer === driver && { options: own }) });
        file.write(0, bytes);
        file.close();
      }
      return { spec: { name, options: own }, end: () => rmSync(folder, { recursive: true }) };
    },
  };
}

/** The same, with locks on demand. */
function withLocks(target: KitTarget): KitTarget {
  return {
    ...target,
    name: `${target.name} (with locks)`,
    async prepare(bytes) {
      const place = await target.prepare(bytes);
      const spec = { ...place.spec, options: { ...place.spec.options, locking: false } };
      return { ...place, spec, resources: { ...place.resources, flock } };
    },
  };
}

function inMemory(): KitTarget {
  let count = 0;
  return {
    name: 'core (in memory)',
    driver: core,
    keeps: false,
    prepare: (bytes) => ({
      spec: { name: `none-${++count}`, options: { backingStore: false } },
      resources: bytes ? { image: bytes } : {},
    }),
    // With an image there is no creating, and without a disk no second opener.
    modes: ['r', 'r+', 'a'],
  };
}

function objects(driver: Driver, mode: Mode): KitTarget {
  return {
    name: driver.name,
    driver,
    // An object that is not there cannot be made.
    modes: ['r', 'r+'],
    prepare(bytes): Place {
      if (!bytes) return { spec: {} };
      const store = new MemoryStore(bytes);
      const later = <T>(value: T) =>
        mode === 'sync' ? value : new Promise<T>((resolve) => setTimeout(resolve, 0, value));
      const object: FileObject = {
        size: () => later(store.size) as number,
        read(position, target) {
          const part = store.bytes.subarray(position, position + target.length);
          target.set(part);
          return later(part.length) as number;
        },
        write: (position, source) => store.write(position, source),
        truncate: (size) => store.resize(size),
        flush() {},
      };
      return { spec: {}, resources: { object } };
    },
  };
}

const blobs: KitTarget = {
  name: 'blob',
  driver: blob,
  modes: ['r'],
  prepare: (bytes) => ({ spec: {}, resources: bytes ? { blob: new Blob([bytes.slice()]) } : {} }),
};

/** Files of a web server. */
export function served(server: RangeServer, options: Options = {}): KitTarget {
  let count = 0;
  return {
    name: 'http',
    driver: http,
    modes: ['r'],
    prepare(bytes) {
      const path = `/file-${++count}`;
      if (bytes) server.files.set(path, { bytes, etag: `"${count}"` });
      return { spec: { name: server.url(path), options }, end: () => void server.files.delete(path) };
    },
  };
}

function memory(mode: Mode): KitTarget {
  const driver = memoryDriver();
  let count = 0;
  return {
    name: `memory (${mode})`,
    driver: mode === 'sync' ? driver : delayed(driver, { by: 'turn' }),
    prepare(bytes) {
      const name = `place ${++count}`;
      if (bytes) driver.files.set(name, new MemoryStore(bytes));
      return { spec: { name }, end: () => void driver.files.delete(name) };
    },
  };
}

/** The drivers of this package that need no server. */
export const driverTargets: readonly KitTarget[] = [
  onDisk(sec2),
  onDisk(stdio),
  withLocks(onDisk(sec2)),
  withLocks(onDisk(stdio)),
  onDisk(stdio, { bufferBytes: 16 }, { name: 'stdio (16-byte buffer)' }),
  onDisk(core),
  onDisk(core, { flushWhole: true }, { name: 'core (whole flushes)' }),
  inMemory(),
  // The two-part drivers keep raw data past the reach of a plain test file, so the cases see their metadata member.
  onDisk(split),
  onDisk(multi),
  onDisk(family, { member: 1000 }, { name: 'family (1000-byte members)', large: false }),
  onDisk(family, { member: '2GiB' }, { name: 'family (2 GiB members)' }),
  onDisk(log, { logFile: 'log' }),
  onDisk(splitter, { mirror: 'mirror' }),
  objects(fileobjSync, 'sync'),
  objects(fileobj, 'async'),
  blobs,
];

const layers: readonly (readonly [string, Layer])[] = [
  ['page cache', (file) => pageCache(file, { pageBytes: 64, budgetBytes: 4096, soleUser: true })],
  ['coalesce', (file) => coalesce(file)],
  ['retry', (file) => retry(file, { delay: 1 })],
  ['trace', (file) => trace(file, () => {})],
  ['limit', (file) => limit(file, { concurrency: 2, bytes: 10_000 })],
  [
    'all of them',
    <M extends Mode>(file: DriverFile<M>) =>
      coalesce(trace(pageCache(limit(retry(file)), { soleUser: true }), () => {})),
  ],
];

/** Every layer over the reference driver, in both modes. */
export const layerTargets: readonly KitTarget[] = (['sync', 'async'] as const).flatMap((mode) => [
  ...layers.map(([name, layer]) => withLayer(memory(mode), name, layer)),
  { ...withLayer(memory(mode), 'read-only', readOnly), modes: ['r'] as const },
]);
