export { gzip, gzip as default } from './gzip.js';
