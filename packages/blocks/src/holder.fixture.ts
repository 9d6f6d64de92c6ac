import { openWith } from '@terrane/driver';
import { mmap } from '@terrane/driver-mmap';
import { BlockStorage } from './index.js';

/* A process that has write access to the file named, and holds it until it is killed. Says the id of a block it staged. */
const storage = BlockStorage.open(openWith(mmap, { name: process.argv[2]!, mode: 'r+' }));
storage.beginWrite();
const id = storage.allocate(100_000);
storage.write(id, new Uint8Array(100_000).fill(9));
console.log(String(id));
setInterval(() => {}, 1000);
