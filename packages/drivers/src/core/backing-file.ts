import { ioErrors, openIntent } from '@terrane/driver';
import { Descriptor } from '../descriptor.js';
import type { FileStats, FileSystem } from '../node-fs.js';
import { system } from '../system-error.js';
import { PageSet } from './page-set.js';
import type { Segments } from './segments.js';

/** A file that nobody but us has seen, and the pages in which it differs from what is on the disk under the real name. */
interface Spare {
  readonly name: string;
  readonly behind: PageSet;
}

/**
 * The disk file behind a file in memory. It is replaced as a whole, by rename, and never written to in place;
 * `docs/decisions/driver-core-save.md` says why, and how saving again can cost only what has changed.
 */
export class BackingFile {
  readonly #fs: FileSystem;
  readonly #name: string;
  /** What we read or saved last. */
  #known: FileStats;
  /** Whose permissions and owner every replacement gets. */
  readonly #original: FileStats;
  #spare: Spare | undefined;
  /** The file under the real name was made by an earlier save of ours. */
  #ours = false;

  private constructor(fs: FileSystem, path: string, stat: FileStats) {
    this.#fs = fs;
    // A symbolic link stays; what it leads to is replaced.
    this.#name = system('open', path, () => fs.realpathSync(path));
    this.#known = stat;
    this.#original = stat;
  }

  /** Reads an existing file into memory, and keeps no descriptor. */
  static load(fs: FileSystem, path: string, segments: Segments): BackingFile {
    const descriptor = Descriptor.open(fs, path, openIntent('r'));
    try {
      const stat = descriptor.stat();
      segments.allocate(stat.size);
      let size = 0;
      for (const { at, bytes } of segments.pieces(0, stat.size)) {
        size = at + descriptor.read(at, bytes);
      }
      if (size !== stat.size) segments.resize(size);
      return new BackingFile(fs, path, stat);
    } finally {
      descriptor.close();
    }
  }

  /**
   * Takes a name for a file to come. A new name is taken at once, by an empty file; a file that is to be
   * replaced stays as it is until the first save.
   */
  static claim(fs: FileSystem, path: string, exclusive: boolean): BackingFile {
    const intent = { write: true, create: true, exclusive, empty: false };
    const descriptor = Descriptor.open(fs, path, intent);
    try {
      return new BackingFile(fs, path, descriptor.stat());
    } catch (error) {
      // A name that was just taken is given back.
      if (exclusive) fs.unlinkSync(path);
      throw error;
    } finally {
      descriptor.close();
    }
  }

  /**
   * Makes sure that saving will be possible, as far as that can be known beforehand.
   *
   * @throws IO_PERMISSION
   */
  probe(): void {
    const { R_OK, W_OK } = this.#fs.constants;
    system('open', this.#name, () => this.#fs.accessSync(this.#name, R_OK | W_OK));
    // The file is replaced, so its folder must be writable, too.
    system('open', this.#name, () => this.#fs.accessSync(this.#folder(), W_OK));
  }

  /**
   * Replaces the disk file by the bytes in memory. The file under the name is the old one or the new one, whole,
   * at any time.
   *
   * @param keepOld - Keeps the replaced file out of sight, so that the next save need only bring it up to date.
   * @throws IO_CHANGED when somebody else replaced or wrote the disk file since we read or saved it.
   */
  save(segments: Segments, changed: PageSet, keepOld: boolean): void {
    this.#refuseForeignChange();
    const spare = this.#spare;
    this.#spare = undefined;
    const fresh = spare?.name ?? this.#sibling('save');
    const old = this.#sibling('spare');
    let kept = false;
    let known: FileStats;
    try {
      known = this.#fill(fresh, segments, changed, spare);
      kept = keepOld && this.#ours && this.#link(old);
      system('save', this.#name, () => this.#fs.renameSync(fresh, this.#name));
    } catch (error) {
      this.#remove(fresh);
      if (kept) this.#remove(old);
      throw error;
    }
    if (kept) this.#spare = { name: old, behind: copyOf(changed) };
    this.#ours = true;
    this.#known = known;
    this.#syncFolder();
  }

  /** Removes what was kept for saves that do not come any more. */
  end(): void {
    if (this.#spare) this.#remove(this.#spare.name);
    this.#spare = undefined;
  }

  #fill(name: string, segments: Segments, changed: PageSet, spare: Spare | undefined): FileStats {
    const descriptor = Descriptor.open(this.#fs, name, openIntent(spare ? 'r+' : 'w-'));
    try {
      if (spare) {
        spare.behind.markAll(changed);
        for (const { from, to } of spare.behind.ranges(segments.size)) copy(segments, from, to, descriptor);
        descriptor.truncate(segments.size);
      } else {
        copy(segments, 0, segments.size, descriptor);
        this.#resemble(descriptor);
      }
      descriptor.sync();
      // The name changes, what it stands for does not.
      return descriptor.stat();
    } finally {
      descriptor.close();
    }
  }

  /** Only what was the user's choice is carried over; owner and group as far as we may. */
  #resemble(descriptor: Descriptor): void {
    const { mode, uid, gid } = this.#original;
    const now = descriptor.stat();
    try {
      if (now.uid !== uid || now.gid !== gid) this.#fs.fchownSync(descriptor.fd, uid, gid);
    } catch {
      // Giving files away is for the superuser.
    }
    system('save', this.#name, () => this.#fs.fchmodSync(descriptor.fd, mode & 0o7777));
  }

  /** Keeps the file that is about to be replaced under another name; not every file system can. */
  #link(name: string): boolean {
    try {
      // A link that somebody else made to our last save must not change under them.
      if (this.#fs.statSync(this.#name, { throwIfNoEntry: false })?.nlink !== 1) return false;
      this.#fs.linkSync(this.#name, name);
      return true;
    } catch {
      return false;
    }
  }

  #refuseForeignChange(): void {
    const found = system('save', this.#name, () => this.#fs.statSync(this.#name, { throwIfNoEntry: false }));
    const known = this.#known;
    // Deleted under us: saving brings it back.
    if (!found) return;
    if (found.ino === known.ino && found.size === known.size && found.mtimeMs === known.mtimeMs) return;
    throw ioErrors.IO_CHANGED({
      message: `${this.#name} was changed by somebody else since it was opened, and is not overwritten`,
      target: this.#name,
      hint: 'read the bytes of this file and save them under another name',
    });
  }

  /** The folder with its separator; real paths have one. */
  #folder(): string {
    return this.#name.replace(/[^/\\]+$/, '');
  }

  #sibling(what: string): string {
    const folder = this.#folder();
    const random = Math.random().toString(36).slice(2, 12);
    return `${folder}.${this.#name.slice(folder.length)}.${random}.${what}`;
  }

  #remove(name: string): void {
    try {
      this.#fs.unlinkSync(name);
    } catch {
      // It is gone, or out of reach; what matters is under the real name.
    }
  }

  /** The new name is durable once its folder is; not every system can say so. */
  #syncFolder(): void {
    try {
      const fd = this.#fs.openSync(this.#folder(), this.#fs.constants.O_RDONLY);
      try {
        this.#fs.fsyncSync(fd);
      } finally {
        this.#fs.closeSync(fd);
      }
    } catch {
      // Windows has no such call, and needs none.
    }
  }
}

function copy(segments: Segments, from: number, to: number, descriptor: Descriptor): void {
  for (const { at, bytes } of segments.pieces(from, to)) descriptor.write(at, bytes);
}

function copyOf(pages: PageSet): PageSet {
  const copied = new PageSet();
  copied.markAll(pages);
  return copied;
}
