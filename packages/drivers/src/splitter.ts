import {
  type AccessOptions,
  type Driver,
  type DriverFile,
  deriveFile,
  driverErrors,
  openIntent,
  type Resources,
  type Spec,
} from '@terrane/driver';
import { needName } from './need-name.js';
import { sec2 } from './sec2.js';

/** What happens when the mirror cannot be written: the call fails, or the mirror is given up. */
const policies = ['fail', 'ignore'] as const;

/**
 * Two equal files: every write goes to both, reads come from the first, as in HDF5's splitter driver. A file that is
 * opened for writing is copied to its mirror first, so the mirror is whole from the beginning.
 *
 * Options `mirror` (its name) and `onMirrorError` (`fail` or `ignore`; `fail` unless given). Resources `memberDriver` and
 * `memberResources` (for the file), `mirrorDriver` and `mirrorResources`, and `mirrorError`, called with what is ignored.
 */
export const splitter: Driver<'sync'> = Object.freeze({
  name: 'splitter',
  contract: 1,
  mode: 'sync',
  aliases: ['H5FD_SPLITTER'],
  options: ['mirror', 'onMirrorError'],
  resources: ['memberDriver', 'memberResources', 'mirrorDriver', 'mirrorResources', 'mirrorError'],
  open: (spec, resources = {}) => openSplitter(spec, resources),
} satisfies Driver<'sync'>);

function openSplitter(spec: Spec, resources: Resources): DriverFile<'sync'> {
  const { mirror: mirrorName, onMirrorError = 'fail' } = spec.options ?? {};
  if (typeof mirrorName !== 'string' || mirrorName === needName(spec)) {
    throw driverErrors.DRV_BAD_OPTION({
      message: 'splitter: mirror must be the name of another file',
      found: String(mirrorName),
    });
  }
  if (!policies.includes(onMirrorError as 'fail')) {
    throw driverErrors.DRV_BAD_OPTION({
      message: `splitter: onMirrorError must be one of ${policies.join(', ')}`,
      found: String(onMirrorError),
    });
  }
  const driverOf = (name: string) => (resources[name] as Driver<'sync'> | undefined) ?? sec2;
  const open = (which: 'member' | 'mirror', name: string, mode: Spec['mode'] & string) => {
    const driver = driverOf(`${which}Driver`);
    return driver.open(
      { driver: driver.name, name, mode },
      (resources[`${which}Resources`] ?? {}) as Resources,
    );
  };
  const file = open('member', needName(spec), spec.mode ?? 'r');
  const { durableFlush, shared, immutable } = file.manifest.guarantees;
  const manifest = {
    driver: 'splitter',
    guarantees: {
      ...(durableFlush && { durableFlush }),
      ...(shared && { shared }),
      ...(immutable && { immutable }),
    },
  };
  if (!openIntent(spec.mode).write) return deriveFile(file, { manifest });

  let mirror: DriverFile<'sync'> | undefined;
  /** Does to the mirror what was done to the file; gives it up when that fails and may be ignored. */
  const follow = (step: (mirror: DriverFile<'sync'>) => void) => {
    if (!mirror) return;
    try {
      step(mirror);
    } catch (error) {
      if (onMirrorError === 'fail') throw error;
      (resources.mirrorError as ((error: unknown) => void) | undefined)?.(error);
      mirror = undefined;
    }
  };
  try {
    mirror = open('mirror', mirrorName, 'w');
    follow((target) => copyAll(file, target));
  } catch (error) {
    if (onMirrorError === 'fail') {
      file.close();
      throw error;
    }
    (resources.mirrorError as ((error: unknown) => void) | undefined)?.(error);
  }
  return deriveFile(file, {
    manifest,
    write(position: number, source: Uint8Array, options?: AccessOptions) {
      file.write!(position, source, options);
      follow((target) => target.write!(position, source, options));
    },
    truncate(size: number) {
      file.truncate!(size);
      follow((target) => target.truncate!(size));
    },
    flush() {
      file.flush!();
      follow((target) => target.flush!());
    },
    close() {
      file.close();
      follow((target) => target.close());
    },
  });
}

function copyAll(from: DriverFile<'sync'>, to: DriverFile<'sync'>): void {
  const buffer = new Uint8Array(1024 * 1024);
  for (let at = 0; ; ) {
    const count = from.read(at, buffer);
    if (count === 0) return;
    to.write!(at, buffer.subarray(0, count));
    at += count;
  }
}
