import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { ioErrors } from '@terrane/driver';
import { s3Error, statusOf } from './s3-error.js';
import type { ObjectAddress, S3Options } from './s3-options.js';

/** The official SDK, loaded when the first object is opened. */
export type Sdk = typeof import('@aws-sdk/client-s3');

/** Which version of an object is meant: every byte that is read belongs to it. */
export interface Version {
  readonly size: number;
  readonly etag: string | undefined;
}

/** What is sent for an object: one request each, with a time limit, and failures in the contract's words. */
export class S3Object {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly address: ObjectAddress;
  readonly options: S3Options;
  /** For messages. */
  readonly target: string;

  constructor(sdk: Sdk, client: S3Client, address: ObjectAddress, options: S3Options) {
    this.sdk = sdk;
    this.client = client;
    this.address = address;
    this.options = options;
    this.target = `s3://${address.Bucket}/${address.Key}`;
  }

  /** Runs one request under the caller's signal and the time limit. */
  async request<T>(
    op: string,
    known: boolean,
    signal: AbortSignal | undefined,
    send: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const expiry = AbortSignal.timeout(this.options.timeout);
    const abortSignal = signal ? AbortSignal.any([signal, expiry]) : expiry;
    try {
      return await send({ abortSignal });
    } catch (cause) {
      signal?.throwIfAborted();
      if (!expiry.aborted) throw s3Error(cause, op, this.target, known);
      throw ioErrors.IO_UNEXPECTED({
        message: `${op} of ${this.target}: no answer within ${this.options.timeout} ms`,
        cause,
      });
    }
  }

  /** The version there is now; nothing when there is none. @throws IO_NOT_FOUND when there is no such bucket either */
  async look(signal?: AbortSignal): Promise<Version | undefined> {
    return this.request('open', false, signal, async (options) => {
      try {
        const head = await this.client.send(new this.sdk.HeadObjectCommand(this.address), options);
        return { size: head.ContentLength ?? 0, etag: head.ETag };
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
      try {
        await this.client.send(new this.sdk.HeadBucketCommand({ Bucket: this.address.Bucket }), options);
      } catch (error) {
        // Not everybody who may write to a bucket may look at it.
        if (statusOf(error) === 404) throw error;
      }
      return undefined;
    });
  }

  /** The first bytes, and the version they belong to, in one request. */
  async head(signal?: AbortSignal): Promise<{ version: Version; bytes: Uint8Array }> {
    const Range = `bytes=0-${this.options.blockBytes - 1}`;
    return this.request('open', false, signal, async (options) => {
      let output: GetObjectCommandOutput;
      try {
        output = await this.client.send(new this.sdk.GetObjectCommand({ ...this.address, Range }), options);
      } catch (error) {
        if (statusOf(error) !== 416) throw error;
        // There is no first byte: it is empty.
        const version = await this.look(signal);
        return { version: { size: 0, etag: version?.etag }, bytes: new Uint8Array(0) };
      }
      const { end, size } = this.#rangeOf(output, 0, this.options.blockBytes);
      const bytes = new Uint8Array(end);
      await this.#drain(output, bytes);
      return { version: { size, etag: output.ETag }, bytes };
    });
  }

  /** Fills the target from a position that is inside this version. @throws IO_CHANGED when it is another by now */
  async read(position: number, target: Uint8Array, version: Version, signal?: AbortSignal): Promise<void> {
    const { size, etag } = version;
    const end = position + target.length;
    const input = {
      ...this.address,
      Range: `bytes=${position}-${end - 1}`,
      ...(etag !== undefined && { IfMatch: etag }),
    };
    await this.request('read', true, signal, async (options) => {
      const output = await this.client.send(new this.sdk.GetObjectCommand(input), options);
      // Not every server minds the condition.
      if (output.ETag === etag && this.#rangeOf(output, position, end).size === size) {
        return this.#drain(output, target);
      }
      this.#discard(output);
      throw this.changed('read');
    });
  }

  changed(op: string): Error {
    return ioErrors.IO_CHANGED({
      message: `${op}: ${this.target} is not the object any more that was opened`,
      hint: 'open it again',
    });
  }

  /** The range that the server answered with; the whole object is never taken for a part of it. */
  #rangeOf(output: GetObjectCommandOutput, start: number, end: number): { end: number; size: number } {
    const found = /^bytes (\d+)-(\d+)\/(\d+)$/
      .exec(output.ContentRange ?? '')
      ?.slice(1)
      .map(Number);
    const [first, last, size] = found ?? [];
    if (first === start && last === Math.min(end, size!) - 1) return { end: last + 1, size: size! };
    this.#discard(output);
    if (found) {
      throw ioErrors.IO_UNEXPECTED({
        message: `the server of ${this.target} sent other bytes than were asked for`,
        expected: `bytes ${start}-${end - 1}`,
        found: output.ContentRange!,
        retry: 'no',
      });
    }
    throw ioErrors.IO_UNSUPPORTED({
      message: `the server of ${this.target} ignores ranges, and would send all of it`,
      feature: 'range requests',
    });
  }

  async #drain(output: GetObjectCommandOutput, target: Uint8Array): Promise<void> {
    let done = 0;
    for await (const chunk of output.Body as AsyncIterable<Uint8Array>) {
      if (done + chunk.length <= target.length) target.set(chunk, done);
      done += chunk.length;
    }
    if (done === target.length) return;
    throw ioErrors.IO_UNEXPECTED({
      message: `${this.target}: the answer has ${done} bytes, and announced ${target.length}`,
    });
  }

  #discard(output: GetObjectCommandOutput): void {
    (output.Body as { destroy?(): void } | undefined)?.destroy?.();
  }
}
