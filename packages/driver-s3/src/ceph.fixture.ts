import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type CheckedFile, type OpenMode, openWith } from '@terrane/driver';
import { hasS3Server, startS3Server } from '@terrane/s3-server';
import { s3 } from './index.js';

/** Ceph's gateway, where it is installed. Whoever imports this closes it. */
export const server = hasS3Server ? await startS3Server() : undefined;
export const { endpoint = 'http://127.0.0.1:9', region = 'none', credentials } = server ?? {};

export const Bucket = 'terrane';
export const connect = () =>
  new S3Client({ endpoint, region, credentials: credentials!, forcePathStyle: true });
export const client = connect();
if (server) await client.send(new CreateBucketCommand({ Bucket }));

export const options = { endpoint, region };
let keys = 0;
export const newName = () => `s3://${Bucket}/folder one/object ${++keys}`;
export const addressOf = (name: string) => ({ Bucket, Key: name.slice(`s3://${Bucket}/`.length) });
export const put = (name: string, Body: Uint8Array) =>
  client.send(new PutObjectCommand({ ...addressOf(name), Body }));
export const get = async (name: string) => {
  const { Body } = await client.send(new GetObjectCommand(addressOf(name)));
  return Body!.transformToByteArray();
};
/** What an assertion would take minutes for with megabytes. */
export const same = (found: Uint8Array, expected: Uint8Array) => Buffer.compare(found, expected) === 0;
export const ramp = (length: number, step = 7) =>
  Uint8Array.from({ length }, (_, index) => (index * step) & 255);

/** A client that counts what it sends, and may be made to change it. */
export function watched(change: (command: string, input: Record<string, unknown>) => unknown = () => {}) {
  const sent: string[] = [];
  const one = connect();
  one.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context.commandName).replace('Command', '');
      const { Range } = args.input as { Range?: string };
      sent.push(Range ? `${name} ${Range}` : name);
      await change(name, args.input as Record<string, unknown>);
      return next(args);
    },
    { step: 'initialize', name: 'watched' },
  );
  return { client: one, sent };
}

export const open = (
  name: string,
  mode: OpenMode = 'r',
  resources: Record<string, unknown> = { credentials },
) => openWith(s3, { name, mode, options: resources.client ? {} : options }, resources);
export const contentOf = async (file: CheckedFile<'async'>) => {
  const bytes = new Uint8Array(await file.size());
  await file.read(0, bytes);
  return bytes;
};
