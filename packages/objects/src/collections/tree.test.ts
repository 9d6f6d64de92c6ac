import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockHome } from '../heap/block-home.js';
import { Chunks, chunkHeader, type Place, tags } from '../heap/chunks.js';
import { Heap } from '../heap/heap.js';
import { enumeration, float64, int64, type Kind, optional, text, uint64 } from '../schema/kinds.js';
import { Tree } from './tree.js';
import { keyPart, tiePart } from './tree-key.js';
import { treeHead } from './tree-path.js';

function makeHeap(): { chunks: Chunks; head: Place } {
  const chunks = new Chunks(new Heap(BlockHome.create(openWith(memoryDriver(), { mode: 'w' }))!));
  chunks.format();
  const { segment, at } = chunks.allocate(tags.data, treeHead);
  return { chunks, head: { segment, at: at + chunkHeader } };
}

/** Half full, save for the last node of each level. */
function checkOccupancy(tree: Tree, { segment, at }: Place): void {
  if (tree.count(segment, at) === 0) return;
  const { nodes } = tree;
  const down = (node: Place, isLast: boolean) => {
    const level = nodes.level(node);
    const count = nodes.count(node);
    if (!isLast) expect(count).toBeGreaterThanOrEqual(nodes.most(level) >>> 1);
    if (level === 0) return;
    for (let index = 0; index < count; index++)
      down(nodes.child(node, index, nodes.level(node)), isLast && index === count - 1);
  };
  down(nodes.open(segment, at), true);
}

describe('a tree', () => {
  it('holds what a sorted array holds, whatever comes and goes', () => {
    const run = fc.tuple(
      fc.constantFrom('ascending', 'descending', 'random', 'delete', 'delete low', 'delete high'),
      fc.nat({ max: 1500 }),
      fc.nat({ max: 4000 }),
    );
    const property = fc.property(fc.array(run, { maxLength: 12 }), (runs) => {
      const { chunks, head } = makeHeap();
      const tree = new Tree(chunks, [keyPart(chunks, float64())], 8);
      const { segment, at } = head;
      const used = chunks.figures.chunks;
      const model = new Set<number>();
      let seed = 1;
      const random = () => {
        seed = (seed * 48271) % 0x7fffffff;
        return seed;
      };
      const remove = (key: number) => {
        tree.aim(key);
        if (!tree.find(segment, at)) return false;
        tree.remove(segment, at);
        return true;
      };
      for (const [what, count, from] of runs) {
        const sorted = what.startsWith('delete') ? [...model].sort((a, b) => a - b) : [];
        for (let step = 0; step < count; step++) {
          if (what.startsWith('delete')) {
            if (sorted.length === 0) break;
            const index =
              what === 'delete' ? random() % sorted.length : what === 'delete low' ? 0 : sorted.length - 1;
            const [key] = sorted.splice(index, 1) as [number];
            expect(remove(key)).toBe(true);
            expect(remove(key)).toBe(false);
            model.delete(key);
          } else {
            const key =
              what === 'random' ? random() % 5000 : what === 'ascending' ? from + step : from - step;
            tree.aim(key);
            expect(tree.ensure(segment, at).isNew).toBe(!model.has(key));
            model.add(key);
          }
        }
        const found: unknown[] = [];
        tree.walk(
          segment,
          at,
          () => {},
          (place, entry) => found.push(tree.keyOf(place, entry)),
        );
        const wanted = [...model].sort((a, b) => a - b);
        expect(found).toEqual(wanted);
        checkOccupancy(tree, head);
        for (let step = 0; step < 20 && wanted.length > 0; step++) {
          const rank = random() % wanted.length;
          const { segment: place, at: entry } = tree.at(segment, at, rank);
          expect(tree.keyOf(place, entry)).toBe(wanted[rank]);
          tree.aim(wanted[rank]);
          expect([tree.rank(segment, at, false), tree.rank(segment, at, true)]).toEqual([rank, rank + 1]);
        }
      }
      tree.clear(segment, at, () => {});
      expect(chunks.figures.chunks).toBe(used);
    });
    fc.assert(property, { numRuns: 25 });
  });

  const texts = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'é', '𝄞', '\uffff'), maxLength: 11 }),
    fc.constantFrom('same beginning', 'same beginnings', 'same begin', 'same beg', ''),
  );
  const bytesOf = (text: string) => Buffer.from(text);
  const kinds: [string, Kind, fc.Arbitrary<unknown>, (a: never, b: never) => number][] = [
    [
      'numbers',
      float64(),
      fc.double({ noNaN: true }).map((x) => (x === 0 ? 0 : x)),
      (a: number, b: number) => a - b,
    ],
    [
      'long integers',
      int64(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
    ],
    [
      'unsigned ones',
      uint64(),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
    ],
    [
      'names',
      enumeration('z', 'm', 'a'),
      fc.constantFrom('z', 'm', 'a'),
      (a: string, b: string) => 'zma'.indexOf(a) - 'zma'.indexOf(b),
    ],
    ['texts', text(), texts, (a: string, b: string) => Buffer.compare(bytesOf(a), bytesOf(b))],
    [
      'texts or null',
      optional(text()),
      fc.option(texts),
      (a: string | null, b: string | null) =>
        a === null || b === null
          ? Number(a !== null) - Number(b !== null)
          : Buffer.compare(bytesOf(a), bytesOf(b)),
    ],
  ] as never;
  for (const [name, kind, values, compare] of kinds) {
    for (const descending of [false, true]) {
      it(`keeps ${name} in order${descending ? ', from the last to the first' : ''}, equal ones as they came`, () => {
        const property = fc.property(fc.array(values, { maxLength: 300 }), (given) => {
          const { chunks, head } = makeHeap();
          const tree = new Tree(chunks, [keyPart(chunks, kind, descending), tiePart], 0);
          for (const [index, value] of given.entries()) {
            tree.aim(value, [0, index]);
            tree.ensure(head.segment, head.at);
          }
          const found: unknown[] = [];
          tree.walk(
            head.segment,
            head.at,
            () => {},
            (place, entry) => {
              const [, index] = tree.keyOf(place, entry, 1) as readonly [number, number];
              expect(tree.keyOf(place, entry)).toEqual(given[index]);
              found.push([tree.keyOf(place, entry), index]);
            },
          );
          const order = descending ? -1 : 1;
          const wanted = given
            .map((value, index) => [value, index] as const)
            .sort(([a, i], [b, j]) => order * compare(a as never, b as never) || i - j);
          expect(found).toEqual(wanted);
        });
        fc.assert(property, { numRuns: 40 });
      });
    }
  }
});
