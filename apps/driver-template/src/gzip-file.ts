import { type DriverFile, defineManifest, type Manifest, type MemoryStore } from '@terrane/driver';

/** An open file. Arguments are checked, and calls after `close` refused, before they come here. */
export class GzipFile implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #content: MemoryStore;
  readonly #save: ((bytes: Uint8Array) => void) | undefined;
  #changed = false;

  constructor(target: string, content: MemoryStore, save: ((bytes: Uint8Array) => void) | undefined) {
    this.#content = content;
    this.#save = save;
    this.manifest = defineManifest({
      driver: 'gzip',
      target,
      // Only what is here. What is not is refused by name, without a line of code.
      capabilities: save ? { write: true, truncate: true, flush: true } : {},
      // Nobody else has this memory.
      guarantees: save ? {} : { immutable: true },
      hints: { latency: 'memory' },
    });
  }

  size(): number {
    return this.#content.size;
  }

  read(position: number, target: Uint8Array): number {
    const found = this.#content.bytes.subarray(position, position + target.length);
    target.set(found);
    return found.length;
  }

  write(position: number, source: Uint8Array): void {
    this.#content.write(position, source);
    this.#changed = true;
  }

  truncate(size: number): void {
    this.#content.resize(size);
    this.#changed = true;
  }

  flush(): void {
    if (!this.#changed) return;
    this.#save?.(this.#content.bytes);
    this.#changed = false;
  }

  close(): void {
    this.flush();
  }
}
