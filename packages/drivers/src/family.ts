import {
  type Driver,
  type DriverFile,
  type DriverInfo,
  defineManifest,
  driverErrors,
  type Manifest,
  type OpenMode,
  openIntent,
  type Resources,
  type Spec,
} from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { needName } from './need-name.js';
import { parseSize } from './parse-size.js';
import { sec2 } from './sec2.js';

/** What h5py cuts at unless told. */
const defaultMember = 2 ** 31 - 1;

/**
 * One file cut into members of equal size, as HDF5's family driver does: byte for byte the same files. The name
 * holds a number, `part%05d.h5`; the first number that is missing ends the family.
 *
 * Option `member`: bytes per member, or text like `2GiB`; an existing family knows its own, and a different one is
 * refused. Resources `memberDriver` (sec2 unless given) and `memberResources`: how members are opened, so a family
 * can be opened in memory, too.
 */
export const family: Driver<'sync'> = Object.freeze({
  name: 'family',
  contract: 1,
  mode: 'sync',
  schemes: ['family'],
  aliases: ['H5FD_FAMILY'],
  options: ['member'],
  resources: ['memberDriver', 'memberResources'],
  open: (spec, resources = {}) => openFamily(spec, resources),
} satisfies Driver<'sync'>);

/** Opens member number `index` with a mode; fails with IO_NOT_FOUND at the end of the family. */
type OpenMember = (index: number, mode: OpenMode) => DriverFile<'sync'>;

function openFamily(spec: Spec, resources: Resources): FamilyFile {
  const name = needName(spec);
  const nameOf = memberNames(name);
  const asked = spec.options?.member === undefined ? undefined : parseSize(spec.options.member, 'member');
  const driver = (resources.memberDriver as Driver<'sync'> | undefined) ?? sec2;
  const openMember: OpenMember = (index, mode) =>
    driver.open(
      { driver: driver.name, name: nameOf(index), mode },
      (resources.memberResources as Resources) ?? {},
    );
  const { write, empty } = openIntent(spec.mode);
  const members = [openMember(0, spec.mode ?? 'r')];
  // Members of a family that is begun anew are emptied, too, or they would come back as its tail.
  const rest: OpenMode = write ? 'r+' : 'r';
  for (;;) {
    const next = openIfThere(openMember, members.length, rest);
    if (!next) break;
    if (empty) next.truncate?.(0);
    members.push(next);
  }
  // Where nothing is stored, a first member that others follow is a full one.
  const isFull = members.slice(1).some((member) => member.size() > 0);
  const stored = storedMember(members[0]!) ?? (isFull ? members[0]!.size() : undefined);
  if (stored !== undefined && asked !== undefined && stored !== asked) {
    for (const member of members) member.close();
    throw driverErrors.DRV_BAD_OPTION({
      message: `the members of ${name} have ${stored} bytes, not ${asked}`,
      expected: String(stored),
      found: String(asked),
    });
  }
  return new FamilyFile(name, members, stored ?? asked ?? defaultMember, openMember, write);
}

/** From `part%05d.h5` to the names of members. @throws DRV_BAD_OPTION unless there is exactly one number in it */
function memberNames(pattern: string): (index: number) => string {
  const places = [...pattern.matchAll(/%(0?)(\d*)d/g)];
  if (places.length !== 1) {
    throw driverErrors.DRV_BAD_OPTION({
      message: `the name of a family needs one number, like part%05d.h5; ${pattern} has ${places.length}`,
      expected: 'one %d',
      found: pattern,
    });
  }
  const [place, zero, width] = places[0]!;
  return (index) =>
    pattern.replace(place, String(index).padStart(Number(width || 0), zero === '0' ? '0' : ' '));
}

function openIfThere(open: OpenMember, index: number, mode: OpenMode): DriverFile<'sync'> | undefined {
  try {
    return open(index, mode);
  } catch (error) {
    if (isTerraneError(error, 'IO_NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * The size of members as the superblock's driver information says it. Old superblocks:
 * version (1), zero (3), length (4), "NCSAfami", size (8). A message: version (1), "NCSAfami", length (2), size (8).
 */
function storedMember(first: DriverFile<'sync'>): number | undefined {
  const head = new Uint8Array(Math.min(first.size(), 4096));
  first.read(0, head);
  const at = Array.from(head, (byte) => String.fromCharCode(byte))
    .join('')
    .indexOf('NCSAfami');
  if (at < 8) return undefined;
  const view = new DataView(head.buffer);
  const isBlock = view.getUint32(at - 4, true) === 8 && view.getUint32(at - 8, true) === 0;
  const from = at + (isBlock ? 8 : 10);
  if (from + 8 > head.length) return undefined;
  const size = view.getBigUint64(from, true);
  return size > 0n && size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : undefined;
}

class FamilyFile implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #members: DriverFile<'sync'>[];
  readonly #member: number;
  readonly #open: OpenMember;

  constructor(
    name: string,
    members: DriverFile<'sync'>[],
    member: number,
    open: OpenMember,
    writable: boolean,
  ) {
    this.#members = members;
    this.#member = member;
    this.#open = open;
    const { guarantees, hints } = members[0]!.manifest;
    // A write or flush over several members is not one.
    const { atomicWriteBytes: _, orderedWrites: __, atomicFlush: ___, ...kept } = guarantees;
    this.manifest = defineManifest({
      driver: 'family',
      target: name,
      capabilities: { driverInfo: true, ...(writable && { write: true, truncate: true, flush: true }) },
      guarantees: { ...kept },
      hints: { ...hints },
    });
  }

  size(): number {
    const last = this.#members.findLastIndex((member) => member.size() > 0);
    return last < 0 ? 0 : last * this.#member + this.#members[last]!.size();
  }

  read(position: number, target: Uint8Array): number {
    const length = Math.max(0, Math.min(target.length, this.size() - position));
    this.#eachPart(position, length, (index, at, from, to) => {
      const part = target.subarray(from, to);
      // Members before the last may be short on the disk, as the C library leaves them.
      part.fill(0, this.#members[index]!.read(at, part));
    });
    return length;
  }

  write(position: number, source: Uint8Array): void {
    const end = position + source.length;
    this.#reach(Math.floor((end - 1) / this.#member));
    this.#eachPart(position, source.length, (index, at, from, to) => {
      this.#members[index]!.write!(at, source.subarray(from, to));
    });
  }

  truncate(size: number): void {
    const last = Math.max(0, Math.ceil(size / this.#member) - 1);
    this.#reach(last);
    for (const [index, member] of this.#members.entries()) {
      // Members past the end stay as empty files; the C library leaves them, too.
      if (index > last) member.truncate!(0);
    }
    this.#members[last]!.truncate!(size - last * this.#member);
  }

  flush(): void {
    for (const member of this.#members) member.flush!();
  }

  driverInfo(): DriverInfo {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.#member), true);
    return { id: 'NCSAfami', bytes };
  }

  close(): void {
    for (const member of this.#members.splice(0)) member.close();
  }

  /** Makes all members up to a number be there, and all before it full. */
  #reach(last: number): void {
    while (this.#members.length <= last) this.#members.push(this.#open(this.#members.length, 'a'));
    for (let index = 0; index < last; index++) {
      const member = this.#members[index]!;
      if (member.size() < this.#member) member.truncate!(this.#member);
    }
  }

  #eachPart(
    position: number,
    length: number,
    visit: (index: number, at: number, from: number, to: number) => void,
  ): void {
    for (let done = 0; done < length; ) {
      const index = Math.floor((position + done) / this.#member);
      const at = position + done - index * this.#member;
      const count = Math.min(length - done, this.#member - at);
      visit(index, at, done, done + count);
      done += count;
    }
  }
}
