import {
  type Driver,
  type DriverFile,
  defineManifest,
  driverErrors,
  openIntent,
  type Resources,
  type Spec,
} from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { findMap, type MemoryMap, multiMap, splitMap } from './multi/memory-map.js';
import { MultiFile } from './multi/multi-file.js';
import { needName } from './need-name.js';
import { sec2 } from './sec2.js';

const declared = {
  contract: 1,
  mode: 'sync',
  resources: ['memberDriver', 'memberResources'],
} as const;

/**
 * Metadata in one file and raw data in another, as HDF5's split driver does: byte for byte the same files.
 *
 * Options `meta` and `raw`: a suffix, or a pattern in which `%s` is the name (`-m.h5` and `-r.h5` unless given). An
 * existing set knows its own names. Resources `memberDriver` (sec2 unless given) and `memberResources`.
 */
export const split: Driver<'sync'> = Object.freeze({
  ...declared,
  name: 'split',
  schemes: ['split'],
  aliases: ['H5FD_SPLIT'],
  options: ['meta', 'raw'],
  open(spec, resources) {
    const { meta = '-m.h5', raw = '-r.h5' } = spec.options ?? {};
    return openSet(spec, resources, splitMap(templateOf(meta, 'meta'), templateOf(raw, 'raw')));
  },
} satisfies Driver<'sync'>);

/**
 * One file for every kind of memory, as HDF5's multi driver does, `NAME-s.h5`, `-b`, `-r`, `-g`, `-l` and `-o`; or, for
 * a set that exists, as its superblock says. Resources `memberDriver` (sec2 unless given) and `memberResources`.
 */
export const multi: Driver<'sync'> = Object.freeze({
  ...declared,
  name: 'multi',
  schemes: ['multi'],
  aliases: ['H5FD_MULTI'],
  open: (spec, resources) => openSet(spec, resources, multiMap),
} satisfies Driver<'sync'>);

function templateOf(option: unknown, name: string): string {
  if (typeof option !== 'string' || option === '') {
    throw driverErrors.DRV_BAD_OPTION({
      message: `${name} must be a suffix like "-m.h5", or a pattern with %s`,
      found: String(option),
    });
  }
  return option.includes('%s') ? option : `%s${option}`;
}

function openSet(spec: Spec, resources: Resources = {}, map: MemoryMap): MultiFile {
  const name = needName(spec);
  const driver = (resources.memberDriver as Driver<'sync'> | undefined) ?? sec2;
  const { mode = 'r' } = spec;
  const intent = openIntent(mode);
  const open = (template: string): DriverFile<'sync'> => {
    const member = { driver: driver.name, name: template.replace('%s', name), mode };
    try {
      return driver.open(member, (resources.memberResources as Resources | undefined) ?? {});
    } catch (error) {
      // Metadata can be looked at although the raw data was left behind, and a member may never have been needed.
      if (template === first || !isTerraneError(error, 'IO_NOT_FOUND')) throw error;
      if (!intent.write) return nothing(member.name);
      return driver.open(
        { ...member, mode: 'a' },
        (resources.memberResources as Resources | undefined) ?? {},
      );
    }
  };
  const first = map.members[0]!.template;
  const opened = new Map<string, DriverFile<'sync'>>();
  try {
    opened.set(first, open(first));
    const stored = findMap(headOf(opened.get(first)!)) ?? map;
    const files = stored.members.map(({ template }) => {
      if (!opened.has(template)) opened.set(template, open(template));
      return opened.get(template)!;
    });
    return new MultiFile(spec.driver, name, stored, files, intent.write);
  } catch (error) {
    for (const file of opened.values()) file.close();
    throw error;
  }
}

function headOf(file: DriverFile<'sync'>): Uint8Array {
  const head = new Uint8Array(Math.min(file.size(), 4096));
  file.read(0, head);
  return head;
}

/** A member that is not there. */
function nothing(target: string): DriverFile<'sync'> {
  const manifest = defineManifest({ driver: 'nothing', target, capabilities: {}, guarantees: {}, hints: {} });
  return { mode: 'sync', manifest, size: () => 0, read: () => 0, close() {} };
}
