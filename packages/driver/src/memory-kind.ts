/** What kind of bytes an access touches, as HDF5's virtual file layer tells them apart (H5FD_MEM_*). */
export type MemoryKind = 'superblock' | 'btree' | 'raw' | 'global-heap' | 'local-heap' | 'object-header';
