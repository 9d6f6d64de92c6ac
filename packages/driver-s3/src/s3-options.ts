import { driverErrors, type Spec } from '@terrane/driver';

/** The options of the driver, complete. */
export interface S3Options {
  /** Where the server is, unless it is Amazon's. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  readonly forcePathStyle: boolean;
  /** Bytes that opening brings along, and the least a read should ask for. */
  readonly blockBytes: number;
  /** Bytes in one part of a write, and in one read when all is loaded. */
  readonly partBytes: number;
  /** Parts on their way at a time. */
  readonly concurrency: number;
  /** New attempts, by the SDK, when the network or the server fails. */
  readonly retries: number;
  /** Milliseconds that one request may take, its attempts included. */
  readonly timeout: number;
  /** Whether writes carry the condition that the object is still the one that was opened. */
  readonly conditionalWrites: boolean;
}

/** S3 refuses smaller parts, but for the last, and more than 10 000 of them. */
const leastPart = 5 * 2 ** 20;

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isFlag = (value: unknown) => typeof value === 'boolean';
const isCount = (least: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least;

/** What every option has to be, and what it is when it is not given. */
const rules: Readonly<
  Record<keyof S3Options, readonly [expected: string, isGood: (value: unknown) => boolean, unless?: unknown]>
> = {
  endpoint: ['a URL', (value) => isText(value) && URL.canParse(value as string)],
  region: ['a name', isText],
  forcePathStyle: ['true or false', isFlag],
  blockBytes: ['a whole number from 1', isCount(1), 65_536],
  partBytes: [`a whole number from ${leastPart}`, isCount(leastPart), 8 * 2 ** 20],
  concurrency: ['a whole number from 1', isCount(1), 4],
  retries: ['a whole number', isCount(0), 3],
  timeout: ['a whole number from 1', isCount(1), 60_000],
  conditionalWrites: ['true or false', isFlag, true],
};

export const optionNames: readonly string[] = Object.keys(rules);

/** @throws DRV_BAD_OPTION for a value that an option cannot have. */
export function readOptions({ options = {} }: Spec): S3Options {
  const read: Record<string, unknown> = {};
  for (const [name, [expected, isGood, unless]] of Object.entries(rules)) {
    const value = options[name] ?? unless;
    if (value !== undefined && !isGood(value)) {
      const message = `s3: ${name} must be ${expected}`;
      throw driverErrors.DRV_BAD_OPTION({ message, expected, found: String(value) });
    }
    read[name] = value;
  }
  // Servers of one's own rarely have a name for every bucket.
  read.forcePathStyle ??= read.endpoint !== undefined;
  return read as unknown as S3Options;
}

/** A bucket, and the name of an object in it. */
export interface ObjectAddress {
  readonly Bucket: string;
  readonly Key: string;
}

/** Takes `s3://bucket/key`, or `bucket/key`, apart. @throws DRV_BAD_OPTION when it is neither. */
export function addressOf({ name = '' }: Spec): ObjectAddress {
  const [, Bucket, Key] = /^([^/]+)\/(.+)$/s.exec(name.replace(/^s3:\/\//, '')) ?? [];
  if (Bucket && Key) return { Bucket, Key };
  throw driverErrors.DRV_BAD_OPTION({
    message: `s3: ${JSON.stringify(name)} names no object`,
    expected: 's3://bucket/key',
    found: name,
  });
}
