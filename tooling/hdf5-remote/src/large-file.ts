import { python } from '@terrane/oracles';

/** Columns of the large dataset; it has 131 072 rows of float64, which makes 1 GiB. */
export const columns = 1024;
/** The row that has values: 0, 0.5, 1 … */
export const row = 100_000;

/** Has h5py make a file of 1 GiB, most of it a hole: a contiguous dataset, and some other objects in the root. */
export function makeLargeFile(path: string): void {
  python(
    `
    import h5py, numpy
    with h5py.File(args['path'], 'w') as f:
        for i in range(20):
            f.create_group('group%02d' % i).attrs['number'] = i
        dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        dcpl.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        dcpl.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((131072, args['columns']))
        large = h5py.Dataset(h5py.h5d.create(f.id, b'large', h5py.h5t.IEEE_F64LE, space, dcpl))
        large[args['row']] = numpy.arange(args['columns']) / 2
    `,
    { path, columns, row },
  );
}
