import {
  type CheckedFile,
  checked,
  type Driver,
  type DriverFile,
  type OpenMode,
  openWith,
} from '@terrane/driver';
import type { Bench, Facts } from './kit-case.js';
import type { KitTarget, Place } from './target.js';

const allModes: readonly OpenMode[] = ['r', 'r+', 'a', 'w', 'w-'];

/** Makes a bench for one case, and a function that clears it away again. */
export function makeBench(target: KitTarget, facts: Facts): { bench: Bench; clear(): Promise<void> } {
  const files: DriverFile[] = [];
  const places: Place[] = [];
  const keep = <F extends DriverFile>(file: F): F => {
    files.push(file);
    return file;
  };
  const bench: Bench = {
    target,
    facts,
    async place(bytes) {
      const place = await target.prepare(bytes);
      places.push(place);
      return place;
    },
    async open(place, mode) {
      return keep(await open(target.driver, place, mode));
    },
    async openBare(place, mode) {
      const spec = { ...place.spec, driver: target.driver.name, mode };
      return keep(await (target.driver as Driver).open(spec, place.resources ?? {}));
    },
    async reading(bytes) {
      return bench.open(await bench.place(bytes), facts.modes.has('r') ? 'r' : 'r+');
    },
    async writing(bytes = new Uint8Array(0)) {
      return bench.open(await bench.place(bytes), facts.modes.has('r+') ? 'r+' : 'a');
    },
  };
  const clear = async () => {
    for (const file of files) {
      try {
        await file.close();
      } catch {
        // The case has judged the driver by now.
      }
    }
    for (const place of places) await place.end?.();
  };
  return { bench, clear };
}

/** Opens a small file in each way, to learn what the driver offers. */
export async function findFacts(target: KitTarget): Promise<Facts> {
  const modes = new Set(target.modes ?? allModes);
  const manifestOf = async (mode: OpenMode) => {
    const place = await target.prepare(Uint8Array.of(1, 2, 3));
    try {
      const file = await open(target.driver, place, mode);
      const { manifest } = file;
      await file.close();
      return manifest;
    } finally {
      await place.end?.();
    }
  };
  const writingMode = (['r+', 'a', 'w'] as const).find((mode) => modes.has(mode));
  return {
    modes,
    reading: await manifestOf(modes.has('r') ? 'r' : (writingMode ?? 'r')),
    writing: writingMode && (await manifestOf(writingMode)),
    keeps: target.keeps ?? true,
    large: target.large ?? false,
    mode: target.driver.mode,
  };
}

async function open(driver: Driver, place: Place, mode: OpenMode): Promise<CheckedFile> {
  return checked(await openWith(driver, { ...place.spec, mode }, place.resources));
}
