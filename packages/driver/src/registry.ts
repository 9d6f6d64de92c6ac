import { nearest } from '@terrane/errors';
import type { CheckedFile, CheckOptions } from './checked-file.js';
import type { Driver, Resources, Spec } from './driver.js';
import { driverErrors } from './errors.js';
import type { Mode } from './mode.js';
import { checkDriver, openWith } from './open-with.js';
import { parseUrl, schemeOf } from './parse-url.js';

/** A driver that is loaded when it is first asked for. What it is known by must be said beforehand. */
export interface LazyDriver {
  readonly name: string;
  readonly schemes?: readonly string[];
  readonly aliases?: readonly string[];
  /** The driver itself, or a module whose default export it is. */
  load(): Promise<Driver | { readonly default: Driver }>;
}

/** A set of drivers, chosen from by name or URL scheme. An instance: nothing is registered globally. */
export interface Registry {
  /** The names of the drivers, in the order given. */
  readonly names: readonly string[];
  /** The URL schemes answered to. */
  readonly schemes: readonly string[];
  /**
   * Opens what the spec names, or a URL, or a path (which is the same as a `file:` URL). A synchronous driver that is loaded answers at once, all others by promise.
   *
   * @throws DRV_UNKNOWN_DRIVER, DRV_UNKNOWN_SCHEME, and all that `openWith` throws.
   */
  open(
    spec: Spec | string,
    resources?: Resources,
    options?: CheckOptions,
  ): CheckedFile<'sync'> | Promise<CheckedFile<Mode>>;
  /** Like `open`, for those who cannot wait. @throws DRV_NOT_SYNC when the driver answers by promise or is yet to be loaded. */
  openSync(spec: Spec | string, resources?: Resources, options?: CheckOptions): CheckedFile<'sync'>;
  /** The driver of a name, alias included, loaded or not. @throws DRV_UNKNOWN_DRIVER */
  find(name: string): Driver | LazyDriver;
}

/** Where drivers are that a registry may lack: the sentence that saves a search. */
const elsewhere: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    '@terrane/drivers': [
      ...['core', 'sec2', 'stdio', 'split', 'multi', 'family', 'log', 'splitter', 'fileobj', 'blob', 'opfs'],
      ...['http', 'https', 'file', 'H5FD_CORE', 'H5FD_SEC2', 'H5FD_WINDOWS', 'H5FD_STDIO', 'H5FD_SPLIT'],
      ...['H5FD_MULTI', 'H5FD_FAMILY', 'H5FD_LOG', 'H5FD_SPLITTER'],
    ],
    '@terrane/driver-mmap': ['mmap'],
    '@terrane/driver-s3': ['s3', 'H5FD_ROS3'],
  }).flatMap(([source, names]) => names.map((name) => [name, source])),
);

/**
 * Makes a registry of drivers, each given itself or as a lazy entry.
 *
 * ```ts
 * const registry = createRegistry([sec2, core, { name: 's3', schemes: ['s3'], load: () => import('@terrane/driver-s3') }]);
 * const file = await registry.open({ driver: 'core', name: 'a.h5', mode: 'a' });
 * ```
 *
 * @throws DRV_DUPLICATE when two entries answer to one name or scheme, DRV_CONTRACT_TOO_NEW, DRV_CONTRACT_BROKEN.
 */
export function createRegistry(entries: readonly (Driver | LazyDriver)[]): Registry {
  const byName = new Map<string, Driver | LazyDriver>();
  const byScheme = new Map<string, Driver | LazyDriver>();
  const claim = (table: Map<string, Driver | LazyDriver>, key: string, entry: Driver | LazyDriver) => {
    const other = table.get(key);
    if (other && other !== entry) {
      const message = `drivers "${other.name}" and "${entry.name}" both answer to "${key}"`;
      throw driverErrors.DRV_DUPLICATE({ message, driver: entry.name });
    }
    table.set(key, entry);
  };
  for (const entry of entries) {
    if (!('load' in entry)) checkDriver(entry);
    for (const name of [entry.name, ...(entry.aliases ?? [])]) claim(byName, name, entry);
    for (const scheme of entry.schemes ?? []) claim(byScheme, scheme, entry);
  }
  const names = Object.freeze(entries.map(({ name }) => name));

  const find = (name: string): Driver | LazyDriver => {
    const entry = byName.get(name);
    if (entry) return entry;
    const near = nearest(name, [...byName.keys()]);
    const source = elsewhere[name];
    const hint = near ? `did you mean "${near}"?` : source && `it comes with ${source}`;
    throw driverErrors.DRV_UNKNOWN_DRIVER({
      message: `unknown driver ${JSON.stringify(name)}${hint ? `; ${hint}` : ''} (known: ${[...byName.keys()].join(', ')})`,
      op: 'open',
      found: String(name),
      expected: [...byName.keys()].join(', '),
      ...(hint ? { hint } : {}),
    });
  };

  const select = (what: Spec | string): Driver | LazyDriver => {
    if (typeof what !== 'string') return find(what?.driver);
    const scheme = schemeOf(what);
    const entry = byScheme.get(scheme);
    if (entry) return entry;
    throw unknownScheme(scheme, what, [...byScheme.keys()]);
  };
  const specOf = (driver: Driver, what: Spec | string): Spec =>
    typeof what === 'string' ? { driver: driver.name, ...(driver.parse ?? parseUrl)(what) } : what;

  const open: Registry['open'] = (what, resources, options) => {
    const entry = select(what);
    if (!('load' in entry)) {
      return openWith(entry, specOf(entry, what), resources, options) as ReturnType<Registry['open']>;
    }
    return load(entry).then((driver) => openWith(driver, specOf(driver, what), resources, options));
  };

  const openSync: Registry['openSync'] = (what, resources, options) => {
    const entry = select(what);
    if (!('load' in entry) && entry.mode === 'sync') {
      return openWith(entry as Driver<'sync'>, specOf(entry, what), resources, options);
    }
    const why = 'load' in entry ? 'is yet to be loaded' : 'answers by promise';
    throw driverErrors.DRV_NOT_SYNC({
      message: `driver "${entry.name}" ${why}: use open, and await it`,
      op: 'open',
      driver: entry.name,
    });
  };

  return Object.freeze({ names, schemes: Object.freeze([...byScheme.keys()]), open, openSync, find });
}

function unknownScheme(scheme: string, url: string, known: readonly string[]): Error {
  const near = nearest(scheme, known);
  const source = elsewhere[scheme];
  const hint = near ? `did you mean "${near}:"?` : source && `it comes with ${source}`;
  return driverErrors.DRV_UNKNOWN_SCHEME({
    message: `no driver for "${scheme}:"${hint ? `; ${hint}` : ''} (known: ${known.join(', ')})`,
    op: 'open',
    target: url,
    found: scheme,
    expected: known.join(', '),
    ...(hint ? { hint } : {}),
  });
}

async function load(entry: LazyDriver): Promise<Driver> {
  let loaded: Driver | { readonly default: Driver };
  try {
    loaded = await entry.load();
  } catch (cause) {
    throw driverErrors.DRV_DEPENDENCY_MISSING({
      message: `driver "${entry.name}" could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      op: 'open',
      driver: entry.name,
      cause,
    });
  }
  const driver = 'default' in loaded ? loaded.default : loaded;
  checkDriver(driver);
  return driver;
}
