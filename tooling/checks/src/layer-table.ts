/** The place of one package in the layers. */
export interface LayerRow {
  readonly layer: number;
  /** The workspace packages it may import, besides what those may import themselves. */
  readonly imports: readonly string[];
  /** `anywhere`: no `node:` import, proved by a browser bundle. */
  readonly runsIn: 'anywhere' | 'node';
  readonly is: string;
  /** For tests only: any test may import it, and nothing else may. */
  readonly forTests?: true;
}

/**
 * The layers, in the one place that says so. Imports go down, never up or sideways; a package may import
 * what its row names and what those rows lead to. Rows may stand here before their packages do.
 */
export const layerTable: Readonly<Record<string, LayerRow>> = {
  errors: {
    layer: 0,
    imports: [],
    runsIn: 'anywhere',
    is: 'one branded error shape, the helper that declares codes, the guard',
  },
  // The one import inside a layer: `errors` is the floor that everything stands on.
  layout: {
    layer: 0.5,
    imports: ['errors'],
    runsIn: 'anywhere',
    is: 'binary layout codecs: scalars, text, arrays, structs, bits',
  },
  driver: {
    layer: 1,
    imports: ['errors'],
    runsIn: 'anywhere',
    is: 'the file driver contract, the checking wrapper, the registry, the in-memory reference',
  },
  mmap: { layer: 1, imports: ['errors'], runsIn: 'node', is: 'native memory mapping' },
  'chunk-native': {
    layer: 1,
    imports: ['errors'],
    runsIn: 'node',
    is: 'the chunk pipeline on a native thread pool',
  },
  drivers: { layer: 2, imports: ['driver'], runsIn: 'anywhere', is: 'the drivers we ship' },
  'driver-mmap': { layer: 2, imports: ['driver', 'mmap'], runsIn: 'node', is: 'a driver over mapped files' },
  'driver-s3': { layer: 2, imports: ['driver'], runsIn: 'node', is: 'a driver over S3' },
  'driver-kit': {
    layer: 2,
    imports: ['driver'],
    runsIn: 'node',
    is: 'the conformance suite for authors of drivers and filters',
    forTests: true,
  },
  blocks: {
    layer: 3,
    imports: ['driver', 'layout'],
    runsIn: 'anywhere',
    is: 'block storage and ordered indexes inside a file, with atomic commit',
  },
  vectors: {
    layer: 3,
    imports: ['layout', 'mmap'],
    runsIn: 'node',
    is: 'mapped vectors, matrices and record tables',
  },
  hdf5: {
    layer: 4,
    imports: ['driver', 'layout'],
    runsIn: 'anywhere',
    is: 'the HDF5 engine: read, create, edit, append, delete',
  },
  objects: { layer: 4, imports: ['blocks', 'layout'], runsIn: 'anywhere', is: 'live persistent objects' },
  tables: {
    layer: 5,
    imports: ['hdf5', 'drivers'],
    runsIn: 'anywhere',
    is: 'HDF5 files the way PyTables presents them',
  },
  'dataset-cache': {
    layer: 5,
    imports: ['blocks', 'driver'],
    runsIn: 'anywhere',
    is: 'one bounded file of chunks for many datasets',
  },
  'hdf5-filters': {
    layer: 5,
    imports: ['hdf5'],
    runsIn: 'anywhere',
    is: 'heavy codecs, each loaded on demand',
  },
};

/** The layer of the apps, above every package. */
export const appLayer = 6;

/** The packages that `name` may import: what its row names, and what those rows lead to. */
export function allowedImports(name: string, table = layerTable): ReadonlySet<string> {
  const allowed = new Set<string>();
  const visit = (current: string) => {
    for (const next of table[current]?.imports ?? []) {
      if (allowed.has(next)) continue;
      allowed.add(next);
      visit(next);
    }
  };
  visit(name);
  return allowed;
}
