import {
  chain,
  type Driver,
  type DriverFile,
  type Mode,
  type Resources,
  type Spec,
  settled,
} from '@terrane/driver';
import type { KitTarget } from './target.js';

/** A function from file to file of the same mode. */
export type Layer = <M extends Mode>(file: DriverFile<M>) => DriverFile<M>;

/** The same target with a layer around every file: a layer must keep the contract, too. */
export function withLayer(target: KitTarget, name: string, layer: Layer): KitTarget {
  const below = target.driver as Driver<Mode>;
  const open = (spec: Spec, resources?: Resources) =>
    chain<Mode, DriverFile, DriverFile>(below.open(spec, resources) as never, (file) =>
      settled<Mode, DriverFile>(below.mode, layer(file)),
    );
  return { ...target, name: `${target.name} + ${name}`, driver: { ...below, open } as Driver };
}
