import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import {
  type Driver,
  type DriverFile,
  driverErrors,
  ioErrors,
  MemoryStore,
  type OpenIntent,
  openIntent,
  parseUrl,
  type Resources,
  type Spec,
} from '@terrane/driver';
import { inPool } from './in-pool.js';
import { ReadingFile } from './reading-file.js';
import { S3Object, type Sdk, type Version } from './s3-object.js';
import { addressOf, optionNames, readOptions, type S3Options } from './s3-options.js';
import { WritingFile } from './writing-file.js';

/**
 * An object of S3, or of a server that speaks its protocol. Mode `r` reads ranges, each on the condition that the object is
 * still the one that was opened. The other modes hold all of it in memory, and replace it at once when it is flushed or closed.
 *
 * Options: `endpoint`, `region`, `forcePathStyle`, `blockBytes`, `partBytes`, `concurrency`, `retries`, `timeout`,
 * `conditionalWrites`. Resources: `credentials` and `client`, as the SDK knows them; `signal`, for opening.
 */
export const s3: Driver<'async'> = Object.freeze({
  name: 's3',
  contract: 1,
  mode: 'async',
  schemes: ['s3'],
  aliases: ['H5FD_ROS3'],
  parse: (url: string) => {
    const { name, ...rest } = parseUrl(url);
    return { name: `s3:${name}`, ...rest };
  },
  options: optionNames,
  resources: ['client', 'credentials', 'signal'],
  open: async (spec, resources = {}) => {
    const address = addressOf(spec);
    const options = readOptions(spec);
    const sdk = await loadSdk();
    const own = resources.client === undefined;
    const client = own ? makeClient(sdk, options, resources) : (resources.client as S3Client);
    const end = () => {
      if (own) client.destroy();
    };
    try {
      const object = new S3Object(sdk, client, address, options);
      return await openObject(object, spec, resources.signal as AbortSignal | undefined, end);
    } catch (error) {
      end();
      throw error;
    }
  },
} satisfies Driver<'async'>);

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw driverErrors.DRV_DEPENDENCY_MISSING({
      message: 'driver "s3" needs @aws-sdk/client-s3, which cannot be loaded',
      hint: 'npm install @aws-sdk/client-s3',
      cause,
    });
  }
}

function makeClient(sdk: Sdk, options: S3Options, { credentials }: Resources): S3Client {
  const { endpoint, region, forcePathStyle, retries } = options;
  return new sdk.S3Client({
    forcePathStyle,
    maxAttempts: retries + 1,
    ...(region !== undefined && { region }),
    // Checksums in the trailer are Amazon's own; others may take them for content.
    ...(endpoint !== undefined && { endpoint, requestChecksumCalculation: 'WHEN_REQUIRED' as const }),
    ...(credentials !== undefined && {
      credentials: credentials as NonNullable<S3ClientConfig['credentials']>,
    }),
  });
}

async function openObject(
  object: S3Object,
  { mode }: Spec,
  signal: AbortSignal | undefined,
  end: () => void,
): Promise<DriverFile<'async'>> {
  const intent = openIntent(mode);
  const content = new MemoryStore();
  if (intent.empty || intent.exclusive) {
    // Asked now, so that nobody learns only at `close` that he may not, or that there is no such bucket.
    const now = await object.look(signal);
    if (now && intent.exclusive) throw ioErrors.IO_EXISTS({ message: `${object.target} exists` });
    return new WritingFile(object, content, intent.exclusive ? { IfNoneMatch: '*' } : {}, true, end);
  }
  const found = await headOf(object, intent, signal);
  if (found === undefined) return new WritingFile(object, content, { IfNoneMatch: '*' }, true, end);
  const { version, bytes } = found;
  if (!intent.write) return new ReadingFile(object, version, bytes, end);
  await load(object, content, version, bytes, signal);
  return new WritingFile(object, content, version.etag ? { IfMatch: version.etag } : {}, false, end);
}

/** The first bytes; nothing when there are none and the mode makes a new object. */
async function headOf(object: S3Object, intent: OpenIntent, signal: AbortSignal | undefined) {
  if (intent.create && (await object.look(signal)) === undefined) return undefined;
  return object.head(signal);
}

/** All of the object, in pieces that are asked for at once. */
async function load(
  object: S3Object,
  content: MemoryStore,
  version: Version,
  head: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { partBytes, concurrency } = object.options;
  content.resize(version.size);
  content.bytes.set(head);
  const starts: number[] = [];
  for (let start = head.length; start < version.size; start += partBytes) starts.push(start);
  await inPool(starts, concurrency, (start, failure) => {
    const target = content.bytes.subarray(start, start + partBytes);
    return object.read(start, target, version, signal ? AbortSignal.any([signal, failure]) : failure);
  });
}
