import { type AccessOptions, type DriverFile, defineManifest, type Manifest } from '@terrane/driver';
import type { S3Object, Version } from './s3-object.js';

/** An object that is read where it is, by ranges. */
export class ReadingFile implements DriverFile<'async'> {
  readonly mode = 'async';
  readonly manifest: Manifest;
  readonly #object: S3Object;
  readonly #version: Version;
  /** The first bytes, which came with opening. */
  readonly #head: Uint8Array;
  readonly #end: () => void;

  constructor(object: S3Object, version: Version, head: Uint8Array, end: () => void) {
    this.#object = object;
    this.#version = version;
    this.#head = head;
    this.#end = end;
    const { blockBytes } = object.options;
    this.manifest = defineManifest({
      driver: 's3',
      target: object.target,
      capabilities: { signal: true },
      // With a tag no byte of another version can come through.
      guarantees: version.etag === undefined ? {} : { immutable: true },
      hints: { latency: 'remote', blockBytes, mergeGapBytes: Math.max(blockBytes, 262_144) },
    });
  }

  async size(): Promise<number> {
    return this.#version.size;
  }

  async read(position: number, target: Uint8Array, { signal }: AccessOptions = {}): Promise<number> {
    const end = Math.min(position + target.length, this.#version.size);
    if (position >= end) return 0;
    const part = target.subarray(0, end - position);
    if (end <= this.#head.length) {
      part.set(this.#head.subarray(position, end));
    } else {
      await this.#object.read(position, part, this.#version, signal);
    }
    return part.length;
  }

  async close(): Promise<void> {
    this.#end();
  }
}
