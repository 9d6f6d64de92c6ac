export { mmap, mmap as default } from './mmap.js';
