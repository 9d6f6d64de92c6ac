import { parentPort, workerData } from 'node:worker_threads';
import { reopenVector } from './index.js';

// Opens the vector that it was told of, and tells what is in it, or its sum.
const { what, description } = workerData;
using vector = reopenVector(description);
parentPort?.postMessage(what === 'sum' ? vector.sum() : [...vector.take()]);
