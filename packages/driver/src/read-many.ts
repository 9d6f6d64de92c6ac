import type { AccessOptions, DriverFile, ReadRequest } from './driver-file.js';
import type { Hints } from './manifest.js';
import { broken, checkCount, readFullyAsync, readFullySync } from './read-fully.js';

/** One trip: a range of the file, and the requests it serves. */
interface Trip {
  readonly position: number;
  end: number;
  readonly members: number[];
}

/** More than this is never merged into one buffer: the copy would cost more than the trip. */
const mergeLimit = 8 * 1024 * 1024;

/** Several reads over a synchronous file: near neighbours are merged, answers come in the order asked. */
export function readManySync(
  file: DriverFile<'sync'>,
  requests: readonly ReadRequest[],
  options: AccessOptions | undefined,
): number[] {
  const counts = new Array<number>(requests.length).fill(0);
  for (const trip of planTrips(requests, file.manifest.hints)) {
    const buffer = bufferOf(trip, requests);
    const count = readFullySync(file, trip.position, buffer, optionsOf(trip, requests, options));
    deliver(trip, requests, buffer, count, counts);
  }
  return counts;
}

/** {@link readManySync} over promises; all trips are under way at once. */
export async function readManyAsync(
  file: DriverFile<'async'>,
  requests: readonly ReadRequest[],
  options: AccessOptions | undefined,
): Promise<number[]> {
  const counts = new Array<number>(requests.length).fill(0);
  const trips = planTrips(requests, file.manifest.hints).map(async (trip) => {
    const buffer = bufferOf(trip, requests);
    const count = await readFullyAsync(file, trip.position, buffer, optionsOf(trip, requests, options));
    deliver(trip, requests, buffer, count, counts);
  });
  // No target may be written to after the answer, so even a failure waits for the others.
  const results = await Promise.allSettled(trips);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return counts;
}

/** Groups requests whose gaps are at most `hints.mergeGapBytes` (0 unless given); touching ones always merge on slow media. */
export function planTrips(requests: readonly ReadRequest[], hints: Hints): Trip[] {
  const order = requests
    .map((_, index) => index)
    .filter((index) => requests[index]!.target.length > 0)
    .sort((a, b) => requests[a]!.position - requests[b]!.position);
  // In memory and on a local disk a merged read is a copy more, and saves next to nothing.
  const gap = hints.mergeGapBytes ?? (hints.latency === 'remote' ? 0 : -1);
  const trips: Trip[] = [];
  for (const index of order) {
    const { position, target } = requests[index]!;
    const end = position + target.length;
    const last = trips.at(-1);
    if (last && position - last.end <= gap && Math.max(end, last.end) - last.position <= mergeLimit) {
      last.members.push(index);
      last.end = Math.max(end, last.end);
    } else {
      trips.push({ position, end, members: [index] });
    }
  }
  return trips;
}

/** A trip for one request reads straight into its target. */
function bufferOf(trip: Trip, requests: readonly ReadRequest[]): Uint8Array {
  const only = trip.members.length === 1 ? requests[trip.members[0]!] : undefined;
  return only ? only.target : new Uint8Array(trip.end - trip.position);
}

function optionsOf(
  trip: Trip,
  requests: readonly ReadRequest[],
  options: AccessOptions | undefined,
): AccessOptions | undefined {
  const kind = requests[trip.members[0]!]!.kind ?? options?.kind;
  return kind === undefined ? options : { ...options, kind };
}

function deliver(
  trip: Trip,
  requests: readonly ReadRequest[],
  buffer: Uint8Array,
  count: number,
  counts: number[],
): void {
  for (const index of trip.members) {
    const { position, target } = requests[index]!;
    const from = position - trip.position;
    const available = Math.min(target.length, Math.max(0, count - from));
    if (buffer !== target) target.set(buffer.subarray(from, from + available));
    counts[index] = available;
  }
}

/** Holds a driver's own answer against the requests. @throws DRV_CONTRACT_BROKEN */
export function checkCounts(file: DriverFile, counts: number[], requests: readonly ReadRequest[]): number[] {
  if (!Array.isArray(counts) || counts.length !== requests.length) {
    throw broken(file, 'readMany', `${requests.length} counts`, String(counts));
  }
  counts.forEach((count, index) => void checkCount(file, count, requests[index]!.target.length, 'readMany'));
  return counts;
}
