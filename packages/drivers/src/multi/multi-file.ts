import { type DriverFile, type DriverInfo, defineManifest, type Manifest } from '@terrane/driver';
import { addressesOf, encodeMap, type MemoryMap, memberSpan } from './memory-map.js';

/** A file whose address space is laid over several; each member has a stretch of the positions to itself. */
export class MultiFile implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #map: MemoryMap;
  readonly #files: readonly DriverFile<'sync'>[];

  constructor(
    driver: string,
    target: string,
    map: MemoryMap,
    files: readonly DriverFile<'sync'>[],
    writable: boolean,
  ) {
    this.#map = map;
    this.#files = files;
    const { guarantees, hints } = files[0]!.manifest;
    // A write or flush over several members is not one.
    const { atomicWriteBytes: _, orderedWrites: __, atomicFlush: ___, ...kept } = guarantees;
    this.manifest = defineManifest({
      driver,
      target,
      capabilities: { driverInfo: true, ...(writable && { write: true, truncate: true, flush: true }) },
      guarantees: { ...kept },
      hints: { ...hints },
      addresses: addressesOf(map),
    });
  }

  size(): number {
    const last = this.#files.findLastIndex((file) => file.size() > 0);
    return last < 0 ? 0 : last * memberSpan + this.#files[last]!.size();
  }

  /** What lies between the end of a member and the next one reads as zeros, as in the C library. */
  read(position: number, target: Uint8Array): number {
    const length = Math.max(0, Math.min(target.length, this.size() - position));
    for (let done = 0; done < length; ) {
      const [index, at] = this.#locate(position + done);
      const part = target.subarray(done, Math.min(length, done + memberSpan - at));
      part.fill(0, this.#files[index]!.read(at, part));
      done += part.length;
    }
    return length;
  }

  write(position: number, source: Uint8Array): void {
    const [index, at] = this.#locate(position);
    this.#files[index]!.write!(at, source);
  }

  truncate(size: number): void {
    const [last, at] = this.#locate(size);
    this.#files[last]!.truncate!(at);
    for (const file of this.#files.slice(last + 1)) file.truncate!(0);
  }

  flush(): void {
    for (const file of this.#files) file.flush!();
  }

  driverInfo(): DriverInfo {
    const lengths = this.#files.map((file) => file.size());
    return { id: 'NCSAmult', bytes: encodeMap(this.#map, lengths) };
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  #locate(position: number): [index: number, at: number] {
    const index = Math.min(Math.floor(position / memberSpan), this.#files.length - 1);
    return [index, position - index * memberSpan];
  }
}
