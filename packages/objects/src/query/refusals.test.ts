import { expect, it } from 'vitest';
import { query } from './index.js';
import { openPeople } from './people.fixture.js';

it('refuses names that are not bound, or bound already, and says which is near', () => {
  const { root } = openPeople();
  const people = query<{ least: number }>('least').each('person', root.all);
  const refused = (make: () => unknown, message: string) =>
    expect(make).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(message) }),
    );
  refused(
    // @ts-expect-error a misspelt binding
    () => people.where('persn.age', '>', 1),
    'where: there is no binding "persn"; did you mean "person"?',
  );
  // @ts-expect-error a misspelt binding
  refused(() => people.each('f', 'perso.friends'), 'did you mean "person"');
  // @ts-expect-error a misspelt binding
  refused(() => people.compare('person.age', '>', 'leest'), 'did you mean "least"');
  // @ts-expect-error nothing is bound to it
  refused(() => people.where(['q'], () => true), 'there is no binding "q" (bound: least, person)');
  // @ts-expect-error nothing is bound to it
  refused(() => query().attribute('a', 'q.age'), 'there is no binding "q" (bound: none)');
  // @ts-expect-error bound already
  refused(() => people.each('person', root.all), 'each: "person" is bound already');
  // @ts-expect-error bound already, as a parameter
  refused(() => people.attribute('least', 'person.age'), '"least" is bound already');
  refused(() => people.each(['x', 'x'], root.people), '"x" is bound already');
  refused(() => people.constant('__proto__', 1), '"__proto__" cannot be the name of a binding');
  refused(() => people.constant('a.b', 1), '"a.b" cannot be the name');
  // @ts-expect-error no comparison
  refused(() => people.where('person.age', '~', 1), '"~" is no comparison; known: = != < <= > >=');
  // @ts-expect-error nothing to go through
  refused(() => people.each('n', 5), 'each n: 5 is no collection');
  refused(() => people.each(['k', 'n'], [] as never), 'has no keys');
  // @ts-expect-error no map
  refused(() => people.lookup('n', [1], 'least'), 'lookup: Array is no map');
  // @ts-expect-error a text cannot equal a number
  people.equal('person.name', 'person.age');
  // @ts-expect-error no field of a person
  people.where('person.nme', '=', 'x');
  refused(() => people.any((() => 1) as never), 'the function returned no query');
  refused(
    () => people.any((() => query().each('x', [1])) as never),
    'any: go on with the query that is given',
  );
  refused(() => people.none((() => people) as never), 'none: go on with the query that is given');
  refused(
    () => people.any((inner) => inner.each('x', inner.run({ least: 1 }))),
    'run: the query is a part of another one',
  );
});

it('refuses parameters that are missing, or that there are not', () => {
  const { root } = openPeople();
  const people = query<{ least: number }>('least').each('person', root.all);
  // @ts-expect-error it has a parameter
  expect(() => people.run()).toThrow('run: not given: least');
  // @ts-expect-error it is another one
  expect(() => people.run({ leest: 1 })).toThrow('there is no parameter "leest"; did you mean "least"?');
  // @ts-expect-error there is none
  expect(() => query().run({ least: 1 })).toThrow('there is no parameter "least"');
  expect(() => query<{ a: 1 }>('a', 'a')).toThrow('"a" is a parameter twice');
  expect(() => query<{ 'a.b': 1 }>('a.b')).toThrow('"a.b" cannot be the name of a binding');
  // @ts-expect-error its parameters are not given
  expect(() => [...people]).toThrow('not given: least');
});

it('says which field a struct does not have', () => {
  const { root } = openPeople();
  const misspelt = query()
    .each('p', root.all)
    .attribute('n', 'p.nam' as 'p.name');
  expect(() => [...misspelt]).toThrow('has no field "nam"; did you mean "name"?');
  // Plain data may leave a field out.
  expect([
    ...query()
      .each('o', [{ a: 1 }, {}] as { a?: number }[])
      .attribute('a', 'o.a'),
  ]).toHaveLength(2);
});

it('changes while a query runs are refused or seen, as the collection has it', () => {
  const { root, store } = openPeople();
  const grow = () => {
    for (const { p } of query().each('p', root.people)) root.people.set(`${p.name}+`, p);
  };
  expect(grow).toThrow(expect.objectContaining({ code: 'OBJ_CHANGED' }));
  const seen = [];
  for (const { p } of query().each('p', root.all)) {
    seen.push(p.name);
    if (seen.length < 6) root.all.push(p);
  }
  expect(seen).toEqual(['Ann', 'Bob', 'Cid', 'Dot', 'Ann', 'Bob', 'Cid', 'Dot', 'Ann']);
  const rows = query().each('p', root.all).run();
  const iterator = rows[Symbol.iterator]();
  iterator.next();
  store.rollback();
  store.close();
  expect(() => iterator.next()).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
  expect(iterator.next().done).toBe(true);
  expect(() => rows.count()).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
});

it('lets go of iterators when it ends early, and when something throws', () => {
  let open = 0;
  function* numbers() {
    open++;
    try {
      yield* [1, 2, 3];
    } finally {
      open--;
    }
  }
  const source = { [Symbol.iterator]: numbers };
  const pairs = query().each('a', source).each('b', source);
  expect(pairs.run().first()).toEqual({ a: 1, b: 1 });
  expect(open).toBe(0);
  for (const { a } of pairs) if (a === 2) break;
  expect(open).toBe(0);
  const failing = pairs.where(() => {
    throw new Error('on purpose');
  });
  expect(() => failing.run().count()).toThrow('on purpose');
  expect(open).toBe(0);
  expect(pairs.run().limit(4).toArray()).toHaveLength(4);
  expect(open).toBe(0);
  expect(pairs.run().count()).toBe(9);
  expect(open).toBe(0);
  const inner = query()
    .each('a', source)
    .any((one) => one.each('b', source));
  expect(inner.run().count()).toBe(3);
  expect(open).toBe(0);
});
