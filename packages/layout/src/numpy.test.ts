import { hasPython, python } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import * as lay from './index.js';
import numpyRecords from './numpy.fixture.json' with { type: 'json' };

const Everything = lay.struct(
  {
    i1: lay.int8(),
    u2: lay.uint16({ byteOrder: 'big' }),
    _: lay.pad(3),
    i8: lay.int64(),
    f2: lay.float16(),
    f8: lay.float64({ byteOrder: 'big' }),
    c8: lay.complex64(),
    yes: lay.bool8(),
    name: lay.text(5, { encoding: 'latin1' }),
    grid: lay.array(lay.array(lay.int16(), [2]), [3]),
    raw: lay.bytes(2),
    inner: lay.struct({ a: lay.uint32(), b: lay.float32() }, { align: 'c', size: 12 }),
  },
  { size: 73 },
);

describe('NumPy', () => {
  it('reads the records that we write, and its values are ours', () => {
    // Made by numpy.fixture.py beside this file, which builds the dtype that toNumpy gives.
    expect(JSON.parse(JSON.stringify(lay.toNumpy(Everything)))).toEqual(numpyRecords.descr);
    const memory = Buffer.from(numpyRecords.hex, 'hex');
    expect(memory.length).toBe(Everything.size);
    const record = Everything.read(memory);
    expect(record).toEqual({
      i1: -5,
      u2: 65534,
      i8: -(2n ** 63n),
      f2: 65504,
      f8: -0.1,
      c8: { re: 1.5, im: -2 },
      yes: true,
      name: 'h\xe9llo',
      grid: [
        [1, 2],
        [3, 4],
        [5, -6],
      ],
      raw: Uint8Array.of(0xde, 0xad),
      inner: { a: 4294967295, b: 0.5 },
    });
    const ours = Buffer.alloc(Everything.size);
    Everything.write(ours, record);
    expect(ours.toString('hex')).toBe(numpyRecords.hex);
  });

  it.skipIf(!hasNumpy())('builds the dtype with our offsets and sizes', () => {
    const script = `
      import numpy
      def dtype(descr):
          if isinstance(descr, str): return descr
          return [tuple([f[0], dtype(f[1])] + [tuple(s) for s in f[2:]]) for f in descr]
      built = numpy.lib.format.descr_to_dtype(dtype(args['descr']))
      print(json.dumps({n: built.fields[n][1] for n in built.names} | {'': built.itemsize}))`;
    const places = JSON.parse(python(script, { descr: lay.toNumpy(Everything) }));
    expect(places).toEqual({
      ...Object.fromEntries(Everything.fields.map(({ name, offset }) => [name, offset])),
      '': Everything.size,
    });
  });

  it('comes back from its own description', () => {
    const again = lay.fromNumpy(lay.toNumpy(Everything));
    const memory = Buffer.from(numpyRecords.hex, 'hex');
    expect(again.read(memory)).toEqual(Everything.read(memory));
    expect(again.size).toBe(Everything.size);
  });

  it('refuses what the other side does not have', () => {
    for (const layout of [
      lay.int24(),
      lay.bits(4),
      lay.bfloat16(),
      lay.bool32(),
      lay.text(4, { encoding: 'utf16' }),
      lay.text(4, { ending: 'space' }),
      lay.array(lay.int8(), [2]),
      lay.optional(lay.int8(), { sentinel: 0 }),
      lay.struct({ a: lay.array(lay.int8(), [2, 2], { order: 'column' }) }),
      lay.struct({ a: lay.int8(), b: lay.int8() }, { offsets: { a: 1, b: 0 } }),
      lay.struct({ a: lay.enumeration({ x: 1 }, lay.int8()) }),
    ]) {
      expectCode('LAY_DTYPE', () => lay.toNumpy(layout));
    }
    for (const descr of ['<U4', '|O', '<M8[s]', '<f16', 'int32', '', '|i4', '=i4', '<S0', 'toString']) {
      expectCode('LAY_DTYPE', () => lay.fromNumpy(descr));
    }
    expectCode('LAY_DTYPE', () => lay.fromNumpy(null as unknown as lay.NumpyDescr));
  });
});

function hasNumpy(): boolean {
  try {
    return hasPython && python('import numpy; print(1)').trim() === '1';
  } catch {
    return false;
  }
}
