import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { afterAll, expect, it } from 'vitest';
import {
  defineSchema,
  equals,
  float64,
  type Infer,
  int32,
  map,
  memoryView,
  ObjectStore,
  type PersistentBuffer,
  type PersistentList,
  type PersistentMap,
  type PersistentObject,
  type PersistentSet,
  type PersistentSortedList,
  plain,
  ref,
  struct,
  text,
} from '../index.js';
import { query } from '../query/index.js';
import {
  Buffer,
  DefaultDict,
  Dict,
  Float,
  HashSet,
  Int,
  InternedText,
  List,
  SkipList,
  Storage,
  slot,
  Text,
  type TypeDescriptor,
} from '../storage.js';
import { introduce, program } from './acceptance.fixture.js';

/*
 * What a successor of ptypes must show, by the numbers of the list that was drawn from its documentation. Each test leaves
 * its file behind; the last one has them all read by a process that knows nothing of them.
 */
const folder = mkdtempSync(join(tmpdir(), 'objects-acceptance-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => openWith(sec2, { name: join(folder, name), mode: 'a' });
const code = (name: string) => expect.objectContaining({ code: name });
/** What a process of its own should find, by file. */
const wanted: Record<string, unknown> = {};

/** A storage whose schema a function populates. */
function make<Root extends object>(
  name: string,
  populate: (s: Storage) => Record<string, TypeDescriptor>,
  methods = {},
): Storage<Root> {
  class Made extends Storage<Root> {
    override populateSchema() {
      this.structure('Root', populate(this as never));
    }
  }
  return new Made(file(name), { fileSize: 1, stringRegistrySize: 32, methods });
}

it('item 1: creates a storage, reads its root, names its schema; the body of another class is not used for it', () => {
  const p = make<{ age: number }>('item1', () => ({ age: Int }));
  p.root.age = 7;
  expect(Object.keys(p.schema)).toEqual(['Root']);
  p.close();
  let used = false;
  class Other extends Storage {
    override populateSchema() {
      used = true;
    }
  }
  const q = new Other(file('item1'));
  expect([used, q.root]).toMatchObject([false, { age: 7 }]);
  q.close();
  wanted.item1 = [['Root'], { age: 7 }];
});

it('item 2: has defaults, takes numbers, and adds to them; a type that lies in others is not made alone', () => {
  interface Root extends PersistentObject {
    age: number;
    weight: number;
    name: string | null;
  }
  const p = make<Root>('item2', (s) => ({ age: s.define(Int), weight: Float, name: Text }));
  const { root } = p;
  expect([root.age, root.weight, root.name]).toEqual([0, 0, null]);
  root.age = 27;
  root.weight = 73.5;
  expect([slot(root, 'age').contents, p.contents(root)]).toEqual([27, { age: 27, weight: 73.5, name: null }]);
  slot(root, 'age').contents = 5;
  slot(root, 'age').inc();
  slot(root, 'age').add(3);
  slot(root, 'weight').add(0.5);
  p.setContents(root, { age: root.age + 1, weight: root.weight, name: 'x', more: 1 });
  expect(() => p.setContents(root, { age: 1 })).toThrow('also has weight, name');
  expect(() => Object.assign(root, { age: 1.5 })).toThrow(RangeError);
  expect(() => Object.assign(root, { age: null })).toThrow(TypeError);
  expect(() => Object.assign(root, { wieght: 1 })).toThrow(TypeError);
  expect(() => p.schema.Int!(7)).toThrow(new TypeError("objects of type 'Int' exist only inside of others"));
  expect(() => slot(root, 'name').inc()).toThrow('the place holds no number');
  expect(() => slot(root, 'height')).toThrow('has no field "height"');
  p.close();
  wanted.item2 = [['Root', 'Int'], { age: 10, weight: 74, name: 'x' }];
});

it('item 3: takes texts, which are equal and yet two; interned ones are one', () => {
  const p = make<{ a: string; b: string; one: string; other: string }>('item3', () => {
    return { a: Text, b: Text, one: InternedText, other: InternedText };
  });
  const { root } = p;
  root.a = 'the same\0text';
  root.b = root.a;
  expect(root.a === root.b).toBe(true);
  p.flush();
  p.close();
  using store = ObjectStore.openStored(file('item3'));
  const open = store.root as unknown as typeof root;
  const chunks = () => store.stat().chunks;
  const before = chunks();
  open.one = 'interned';
  const first = chunks();
  open.other = 'interned';
  // The registry, its table and the text; and then nothing more.
  expect([first - before, chunks() - first]).toEqual([3, 0]);
  open.b = 'changed';
  expect(open.a).toBe('the same\0text');
  store.commit();
  wanted.item3 = [['Root'], { a: 'the same\0text', b: 'changed', one: 'interned', other: 'interned' }];
});

it('item 4: comes back by the bare class, with its schema and no sizes', () => {
  const p = make<{ numbers: PersistentList<number>; name: string }>('item4', (s) => {
    return { numbers: s.define(List('Numbers', Float)), name: Text };
  });
  p.root.numbers = p.schema.Numbers!([1, 2.5]) as never;
  p.root.name = 'grüß';
  p.close();
  const q = new Storage<typeof p.root>(file('item4'));
  expect([...q.root.numbers]).toEqual([1, 2.5]);
  q.close();
  wanted.item4 = [['Root', 'Numbers'], { numbers: [1, 2.5], name: 'grüß' }];
});

it('item 5: has lists of structures and dictionaries by name, found by plain keys and gone through in three ways', () => {
  interface Agent extends PersistentObject {
    name: string;
    age: number;
  }
  interface Root {
    agents: PersistentList<Agent>;
    agentsByName: PersistentMap<string, Agent>;
    names: PersistentSet<string>;
  }
  const p = make<Root>('item5', (s) => {
    const Agent = s.structure('Agent', { name: Text, age: Int });
    return {
      agents: s.define(List('ListOfAgents', Agent)),
      agentsByName: s.define(Dict('AgentsByName', Text, Agent)),
      names: s.define(HashSet('Names', Text)),
    };
  });
  const { root } = p;
  root.agents = p.schema.ListOfAgents!() as never;
  root.agentsByName = p.schema.AgentsByName!() as never;
  root.names = p.schema.Names!(new Set(['a'])) as never;
  for (const [name, age] of [
    ['James Bond', 27],
    ['Felix Leiter', 31],
  ] as const) {
    const agent = p.schema.Agent!({ name, age }) as Agent;
    root.agents.push(agent);
    root.agentsByName.set(name, agent);
  }
  const bond = root.agentsByName.get('James Bond')!;
  expect([bond.age, bond.isSameAs(root.agents.at(0)), bond === root.agents.at(0)]).toEqual([27, true, false]);
  expect([...root.agentsByName.keys()]).toEqual(['James Bond', 'Felix Leiter']);
  expect([...root.agentsByName.values()].map(({ age }) => age)).toEqual([27, 31]);
  expect([...root.agentsByName].map(([name, { age }]) => [name, age])).toEqual([
    ['James Bond', 27],
    ['Felix Leiter', 31],
  ]);
  expect([...root.names, root.names.has('b'), 'values' in root.names]).toEqual(['a', false, false]);
  expect(() => p.schema.Agent!({ nme: 'x' })).toThrow('did you mean "name"');
  const shown = plain(root as never);
  p.close();
  wanted.item5 = [31, null, JSON.parse(JSON.stringify(shown))];
});

it('item 6: refuses to close while it is viewed, and names what is; then closes, once, and its objects say so', () => {
  const p = make<{ buffer: PersistentBuffer | null; age: number }>('item6', (s) => ({
    buffer: s.define(Buffer),
    age: Int,
  }));
  p.root.buffer = p.schema.Buffer!('x') as PersistentBuffer;
  const { root } = p;
  const view = memoryView(root.buffer!);
  expect(() => p.close()).toThrow(String(root.buffer));
  view.release();
  p.close();
  expect(() => p.root).toThrow(code('OBJ_CLOSED'));
  expect(() => p.close()).toThrow(code('OBJ_CLOSED'));
  expect(() => root.age).toThrow(code('OBJ_CLOSED'));
  wanted.item6 = [['Root', 'Buffer'], { buffer: { 0: 120 }, age: 0 }];
});

it('item 7: has lists and dictionaries of numbers, counts parameters, and tells types apart by name', () => {
  interface Root {
    ints: PersistentList<number>;
    same: PersistentList<number> | null;
    floats: PersistentList<number>;
    names: PersistentMap<number, string>;
    set: PersistentSet<number>;
    counts: PersistentMap<string, number>;
    one: object | null;
  }
  const p = make<Root>('item7', (s) => {
    expect(() => List('NoParameter', undefined as never)).toThrow(TypeError);
    expect(() => Dict('NoKey', null as never, Text)).toThrow(TypeError);
    expect(() => HashSet('Rubbish', 7 as never)).toThrow(TypeError);
    for (const rubbish of [7, null, 'text', {}]) expect(() => s.define(rubbish as never)).toThrow(TypeError);
    expect(Dict('NoValue', Int).kind).toEqual(HashSet('NoValue', Int).kind);
    const One = s.structure('One', { value: Int });
    s.structure('Two', { value: Int });
    return {
      ints: s.define(List('Ints', Int)),
      same: s.define(List('SameAsInts', Int)),
      floats: s.define(List('Floats', Float)),
      names: s.define(Dict('Names', Int, Text)),
      set: s.define(Dict('NoValue', Int)),
      counts: s.define(DefaultDict('Counts', Text, Int)),
      one: One,
    };
  });
  const { root } = p;
  root.ints = p.schema.Ints!([1, 2]) as never;
  root.floats = p.schema.Floats!([0.5]) as never;
  root.names = p.schema.Names!(new Map([[1, 'one']])) as never;
  root.set = p.schema.NoValue!(new Set([3])) as never;
  root.counts = p.schema.Counts!() as never;
  slot(root.counts, 'a').inc();
  slot(root.counts, 'a').add(2);
  slot(root.ints, 0).inc();
  expect(() => root.ints.push(0.5)).toThrow(RangeError);
  expect(() => Object.assign(root, { ints: root.floats })).toThrow(TypeError);
  // Of two structures with the same fields, each stays what it is.
  expect(() => Object.assign(root, { one: p.schema.Two!({ value: 1 }) })).toThrow(
    'a One is wanted, not a Two',
  );
  // Of two lists of the same, likewise: it is the name that counts, for dictionaries and all others, too.
  expect(() => Object.assign(root, { same: root.ints })).toThrow('a SameAsInts is wanted, not a Ints');
  expect(() => Object.assign(root, { ints: p.schema.SameAsInts!([1]) })).toThrow(TypeError);
  expect(String(root.ints)).toMatch(/^<persistent Ints object @offset 0x[0-9a-f]+L>$/);
  expect(equals(p.schema.SameAsInts!([2, 2]), root.ints)).toBe(true);
  expect(equals(p.schema.One!({ value: 1 }), p.schema.Two!({ value: 1 }))).toBe(true);
  p.close();
  const data = {
    ints: [2, 2],
    same: null,
    floats: [0.5],
    names: [[1, 'one']],
    set: [3],
    counts: [['a', 3]],
    one: null,
  };
  wanted.item7 = [['One', 'Two', 'Root', 'Ints', 'SameAsInts', 'Floats', 'Names', 'NoValue', 'Counts'], data];
});

it('item 8: takes methods from the program and never from the file, and holds fields to what their base said', () => {
  interface Agent {
    introduce(): string;
  }
  const methods = { Agent: { introduce: introduce as never } };
  const p = make<{ boss: Agent | null; bond: Agent | null }>(
    'item8',
    (s) => {
      const Person = s.structure('Person', { name: Text });
      const Agent = s.structure('Agent', { number: Int, friend: Person }, Person);
      expect(() => s.structure('Bad', { greet: (() => 'hello') as never })).toThrow(TypeError);
      expect(() => s.structure('Bad', { name: Text }, { ...Agent, name: 'Nobody' })).toThrow();
      // The same field again, or one of a base of its type, is as if nothing was said; one of a derived type counts.
      s.structure('Double', { number: Int, friend: Agent.name === 'Agent' ? Person : Agent }, Agent);
      s.structure('Loner', { friend: Agent }, Agent);
      expect(() => s.structure('Other', { number: Float }, Agent)).toThrow(
        'Field Other.number is int53 in a base',
      );
      return { boss: Agent, bond: Agent };
    },
    methods,
  );
  p.root.boss = p.schema.Agent!({ name: 'M' }) as never;
  p.root.bond = p.schema.Double!({ name: 'Bond', number: 7 }) as never;
  expect((p.root as Record<'bond', Agent | null>).bond!.introduce()).toBe('My name is Bond');
  p.close();
  const bare = new Storage<{ bond: object }>(file('item8'));
  expect('introduce' in bare.root.bond).toBe(false);
  bare.close();
  const agents = {
    boss: { name: 'M', number: 0, friend: null },
    bond: { name: 'Bond', number: 7, friend: null },
  };
  wanted.item8 = ['My name is M', 'My name is Bond', agents];
});

it('item 9: keeps lists in order, duplicates and all, with ranges open at either end, also by a field', () => {
  interface Person extends PersistentObject {
    name: string;
    age: number;
  }
  interface Root {
    texts: PersistentSortedList<string, string, string>;
    ints: PersistentSortedList<number, number, number>;
    floats: PersistentSortedList<number, number, number>;
    byAge: PersistentSortedList<Person, Person, number>;
    byNameDown: PersistentSortedList<Person, Person, string>;
  }
  const p = make<Root>('item9', (s) => {
    const Person = s.structure('Person', { name: Text, age: Int });
    return {
      texts: s.define(SkipList('Texts', Text)),
      ints: s.define(SkipList('Ints', Int)),
      floats: s.define(SkipList('Floats', Float)),
      byAge: s.define(SkipList('ByAge', Person, { by: 'age' })),
      byNameDown: s.define(SkipList('ByName', Person, { by: 'name', descending: true })),
    };
  });
  const { root } = p;
  for (const [field, type] of Object.entries({
    texts: 'Texts',
    ints: 'Ints',
    floats: 'Floats',
    byAge: 'ByAge',
    byNameDown: 'ByName',
  }))
    Object.assign(root, { [field]: p.schema[type]!() });
  for (const word of ['pear', 'apple', 'fig', 'apple']) root.texts.add(word);
  for (const number of [3, 1, 2, 3, 1]) root.ints.add(number);
  for (const number of [0.5, -1, 2.25]) root.floats.add(number);
  for (const [name, age] of [
    ['Ann', 41],
    ['Bob', 7],
    ['Cid', 41],
  ] as const) {
    const person = p.schema.Person!({ name, age }) as Person;
    root.byAge.add(person);
    root.byNameDown.add(person);
  }
  expect([...root.texts]).toEqual(['apple', 'apple', 'fig', 'pear']);
  expect([...root.ints]).toEqual([1, 1, 2, 3, 3]);
  expect([...root.ints.range({ from: 2 })]).toEqual([2, 3, 3]);
  expect([...root.ints.range({ before: 2 })]).toEqual([1, 1]);
  expect([...root.ints.range({ from: 1, before: 3 })]).toEqual([1, 1, 2]);
  expect([root.ints.get(2), root.ints.get(9)]).toEqual([2, undefined]);
  expect([...root.byAge].map(({ name }) => name)).toEqual(['Bob', 'Ann', 'Cid']);
  expect([...root.byNameDown].map(({ name }) => name)).toEqual(['Cid', 'Bob', 'Ann']);
  p.close();
  expect(() =>
    make('item9 refused', (s) => ({ people: SkipList('People', s.structure('P', { a: Int })) })),
  ).toThrow(code('OBJ_SCHEMA'));
  const person = (name: string, age: number) => ({ name, age });
  wanted.item9 = [
    ['Person', 'Root', 'Texts', 'Ints', 'Floats', 'ByAge', 'ByName'],
    {
      texts: ['apple', 'apple', 'fig', 'pear'],
      ints: [1, 1, 2, 3, 3],
      floats: [-1, 0.5, 2.25],
      byAge: [person('Bob', 7), person('Ann', 41), person('Cid', 41)],
      byNameDown: [person('Cid', 41), person('Bob', 7), person('Ann', 41)],
    },
  ];
});

it('item 10: walks graphs, by a loop and by a declared query, with the same rows', () => {
  const schema = defineSchema({
    Root: struct({ vertices: map(text(), ref('Vertex')) }),
    Vertex: struct({ name: text() }),
    Person: struct({ age: int32() }, { extends: 'Vertex' }),
    Software: struct({ lang: text() }, { extends: 'Vertex' }),
    Knows: struct({ weight: float64() }, { edge: { from: 'Person', to: 'Person' } }),
    Created: struct({ weight: float64() }, { edge: { from: 'Person', to: 'Software' } }),
  });
  // As TinkerPop publishes its six vertices, cut down to what is used.
  const vertices = [
    ['Person', { name: 'marko', age: 29 }],
    ['Person', { name: 'vadas', age: 27 }],
    ['Software', { name: 'lop', lang: 'java' }],
    ['Person', { name: 'josh', age: 32 }],
    ['Software', { name: 'ripple', lang: 'java' }],
    ['Person', { name: 'peter', age: 35 }],
  ] as const;
  const edges = [
    ['Knows', 'marko', 'vadas', 0.5],
    ['Knows', 'marko', 'josh', 1],
    ['Created', 'marko', 'lop', 0.4],
    ['Created', 'josh', 'ripple', 1],
    ['Created', 'josh', 'lop', 0.4],
    ['Created', 'peter', 'lop', 0.2],
  ] as const;
  using store = ObjectStore.open(file('item10'), schema);
  const { root } = store;
  // What comes from a file of JSON has no types.
  const loose = store as unknown as Readonly<Record<'create' | 'connect', (...given: unknown[]) => never>>;
  for (const [type, fields] of vertices) root.vertices.set(fields.name, loose.create(type, fields));
  for (const [type, from, to, weight] of edges)
    loose.connect(type, root.vertices.get(from), root.vertices.get(to), { weight });
  store.commit();
  type Person = Infer<typeof schema, 'Person'>;
  const people = [...root.vertices.values()].filter((vertex): vertex is Person => 'age' in vertex);
  const loop = people.flatMap((person) =>
    [...person.out('Created')].flatMap((mine) =>
      [...mine.to.in('Created')]
        .filter((theirs) => theirs.from.age > person.age)
        .map((theirs) => [person.name, mine.to.name, theirs.from.name]),
    ),
  );
  const declared = query()
    .each('person', people)
    .edge('mine', 'Created', { from: 'person' })
    .attribute('software', 'mine.to')
    .edge('theirs', 'Created', { to: 'software' })
    .where((row) => row.theirs.from.age > row.person.age)
    .run()
    .toArray()
    .map(({ person, software, theirs }) => [person.name, software.name, theirs.from.name]);
  expect(declared).toEqual(loop);
  expect(loop).toEqual([
    ['marko', 'lop', 'peter'],
    ['marko', 'lop', 'josh'],
    ['josh', 'lop', 'peter'],
  ]);
  wanted.item10 = [
    ['josh', 'ripple', 1],
    ['josh', 'lop', 0.4],
  ];
});

it('item 11: views a buffer of bytes, and a random array of 1 x 2 x 3, without a copy', () => {
  const p = make<{ text: PersistentBuffer; cube: PersistentBuffer }>('item11', (s) => {
    const type = s.define(Buffer);
    return { text: type, cube: type };
  });
  p.root.text = p.schema.Buffer!('This is a string.') as PersistentBuffer;
  const random = Float64Array.from({ length: 6 }, Math.random);
  p.root.cube = p.schema.Buffer!({ data: random, shape: [1, 2, 3] }) as PersistentBuffer;
  {
    using view = memoryView(p.root.cube);
    using again = memoryView(p.root.cube);
    expect([view.shape, view.strides, [...(view.data as Float64Array)]]).toEqual([
      [1, 2, 3],
      [48, 24, 8],
      [...random],
    ]);
    (view.data as Float64Array)[5] = 7;
    expect((again.data as Float64Array)[5]).toBe(7);
  }
  expect(() => Object.assign(p.root, { text: [1, 2] })).toThrow(TypeError);
  random[5] = 7;
  p.close();
  wanted.item11 = [['This is a string.', 'B', 1, 1, false, [17], [1]], [...random], [1, 2, 3]];
});

it('items 1 to 11: a fresh process finds all of it', () => {
  const args = [
    '--import',
    'tsx',
    '--conditions=@terrane/source',
    '--disallow-code-generation-from-strings',
    program,
    folder,
  ];
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', cwd });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual(JSON.parse(JSON.stringify(wanted)));
  expect(Object.keys(wanted).length).toBe(11);
});
