import { hasH5py, python } from '@terrane/oracles';
import { expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import * as lay from './index.js';
import { fromHdf5Type, type Hdf5Type, toHdf5Type } from './index.js';

const Everything = lay.struct(
  {
    i1: lay.int8(),
    u1: lay.uint8(),
    i2: lay.int16({ byteOrder: 'big' }),
    u2: lay.uint16(),
    i4: lay.int32(),
    u4: lay.uint32({ byteOrder: 'big' }),
    i8: lay.int64(),
    u8: lay.uint64(),
    f4: lay.float32(),
    f8: lay.float64({ byteOrder: 'big' }),
    c8: lay.complex64(),
    c16: lay.complex128({ byteOrder: 'big' }),
    on: lay.bool8(),
    ended: lay.text(4, { ending: 'terminator' }),
    padded: lay.text(5, { encoding: 'ascii' }),
    spaced: lay.text(6, { ending: 'space' }),
    raw: lay.bytes(3),
    grid: lay.array(lay.int16(), [2, 3]),
    side: lay.enumeration({ buy: 1, sell: -2 }, lay.int16()),
    inner: lay.struct({ a: lay.int8(), b: lay.float64() }, { align: 'c' }),
  },
  { offsets: { u1: 3 }, size: 160 },
);

it('comes back from HDF5/JSON with the same places and bytes', () => {
  const json: Hdf5Type = JSON.parse(JSON.stringify(toHdf5Type(Everything)));
  const again = fromHdf5Type(json);
  expect(toHdf5Type(again)).toEqual(json);
  const memory = new Uint8Array(Everything.size);
  const record = {
    i1: -1,
    u1: 2,
    i2: -3,
    u2: 4,
    i4: -5,
    u4: 6,
    i8: -7n,
    u8: 8n,
    f4: 0.5,
    f8: 0.1,
    c8: { re: 1, im: 2 },
    c16: { re: 3, im: 4 },
    on: true,
    ended: 'abc',
    padded: 'abcde',
    spaced: 'ab',
    raw: Uint8Array.of(1, 2, 3),
    grid: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    side: 'sell' as const,
    inner: { a: 1, b: 2 },
  };
  Everything.write(memory, record);
  expect(again.read(memory)).toEqual(record);
});

it.skipIf(!hasH5py)('names the types that HDF5 has, at the offsets it gives them', () => {
  // h5py makes the datatype by HDF5's own calls and tells the size and the offsets of every compound.
  const script = `
    from h5py import h5t, h5s
    import numpy
    def build(t):
        kind = t['class']
        if kind in ('H5T_INTEGER', 'H5T_FLOAT'): return getattr(h5t, t['base'][4:]).copy()
        if kind == 'H5T_OPAQUE': return h5t.create(h5t.OPAQUE, t['size'])
        if kind == 'H5T_ARRAY': return h5t.array_create(build(t['base']), tuple(t['dims']))
        if kind == 'H5T_STRING':
            s = h5t.C_S1.copy(); s.set_size(t['length'])
            s.set_strpad(getattr(h5t, t['strPad'][4:])); s.set_cset(getattr(h5t, t['charSet'][4:]))
            return s
        if kind == 'H5T_ENUM':
            e = h5t.enum_create(build(t['base']))
            for name, value in t['mapping'].items(): e.enum_insert(name.encode(), value)
            return e
        c = h5t.create(h5t.COMPOUND, t['size'])
        for f in t['fields']: c.insert(f['name'].encode(), f['offset'], build(f['type']))
        return c
    built = build(args['type'])
    places = [[built.get_member_name(i).decode(), built.get_member_offset(i), built.get_member_type(i).get_size()] for i in range(built.get_nmembers())]
    print(json.dumps([built.get_size(), places, str(built.dtype['c16']), str(built.dtype['on']), str(built.dtype['f8'])]))`;
  const [size, places, complex, boolean, float] = JSON.parse(
    python(script, { type: toHdf5Type(Everything) }),
  );
  expect(size).toBe(Everything.size);
  expect(places).toEqual(Everything.fields.map(({ name, offset, layout }) => [name, offset, layout.size]));
  expect([complex, boolean, float]).toEqual(['>c16', 'bool', '>f8']);
});

it('refuses what the other side does not have', () => {
  for (const layout of [
    lay.int24(),
    lay.uint24(),
    lay.bits(3),
    lay.bool32(),
    lay.text(4, { encoding: 'utf16' }),
    lay.optional(lay.int8(), { validity: 'bit' }),
    lay.array(lay.int8(), [2, 2], { order: 'column' }),
  ]) {
    expectCode('LAY_DTYPE', () => toHdf5Type(layout));
  }
  const wrong = [
    { class: 'H5T_VLEN', base: { class: 'H5T_INTEGER', base: 'H5T_STD_I8LE' } },
    { class: 'H5T_REFERENCE' },
    { class: 'H5T_INTEGER', base: 'H5T_STD_I24LE' },
    { class: 'H5T_FLOAT', base: 'H5T_VAX_F32' },
    { class: 'H5T_STRING', length: 'H5T_VARIABLE', charSet: 'H5T_CSET_ASCII', strPad: 'H5T_STR_NULLTERM' },
  ];
  for (const type of wrong) expectCode('LAY_DTYPE', () => fromHdf5Type(type as Hdf5Type));
});
