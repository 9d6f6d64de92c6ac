import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { afterAll, expect, it } from 'vitest';
import {
  memoryView,
  ObjectStore,
  type PersistentBuffer,
  type PersistentDefaultMap,
  type PersistentList,
  type PersistentMap,
  type PersistentObject,
  type PersistentSet,
  type PersistentSortedList,
} from '../index.js';
import { count, query, sum } from '../query/index.js';
import {
  Buffer,
  DefaultDict,
  Dict,
  Float,
  HashSet,
  Int,
  List,
  SkipList,
  Storage,
  slot,
  Text,
  type TypeDescriptor,
  UInt,
} from '../storage.js';
import { program } from './acceptance.fixture.js';

/*
 * Ten defects that were found by running the original. None must come back. What is about persistence is read by processes
 * of their own, at the end.
 */
const folder = mkdtempSync(join(tmpdir(), 'objects-defects-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => openWith(sec2, { name: join(folder, name), mode: 'a' });
const wanted: Record<string, unknown> = {};

function make<Root extends object>(
  name: string,
  populate: (s: Storage) => Record<string, TypeDescriptor>,
): Storage<Root> {
  class Made extends Storage<Root> {
    override populateSchema() {
      this.structure('Root', populate(this as never));
    }
  }
  return new Made(file(name));
}

const cwd = fileURLToPath(new URL('../..', import.meta.url));
function run(flags: readonly string[], ...args: readonly string[]) {
  const all = ['--import', 'tsx', '--conditions=@terrane/source', ...flags, ...args];
  return spawnSync(process.execPath, all, { encoding: 'utf8', cwd });
}

it('1: keys are found whatever the hash seed of the process', () => {
  const p = make<{ byName: PersistentMap<string, number> }>('defect1', (s) => ({
    byName: s.define(Dict('ByName', Text, Int)),
  }));
  p.root.byName = p.schema.ByName!() as never;
  for (let index = 0; index < 50; index++) p.root.byName.set(`key ${index}`, index);
  p.close();
  wanted.defect1 = [50, 50];
});

it('2: a schema with a set, or a dictionary without values, opens again', () => {
  const p = make<{ a: PersistentSet<string>; b: PersistentSet<number> }>('defect2', (s) => {
    return { a: s.define(HashSet('Set', Text)), b: s.define(Dict('NoValues', Int)) };
  });
  p.root.a = p.schema.Set!(new Set(['x'])) as never;
  p.root.b = p.schema.NoValues!(new Set([1])) as never;
  p.close();
  wanted.defect2 = [['Root', 'Set', 'NoValues'], { a: ['x'], b: [1] }];
});

it('3: a storage that is closed before its root was read has its schema all the same', () => {
  make('defect3', () => ({ age: Int })).close();
  wanted.defect3 = [['Root'], { age: 0 }];
});

it('4: what was not committed when the process died is gone as a whole, and overwrites nothing', () => {
  const p = make<{ byName: PersistentMap<string, string> }>('defect4', (s) => ({
    byName: s.define(Dict('ByName', Text, Text)),
  }));
  p.root.byName = p.schema.ByName!() as never;
  p.root.byName.set('before', 'kept');
  p.close();
  const killed = run(
    ['--input-type=module'],
    '--eval',
    `import { openWith } from '@terrane/driver';
     import { sec2 } from '@terrane/drivers';
     import { Storage } from ${JSON.stringify(new URL('../storage.js', import.meta.url).href)};
     const p = new Storage(openWith(sec2, { name: ${JSON.stringify(join(folder, 'defect4'))}, mode: 'a' }));
     p.root.byName.set('committed', 'kept, too');
     p.flush();
     for (let index = 0; index < 1000; index++) p.root.byName.set('lost ' + index, 'x'.repeat(index));
     process.kill(process.pid, 'SIGKILL');`,
  );
  expect(killed.signal).toBe('SIGKILL');
  const q = new Storage<typeof p.root>(file('defect4'));
  q.root.byName.set('after', 'new');
  q.close();
  const pairs = [
    ['before', 'kept'],
    ['committed', 'kept, too'],
    ['after', 'new'],
  ];
  wanted.defect4 = [['Root', 'ByName'], { byName: pairs }];
});

it('5: a derived structure in a field of its base has its own fields, and those of the base where they belong', () => {
  interface Base extends PersistentObject {
    zeta: number;
    name: string;
  }
  const p = make<{ base: Base; list: PersistentList<Base> }>('defect5', (s) => {
    const Base = s.structure('Base', { zeta: Int, name: Text });
    s.structure('Derived', { alpha: Float, mu: Text }, Base);
    return { base: Base, list: s.define(List('Bases', Base)) };
  });
  p.root.base = p.schema.Derived!({ zeta: 7, name: 'derived', alpha: 0.5, mu: 'm' }) as Base;
  p.root.list = p.schema.Bases!() as never;
  p.root.list.push(p.root.base, p.schema.Base!({ zeta: 8, name: 'base' }) as Base);
  expect([p.root.base.zeta, p.root.base.name]).toEqual([7, 'derived']);
  p.close();
  const derived = { zeta: 7, name: 'derived', alpha: 0.5, mu: 'm' };
  wanted.defect5 = [
    ['Base', 'Derived', 'Root', 'Bases'],
    { base: derived, list: [derived, { zeta: 8, name: 'base' }] },
  ];
});

it('6: queries add up, take texts as parameters, and go through lists; default dictionaries of numbers count', () => {
  interface Sale extends PersistentObject {
    city: string;
    price: number;
  }
  const p = make<{ sales: PersistentList<Sale>; counts: PersistentDefaultMap<string, number> }>(
    'defect6',
    (s) => {
      const Sale = s.structure('Sale', { city: Text, price: Int });
      return { sales: s.define(List('Sales', Sale)), counts: s.define(DefaultDict('Counts', Text, Int)) };
    },
  );
  p.root.sales = p.schema.Sales!() as never;
  p.root.counts = p.schema.Counts!() as never;
  for (const [city, price] of [
    ['Paris', 3],
    ['Rome', 5],
    ['Paris', 4],
  ] as const) {
    p.root.sales.push(p.schema.Sale!({ city, price }) as Sale);
    slot(p.root.counts, city).inc();
  }
  const sales = query<{ city: string }>('city').each('sale', p.root.sales);
  const inCity = sales.equal('sale.city', 'city').run({ city: 'Paris' }).toArray();
  expect(inCity.map(({ sale }) => sale.price)).toEqual([3, 4]);
  const groups = query().each('sale', p.root.sales).attribute('city', 'sale.city').run().groupBy('city');
  expect(groups.aggregate({ sales: count(), sum: sum('sale.price') }).toArray()).toMatchObject([
    { sales: 2, sum: 7 },
    { sales: 1, sum: 5 },
  ]);
  p.close();
  const data = [
    { city: 'Paris', price: 3 },
    { city: 'Rome', price: 5 },
    { city: 'Paris', price: 4 },
  ];
  wanted.defect6 = [
    ['Sale', 'Root', 'Sales', 'Counts'],
    {
      sales: data,
      counts: [
        ['Paris', 2],
        ['Rome', 1],
      ],
    },
  ];
});

it('7: setBit(33) sets bit 33', () => {
  const p = make<PersistentObject & { number: number; wide: bigint }>('defect7', () => ({
    number: Int,
    wide: UInt,
  }));
  const { root } = p;
  const number = slot(root, 'number');
  number.setBit(33);
  expect([root.number, number.testBit(33), number.testBit(1), number.testBit(32)]).toEqual([
    2 ** 33,
    true,
    false,
    false,
  ]);
  number.setBit(0);
  number.clearBit(33);
  expect(root.number).toBe(1);
  number.setBit(52);
  for (const bit of [-1, 64, 1.5]) expect(() => number.testBit(bit)).toThrow(RangeError);
  expect(() => number.setBit(60)).toThrow(RangeError);
  const wide = slot(root, 'wide');
  for (let bit = 0; bit < 64; bit++) {
    expect(wide.testBit(bit)).toBe(false);
    wide.setBit(bit);
    expect(wide.testBit(bit)).toBe(true);
  }
  expect(root.wide).toBe(2n ** 64n - 1n);
  wide.clearBit(0);
  root.number = -1;
  expect([number.testBit(63), number.testBit(40)]).toEqual([true, true]);
  number.clearBit(40);
  expect(root.number).toBe(-1 - 2 ** 40);
  p.close();
  wanted.defect7 = [-1 - 2 ** 40, `${2n ** 64n - 2n}`];
});

it('8: a buffer is made of an array without strides, and of one without items', () => {
  const p = make<{ ints: PersistentBuffer; none: PersistentBuffer }>('defect8', (s) => {
    const type = s.define(Buffer);
    return { ints: type, none: type };
  });
  p.root.ints = p.schema.Buffer!(Int32Array.of(1, 2, 3)) as PersistentBuffer;
  p.root.none = p.schema.Buffer!(new Float64Array(0)) as PersistentBuffer;
  {
    using view = memoryView(p.root.ints);
    expect([view.format, view.shape, view.strides]).toEqual(['i', [3], [4]]);
    using empty = memoryView(p.root.none);
    expect([empty.shape, (empty.data as Float64Array).length]).toEqual([[0], 0]);
  }
  p.close();
  wanted.defect8 = [['Root', 'Buffer'], { ints: { 0: 1, 1: 2, 2: 3 }, none: {} }];
});

it('9: a structure that is a key stays found when it changes; equal elements stay in order; of two writers one is told', () => {
  interface Thing extends PersistentObject {
    name: string;
    rank: number;
  }
  interface Root {
    byThing: PersistentMap<Thing, number>;
    inOrder: PersistentSortedList<Thing, Thing, number>;
  }
  const p = make<Root>('defect9', (s) => {
    const Thing = s.structure('Thing', { name: Text, rank: Int });
    return {
      byThing: s.define(Dict('ByThing', Thing, Int)),
      inOrder: s.define(SkipList('InOrder', Thing, { by: 'rank' })),
    };
  });
  p.root.byThing = p.schema.ByThing!() as never;
  p.root.inOrder = p.schema.InOrder!() as never;
  for (const name of ['first', 'second', 'third'])
    p.root.inOrder.add(p.schema.Thing!({ name, rank: 1 }) as Thing);
  const key = p.root.inOrder.at(0)!;
  p.root.byThing.set(key, 7);
  key.name = 'changed';
  expect([p.root.byThing.get(key), [...p.root.inOrder].map(({ name }) => name)]).toEqual([
    7,
    ['changed', 'second', 'third'],
  ]);
  p.close();
  const [one, other] = [ObjectStore.openStored(file('defect9')), ObjectStore.openStored(file('defect9'))];
  const rename = ({ root }: ObjectStore, name: string) => {
    (root as unknown as Root).inOrder.at(1)!.name = name;
  };
  rename(one, 'of the one');
  one.commit();
  rename(other, 'of the other');
  expect(() => other.commit()).toThrow(expect.objectContaining({ code: 'OBJ_CONFLICT' }));
  other[Symbol.dispose]();
  one.close();
  const thing = (name: string) => ({ name, rank: 1 });
  const inOrder = [thing('changed'), thing('of the one'), thing('third')];
  wanted.defect9 = [['Thing', 'Root', 'ByThing', 'InOrder'], { byThing: [[thing('changed'), 7]], inOrder }];
});

it('10: a file brings no code: neither methods nor an order are more than names', () => {
  const text = "constructor.constructor('throw 1')()";
  const p = make<{ text: string }>('defect10', () => ({ text: Text }));
  p.root.text = text;
  p.close();
  expect(() => SkipList('Bad', Int, { compare: () => 0 } as never)).toThrow(TypeError);
  wanted.defect10 = [['Root'], { text }];
});

it('1 to 10: fresh processes find all of it, whatever their hash seed, with no code made of texts', () => {
  for (const seed of [1, 2]) {
    const read = run([`--hash-seed=${seed}`, '--disallow-code-generation-from-strings'], program, folder);
    expect(read.stderr).toBe('');
    expect(JSON.parse(read.stdout)).toEqual(JSON.parse(JSON.stringify(wanted)));
  }
  expect(Object.keys(wanted).length).toBe(10);
});
