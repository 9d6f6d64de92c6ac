import { memoryDriver, openWith } from '@terrane/driver';
import {
  defineSchema,
  float64,
  int32,
  int53,
  int64,
  list,
  map,
  ObjectStore,
  ref,
  sortedMap,
  struct,
  text,
} from '@terrane/objects';

/** The schema of these benchmarks. */
export const schema = defineSchema({
  Root: struct({
    points: list(ref('Point')),
    byName: map(text(), ref('Point')),
    numbers: map(text(), float64()),
    values: list(float64()),
    sorted: sortedMap(text(), float64()),
  }),
  Point: struct({ x: float64(), y: float64(), n: int32(), big: int64(), long: int53() }),
});

/** A store in memory. */
export const memoryStore = () =>
  ObjectStore.open(openWith(memoryDriver(), { name: 'bench', mode: 'a' }), schema);

/** The fields of a point by its number. */
export const pointOf = (index: number) => ({ x: index + 0.5, y: 0.25, n: index });
