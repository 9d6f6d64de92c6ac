import {
  type AccessOptions,
  type DriverFile,
  defineManifest,
  ioErrors,
  type Manifest,
} from '@terrane/driver';
import { discard, fetchRange, readBody, type Server } from './fetch-range.js';
import { readRange, sameVersion, statusError, type Version, versionOf } from './range-answer.js';

/** A remote file, read by ranges, one request a read. Every answer is held against the version that was opened. */
export class HttpFile implements DriverFile<'async'> {
  readonly mode = 'async';
  readonly manifest: Manifest;
  readonly #server: Server;
  readonly #version: Version;
  readonly #condition: Readonly<Record<string, string>>;

  constructor(server: Server, version: Version, conditional: boolean) {
    this.#server = server;
    this.#version = version;
    const validator = version.etag ?? version.modified;
    this.#condition = conditional && validator ? { 'if-range': validator } : {};
    this.manifest = defineManifest({
      driver: 'http',
      target: server.url,
      capabilities: { signal: true },
      // With a strong tag no byte of another version can come through.
      guarantees: version.etag ? { immutable: true } : {},
      hints: { latency: 'remote', blockBytes: 65_536, mergeGapBytes: 65_536 },
    });
  }

  async size(): Promise<number> {
    return this.#version.size;
  }

  async read(position: number, target: Uint8Array, options: AccessOptions = {}): Promise<number> {
    const end = Math.min(position + target.length, this.#version.size);
    if (position >= end) return 0;
    const { signal } = options;
    const server = this.#server;
    const { response, expire } = await fetchRange(server, position, end, this.#condition, signal);
    if (response.status !== 206) throw await this.#refuse(response);
    const answer = readRange(response, server.url);
    if (!sameVersion(answer.version, this.#version)) {
      await discard(response);
      throw this.#changed();
    }
    if (answer.start !== position || answer.end !== end) {
      await discard(response);
      throw ioErrors.IO_UNEXPECTED({
        message: `${server.url} sent other bytes than were asked for`,
        expected: `${position}-${end}`,
        found: `${answer.start}-${answer.end}`,
        retry: 'no',
      });
    }
    const part = target.subarray(0, end - position);
    await readBody(server, response, part, signal, expire);
    return part.length;
  }

  async close(): Promise<void> {}

  /** What an answer without the range means. The whole file is never taken for a part of it. */
  async #refuse(response: Response): Promise<Error> {
    await discard(response);
    const { status } = response;
    if (status === 404 || status === 410 || status === 412 || status === 416) return this.#changed();
    if (status !== 200) return statusError(response, this.#server.url);
    const size = Number(response.headers.get('content-length') ?? this.#version.size);
    if (this.#condition['if-range'] || !sameVersion(versionOf(response, size), this.#version))
      return this.#changed();
    return ioErrors.IO_UNSUPPORTED({
      message: `${this.#server.url} no longer answers with ranges`,
      feature: 'range requests',
    });
  }

  #changed(): Error {
    return ioErrors.IO_CHANGED({
      message: `${this.#server.url} is not the file any more that was opened`,
      hint: 'open it again',
    });
  }
}
