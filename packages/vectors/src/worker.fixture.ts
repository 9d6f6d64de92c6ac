import { parentPort, workerData } from 'node:worker_threads';
import { reopenVector } from './index.js';

// Opens the vector that it was told of, and tells what is in it.
using vector = reopenVector(workerData);
parentPort?.postMessage([...vector.take()]);
