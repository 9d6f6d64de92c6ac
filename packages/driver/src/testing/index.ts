export { CallCount, type DelayedOptions, delayed, delayedFile } from './delayed.js';
