import { ioErrors, type OpenIntent } from '@terrane/driver';
import type { FileStats, FileSystem } from './node-fs.js';
import { system } from './system-error.js';

/** No call moves more than this: Linux stops at 2 GiB − 4 KiB, others earlier or with an error. */
const mostPerCall = 2 ** 30;

/** A descriptor with positional calls that go on until everything is read or written. */
export class Descriptor {
  readonly name: string;
  readonly fd: number;
  readonly #fs: FileSystem;
  #closed = false;

  private constructor(fs: FileSystem, name: string, fd: number) {
    this.#fs = fs;
    this.name = name;
    this.fd = fd;
  }

  /**
   * Opens a regular file.
   *
   * @throws IO_NOT_FOUND, IO_EXISTS, IO_PERMISSION, IO_IS_DIRECTORY, IO_UNSUPPORTED for pipes and devices.
   */
  static open(fs: FileSystem, name: string, intent: OpenIntent): Descriptor {
    const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_NONBLOCK = 0 } = fs.constants;
    const flags =
      (intent.write ? O_RDWR : O_RDONLY) |
      (intent.create ? O_CREAT : 0) |
      (intent.exclusive ? O_EXCL : 0) |
      (intent.empty ? O_TRUNC : 0) |
      // A pipe must be refused, not waited for.
      O_NONBLOCK;
    const fd = system('open', name, () => fs.openSync(name, flags, 0o666));
    const descriptor = new Descriptor(fs, name, fd);
    try {
      descriptor.#refuseOthers();
      return descriptor;
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  #refuseOthers(): void {
    const { name } = this;
    const stat = this.stat();
    if (stat.isFile()) return;
    if (stat.isDirectory())
      throw ioErrors.IO_IS_DIRECTORY({ message: `${name} is a directory`, target: name });
    throw ioErrors.IO_UNSUPPORTED({
      message: `${name} is not a regular file`,
      target: name,
      feature: 'open',
    });
  }

  size(): number {
    return this.stat().size;
  }

  stat(): FileStats {
    return system('size', this.name, () => this.#fs.fstatSync(this.fd));
  }

  /** Fills `target` as far as the file goes. */
  read(position: number, target: Uint8Array): number {
    let done = 0;
    while (done < target.length) {
      const length = Math.min(target.length - done, mostPerCall);
      const count = system('read', this.name, () =>
        this.#fs.readSync(this.fd, target, done, length, position + done),
      );
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(position: number, source: Uint8Array): void {
    let done = 0;
    while (done < source.length) {
      const length = Math.min(source.length - done, mostPerCall);
      const count = system('write', this.name, () =>
        this.#fs.writeSync(this.fd, source, done, length, position + done),
      );
      if (count === 0) throw ioErrors.IO_NO_SPACE({ message: `${this.name} takes no more bytes` });
      done += count;
    }
  }

  truncate(size: number): void {
    system('truncate', this.name, () => this.#fs.ftruncateSync(this.fd, size));
  }

  /** The bytes and what is needed to find them again; the time of the last change may come later. */
  sync(): void {
    system('flush', this.name, () => this.#fs.fdatasyncSync(this.fd));
  }

  /** Idempotent, also when it fails: the system has given the descriptor back by then. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    system('close', this.name, () => this.#fs.closeSync(this.fd));
  }
}
