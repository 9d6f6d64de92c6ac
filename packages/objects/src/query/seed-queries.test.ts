import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import {
  defaultMap,
  defineSchema,
  int32,
  list,
  map,
  ObjectStore,
  ref,
  sortedMap,
  struct,
  text,
} from '../index.js';
import { count, query, report, sum, total } from './index.js';

/** What the original's queries failed at, or had and nobody could use. */
const schema = defineSchema({
  Root: struct({
    list: list(ref('Word')),
    names: list(text()),
    hits: defaultMap(text(), int32()),
    sorted: sortedMap(text(), ref('Word')),
    byText: map(text(), ref('Word')),
  }),
  Word: struct({ text: text(), length: int32() }),
});

function open() {
  const store = ObjectStore.open(openWith(memoryDriver(), { name: 'seed', mode: 'w' }), schema);
  const { root } = store;
  for (const word of ['a', 'bc', 'de', 'fgh']) {
    const made = store.create('Word', { text: word, length: word.length });
    root.list.push(made);
    root.names.push(word);
    root.sorted.set(word, made);
    root.byText.set(word, made);
  }
  return { store, root };
}

describe('what failed', () => {
  it('each over a list', () => {
    const { root } = open();
    expect(query().each('n', root.names).run().toArray()).toEqual([
      { n: 'a' },
      { n: 'bc' },
      { n: 'de' },
      { n: 'fgh' },
    ]);
  });

  it('parameters and constants that are texts', () => {
    const { root } = open();
    const words = query<{ wanted: string }>('wanted')
      .constant('other', 'de')
      .each('w', root.list)
      .where(({ w, wanted, other }) => w.text === wanted || w.text === other)
      .attribute('text', 'w.text');
    expect(words.run({ wanted: 'a' }).select('text').toArray()).toEqual([{ text: 'a' }, { text: 'de' }]);
    const found = query<{ wanted: string }>('wanted')
      .lookup('w', root.byText, 'wanted')
      .attribute('n', 'w.length');
    expect(found.run({ wanted: 'fgh' }).sum('n')).toBe(3);
  });

  it('aggregation, defined and run: group by, count, sum, roll-up', () => {
    const { root } = open();
    const words = query().each('w', root.list).attribute('length', 'w.length').run();
    const groups = words.groupBy('length');
    expect(groups.aggregate({ n: count(), letters: sum('w.length') }).toArray()).toEqual([
      { length: 1, n: 1, letters: 1 },
      { length: 2, n: 2, letters: 4 },
      { length: 3, n: 1, letters: 3 },
    ]);
    expect(groups.rollUp({ n: count() }).toArray().at(-1)).toEqual({ length: total, n: 4 });
    expect(words.entropy('length')).toBeCloseTo(Math.log(4) - Math.log(2) / 2, 14);
  });

  it('default maps of numbers', () => {
    const { root } = open();
    for (const { w } of query().each('w', root.list)) {
      root.hits.set('letters', root.hits.get('letters') + w.length);
    }
    expect(query().each(['what', 'n'], root.hits).run().toArray()).toEqual([{ what: 'letters', n: 8 }]);
  });
});

it('ranges are half open when said so, and open at either end', () => {
  const { root } = open();
  const texts = (from: string | null, to: string | null) =>
    query<{ from: string | null; to: string | null }>('from', 'to')
      .range(['text', 'w'], root.sorted, { from: 'from', before: 'to' })
      .run({ from, to })
      .toArray()
      .map(({ text: found }) => found);
  expect([texts('bc', 'fgh'), texts(null, 'de'), texts('de', null)]).toEqual([
    ['bc', 'de'],
    ['a', 'bc'],
    ['de', 'fgh'],
  ]);
});

it('a report has a header, lines by name, a footer, and hides names with an underscore', () => {
  const { root } = open();
  const words = query().each('_w', root.list).attribute('text', '_w.text').attribute('length', '_w.length');
  const options = { header: '+++', footer: '---' };
  expect(report(words.where('length', '>', 2), options)).toBe('+++\nlength = 3\ntext = fgh\n---\n');
});
