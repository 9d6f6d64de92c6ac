export { s3, s3 as default } from './s3.js';
