import { type AddressMap, addressMapOf, type Manifest, type MemoryKind } from '@terrane/driver';
import { errors } from '../errors.js';

/** One stretch of addresses that grows at its end. */
export interface Stretch {
  readonly start: number;
  /** What is kept there; `undefined` for everything. */
  readonly kinds: readonly MemoryKind[] | undefined;
  /** Where the next allocation begins. */
  end: number;
  /** End of what the file on the medium refers to. */
  published: number;
}

/**
 * The addresses of a file that are in use: one stretch from 0 on, or, in a file over several members, one for each
 * member, which holds the kinds of memory that the driver keeps there.
 */
export class AddressSpace {
  /** How stored addresses lead to positions; `undefined` where they are the same. */
  readonly map: AddressMap | undefined;
  readonly #stretches: Stretch[];

  constructor(manifest?: Manifest) {
    this.map = manifest && addressMapOf(manifest);
    const starts = manifest?.addresses ?? [{ position: 0, kinds: undefined }];
    this.#stretches = starts.map(({ position, kinds }) => ({
      start: position,
      kinds,
      end: position,
      published: position,
    }));
  }

  /** Whether the file lies over several members. */
  get isSet(): boolean {
    return this.map !== undefined;
  }

  /** The stretches by ascending address. */
  get stretches(): readonly Readonly<Stretch>[] {
    return this.#stretches;
  }

  /** End of the stretch that the superblock lies in, which is the end that it states. */
  get end(): number {
    return this.#stretchOf('superblock').end;
  }

  /** End of the last stretch in which anything is. */
  get limit(): number {
    return this.#stretches.findLast(({ start, end }) => end > start)?.end ?? 0;
  }

  /** Whether anything was allocated since the last `publish`. */
  get hasGrown(): boolean {
    return this.#stretches.some(({ end, published }) => end !== published);
  }

  /** Takes over how far a file is used: the stretch of the superblock to `end`, others by the addresses they begin at. */
  resume(end: number, lengths?: ReadonlyMap<bigint, number>): void {
    for (const stretch of this.#stretches) {
      const length = this.map && lengths?.get(this.map.toAddress(stretch.start));
      if (length !== undefined) stretch.end = stretch.start + length;
    }
    this.#stretchOf('superblock').end = end;
    this.publish();
  }

  /** Room for `bytes` bytes behind everything else of its kind, at a multiple of 8. @throws H5_LIMIT */
  allocate(bytes: number, kind: MemoryKind): number {
    const stretch = this.#stretchOf(kind);
    const address = Math.ceil(stretch.end / 8) * 8;
    const next = this.#stretches[this.#stretches.indexOf(stretch) + 1];
    if (address + bytes > (next?.start ?? Number.MAX_SAFE_INTEGER)) {
      throw errors.H5_LIMIT({
        message: 'the file would grow beyond what addresses can reach',
        length: bytes,
      });
    }
    stretch.end = address + bytes;
    return address;
  }

  /** Gives back an allocation that nothing refers to, if nothing was allocated behind it since. */
  release(address: number, bytes: number): void {
    const stretch = this.#stretches.find(({ end }) => end === address + bytes);
    if (stretch !== undefined) stretch.end = address;
  }

  /** Whether the file on the medium may refer to what lies at an address. */
  isPublished(address: number): boolean {
    const stretch = this.#stretches.findLast(({ start }) => start <= address);
    return stretch !== undefined && address < stretch.published;
  }

  /** Everything allocated so far is in the file now. */
  publish(): void {
    for (const stretch of this.#stretches) stretch.published = stretch.end;
  }

  /** The ends, to go back to. */
  mark(): readonly number[] {
    return this.#stretches.map(({ end }) => end);
  }

  /** Gives back all that was allocated since a mark was made. */
  reset(mark: readonly number[]): void {
    for (const [index, stretch] of this.#stretches.entries()) stretch.end = mark[index]!;
  }

  #stretchOf(kind: MemoryKind): Stretch {
    return (
      this.#stretches.find(({ kinds }) => kinds === undefined || kinds.includes(kind)) ?? this.#stretches[0]!
    );
  }
}
