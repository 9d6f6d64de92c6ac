import { memoryDriver, openWith } from '@terrane/driver';
import { expect, expectTypeOf, it } from 'vitest';
import {
  defineSchema,
  type Infer,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  struct,
  text,
  withMethods,
} from '../index.js';

const bare = defineSchema({
  Root: struct({ people: map(text(), ref('Person')), all: list(ref('Person')) }),
  Person: struct({ first: text(), last: text(), boss: optional(ref('Person')) }),
  Employee: struct({ job: text() }, { extends: 'Person' }),
  Knows: struct({}, { edge: { from: 'Person', to: 'Person' } }),
});
const schema = withMethods(bare, {
  Person: {
    name() {
      return `${this.first} ${this.last}`;
    },
    greet(other: string) {
      return `Hello ${other}, I am ${this.name()}`;
    },
    top(): string {
      return this.boss ? this.boss.top() : this.first;
    },
  },
  Employee: {
    name() {
      return `${this.job} ${this.last}`;
    },
    promote(job: string) {
      this.job = job;
      return this;
    },
  },
});
const disk = memoryDriver();
const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);

it('gives live objects methods wherever they are met, and derived ones those of their base', () => {
  {
    using store = open();
    const { root } = store;
    root.people.set('ann', { first: 'Ann', last: 'Lee' });
    const ann = root.people.get('ann')!;
    expectTypeOf(ann.name).returns.toEqualTypeOf<string>();
    expectTypeOf<Infer<typeof schema, 'Employee'>['greet']>().toEqualTypeOf<(other: string) => string>();
    expect([ann.name(), ann.greet('Bob')]).toEqual(['Ann Lee', 'Hello Bob, I am Ann Lee']);
    const bob = store.create('Employee', { first: 'Bob', last: 'Ray', job: 'Clerk', boss: ann });
    expect(bob.promote('Chief').name()).toBe('Chief Ray');
    root.all.push(bob);
    expect([root.all.at(0)!.greet('you'), root.all.at(0)!.top()]).toEqual([
      'Hello you, I am Chief Ray',
      'Ann',
    ]);
    expect(plain(ann)).toEqual({ first: 'Ann', last: 'Lee', boss: null });
    expect(Object.keys(ann)).not.toContain('name');
    store.commit();
    store.compact();
    expect(store.root.people.get('ann')!.name()).toBe('Ann Lee');
  }
  using again = open();
  expect(again.root.all.at(0)!.top()).toBe('Ann');
  expect(new TextDecoder('latin1').decode(disk.files.get('a')!.bytes)).not.toContain('greet');
  using without = ObjectStore.open(
    openWith(memoryDriver({ b: disk.files.get('a')!.bytes }), { name: 'b' }),
    bare,
  );
  expect('name' in without.root.people.get('ann')!).toBe(false);
});

it('refuses names that are taken, structs that are not there, and what is no function', () => {
  const refused = (methods: object, message: string) => {
    expect(() => withMethods(bare, methods as never)).toThrow(message);
  };
  refused({ Person: { first: () => '' } }, 'the name of the method "first" is taken');
  refused({ Person: { job: () => '' } }, 'the name of the method "job" is taken');
  refused({ Person: { out: () => '' } }, 'the name of the method "out" is taken');
  refused({ Person: { toJSON: () => '' } }, 'the name of the method "toJSON" is taken');
  refused({ Nobody: { x: () => '' } }, 'there is no struct "Nobody"');
  refused({ Person: { x: 7 } }, 'the method "x" is no function');
  const more = { ...bare.structs, Person: struct({ ...bare.structs.Person.fields, greet: text() }) };
  const name = 'newer';
  ObjectStore.open(openWith(disk, { name, mode: 'a' }), defineSchema(more)).close();
  using store = ObjectStore.open(openWith(disk, { name, mode: 'a' }), schema);
  expect(() => store.root.people.set('a', {}).get('a')).toThrow(
    'the method "greet" has the name of a field of the file',
  );
});
