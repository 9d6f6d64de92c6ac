import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buffer, defineSchema, memoryView, ObjectStore, optional, struct } from '../index.js';

const schema = defineSchema({ Root: struct({ grid: optional(buffer()) }) });
const code = (name: string) => expect.objectContaining({ code: name });

function written() {
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  store.assign(store.root, { grid: { data: Int16Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] } });
  store.commit();
  return (readOnly: boolean) =>
    ObjectStore.open(openWith(disk, { name: 'a', mode: readOnly ? 'r' : 'a' }), schema, { readOnly });
}

describe('a view of what is read-only', () => {
  it('describes and reads it, and gives no memory away that could be written', () => {
    const open = written();
    using reader = open(true);
    using writer = open(false);
    using snapshot = writer.snapshot();
    for (const { root } of [reader, snapshot]) {
      using view = memoryView(root.grid!);
      const { format, itemSize, dimensions, readOnly, shape, strides } = view;
      expect({ format, itemSize, dimensions, readOnly, shape, strides }).toEqual({
        format: 'h',
        itemSize: 2,
        dimensions: 2,
        readOnly: true,
        shape: [2, 3],
        strides: [6, 2],
      });
      expect([view.at(0, 0), view.at(1, 0), view.at(1, 2)]).toEqual([1, 4, 6]);
      expect([...new Int16Array(view.toBytes().buffer)]).toEqual([1, 2, 3, 4, 5, 6]);
      expect(() => view.data).toThrow(code('OBJ_READ_ONLY'));
    }
    expect(memoryView(writer.root.grid!).readOnly).toBe(false);
  });

  it('gives a copy, or its memory, when that is asked for', () => {
    using reader = written()(true);
    const { root } = reader;
    const copy = memoryView(root.grid!, { copy: true });
    copy.data[0] = 9;
    expect([copy.at(0, 0), copy.readOnly, memoryView(root.grid!).at(0, 0)]).toEqual([9, true, 1]);
    const memory = memoryView(root.grid!, { unsafe: true });
    memory.data[0] = 9;
    expect([root.grid!.copy()[0], memory.readOnly]).toEqual([9, true]);
  });

  it('of a store that can be written is copied, too, and then nothing holds the store', () => {
    const disk = memoryDriver();
    const store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema, { strict: true });
    store.assign(store.root, { grid: 'text' });
    store.commit();
    const view = memoryView(store.root.grid!, { copy: true });
    view.data[0] = 0;
    expect([store.changed, view.toText()]).toEqual([false, '\0ext']);
    store.close();
  });

  it('takes one wish at a time, and knows no others', () => {
    expect(() => memoryView('x', { copy: true, unsafe: true })).toThrow('either copy or unsafe');
    expect(() => memoryView('x', { coppy: true } as never)).toThrow('did you mean "copy"');
  });
});

it('reads single items as an array of arrays does, whatever their strides', () => {
  fc.assert(
    fc.property(fc.nat(4), fc.nat(4), fc.boolean(), (rows, columns, byColumns) => {
      const data = Float32Array.from({ length: rows * columns }, (_, index) => index + 0.5);
      const stride = byColumns ? [1, rows] : [columns, 1];
      const view = memoryView({ data, shape: [rows, columns], stride });
      const copy = memoryView({ data, shape: [rows, columns], stride }, { copy: true });
      expect(copy.strides).toEqual([columns * 4, 4]);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const wanted = data[row * stride[0]! + column * stride[1]!];
          expect([view.at(row, column), copy.at(row, column), copy.data[row * columns + column]]).toEqual([
            wanted,
            wanted,
            wanted,
          ]);
        }
      }
      for (const indices of [[rows, 0], [0, columns], [-1, 0], [0.5, 0], [0], [0, 0, 0], []])
        expect(() => view.at(...indices)).toThrow(RangeError);
    }),
  );
});
