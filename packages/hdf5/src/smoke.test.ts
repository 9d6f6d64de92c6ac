import { readFileSync, writeFileSync } from 'node:fs';
import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import { createFile, openFile } from './index.js';

it('reads', () => {
  const bytes = new Uint8Array(readFileSync('/tmp/s.h5'));
  const f = openFile(openWith(memoryDriver({ a: bytes }), { name: 'a', mode: 'r' }));
  console.log(
    f.root.keys(),
    f.root.attributes.names().map((n) => [n, f.root.attributes.get(n)!.datatype.class]),
  );
  const d = f.dataset('/array', 'float64');
  console.log(d.read(), d.dtype, d.attributes.value('TITLE'), d.view().data);
  console.log(d.read({ start: [0, 1], count: [2, 2] }), d.read({ start: [1, 0], stride: [1, 2] }));
});
it('writes', () => {
  for (const format of ['earliest', 'v108'] as const) {
    const d = memoryDriver();
    const f = createFile(openWith(d, { name: 'a', mode: 'w' }), { format });
    f.root.createDataset('x', { data: Float64Array.of(1, 2, 3) });
    f.root.attributes.set('TITLE', 'hello');
    const g = f.root.createGroup('g');
    for (let i = 0; i < 500; i++) g.createDataset(`d${i}`, { data: Int32Array.of(i) });
    for (let i = 0; i < 50; i++) g.attributes.set(`a${i}`, `value ${i}`);
    const image = f.image();
    f.close();
    writeFileSync(`/tmp/w-${format}.h5`, image);
    const r = openFile(openWith(memoryDriver({ a: image }), { name: 'a', mode: 'r' }));
    expect(r.group('g').keys().length).toBe(500);
  }
});
