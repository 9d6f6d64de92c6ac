import type { CompletedPart } from '@aws-sdk/client-s3';
import { inPool } from './in-pool.js';
import type { S3Object } from './s3-object.js';

/** Under which circumstances an object may be replaced. */
export type WriteCondition =
  | { readonly IfMatch: string }
  | { readonly IfNoneMatch: '*' }
  | Record<string, never>;

/** S3 takes no more parts than these. */
const mostParts = 10_000;

/**
 * Replaces the whole object, at once or not at all: in one request, or in parts that appear together.
 *
 * @returns the tag of what is there now, if the server tells
 * @throws IO_CHANGED when the condition does not hold
 */
export async function upload(
  object: S3Object,
  content: Uint8Array,
  condition: WriteCondition,
): Promise<string | undefined> {
  if (content.length > object.options.partBytes) return uploadParts(object, content, condition);
  const { sdk, client, address } = object;
  const input = { ...address, Body: content, ...condition };
  const output = await object.request('write', true, undefined, (options) =>
    client.send(new sdk.PutObjectCommand(input), options),
  );
  return output.ETag;
}

async function uploadParts(
  object: S3Object,
  content: Uint8Array,
  condition: WriteCondition,
): Promise<string | undefined> {
  const { sdk, client, address, options } = object;
  const partBytes = Math.max(options.partBytes, Math.ceil(content.length / mostParts));
  const { UploadId } = await object.request('write', true, undefined, (how) =>
    client.send(new sdk.CreateMultipartUploadCommand(address), how),
  );
  try {
    const numbers = Array.from({ length: Math.ceil(content.length / partBytes) }, (_, index) => index + 1);
    const send = async (PartNumber: number, signal: AbortSignal): Promise<CompletedPart> => {
      const Body = content.subarray((PartNumber - 1) * partBytes, PartNumber * partBytes);
      const { ETag } = await object.request('write', true, signal, (how) =>
        client.send(new sdk.UploadPartCommand({ ...address, UploadId, PartNumber, Body }), how),
      );
      return { PartNumber, ETag };
    };
    const Parts = await inPool(numbers, options.concurrency, send);
    const input = { ...address, UploadId, MultipartUpload: { Parts }, ...condition };
    const output = await object.request('write', true, undefined, (how) =>
      client.send(new sdk.CompleteMultipartUploadCommand(input), how),
    );
    return output.ETag;
  } catch (error) {
    // Parts of an upload that is never completed are kept, and paid for.
    await client.send(new sdk.AbortMultipartUploadCommand({ ...address, UploadId })).catch(() => {});
    throw error;
  }
}
