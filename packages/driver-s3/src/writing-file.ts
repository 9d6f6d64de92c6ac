import { type DriverFile, defineManifest, type Manifest, type MemoryStore } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import type { S3Object } from './s3-object.js';
import { upload, type WriteCondition } from './upload.js';

/** An object that is changed in memory, and replaced as a whole when it is flushed or closed. */
export class WritingFile implements DriverFile<'async'> {
  readonly mode = 'async';
  readonly manifest: Manifest;
  readonly #object: S3Object;
  readonly #content: MemoryStore;
  readonly #end: () => void;
  #condition: WriteCondition;
  #changed: boolean;
  /** Nothing is written to what is being sent. */
  #saving: Promise<void> = Promise.resolve();

  /** @param isNew whether there is something to save although nothing was written yet */
  constructor(
    object: S3Object,
    content: MemoryStore,
    condition: WriteCondition,
    isNew: boolean,
    end: () => void,
  ) {
    this.#object = object;
    this.#content = content;
    this.#condition = condition;
    this.#changed = isNew;
    this.#end = end;
    this.manifest = defineManifest({
      driver: 's3',
      target: object.target,
      capabilities: { write: true, truncate: true, flush: true },
      // An object is replaced at once, by all that was written before.
      guarantees: { durableFlush: true, atomicFlush: true, orderedWrites: true },
      hints: { latency: 'memory' },
    });
  }

  async size(): Promise<number> {
    return this.#content.size;
  }

  async read(position: number, target: Uint8Array): Promise<number> {
    const found = this.#content.bytes.subarray(position, position + target.length);
    target.set(found);
    return found.length;
  }

  async write(position: number, source: Uint8Array): Promise<void> {
    await this.#saving;
    this.#content.write(position, source);
    this.#changed = true;
  }

  async truncate(size: number): Promise<void> {
    await this.#saving;
    this.#content.resize(size);
    this.#changed = true;
  }

  async flush(): Promise<void> {
    const saved = this.#saving.then(() => this.#save());
    this.#saving = saved.catch(() => {});
    return saved;
  }

  async close(): Promise<void> {
    await this.flush();
    this.#end();
  }

  async #save(): Promise<void> {
    if (!this.#changed) return;
    await this.#mustBeTheSame();
    const told = await this.#upload();
    // Some servers do not tell the tag of what came in parts.
    const etag = told || (await this.#object.look())?.etag;
    this.#condition = etag === undefined ? {} : { IfMatch: etag };
    this.#changed = false;
  }

  async #upload(): Promise<string | undefined> {
    const { bytes } = this.#content;
    if (!this.#object.options.conditionalWrites) return upload(this.#object, bytes, {});
    try {
      return await upload(this.#object, bytes, this.#condition);
    } catch (error) {
      const { IfMatch } = this.#condition as { IfMatch?: string };
      if (IfMatch === undefined || !isTerraneError(error, 'IO_CHANGED')) throw error;
      // Ceph, in version 16 at least, compares the tag without its quotes when it writes, and with them when it reads.
      await this.#mustBeTheSame();
      return upload(this.#object, bytes, { IfMatch: IfMatch.replaceAll('"', '') });
    }
  }

  /** Servers that do not know conditional writes are asked beforehand, which is the next best. */
  async #mustBeTheSame(): Promise<void> {
    const { IfMatch, IfNoneMatch } = this.#condition as { IfMatch?: string; IfNoneMatch?: '*' };
    if (!IfMatch && !IfNoneMatch) return;
    const now = await this.#object.look();
    if (now?.etag !== IfMatch) throw this.#object.changed('write');
  }
}
