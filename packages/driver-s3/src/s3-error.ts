import { ioErrors } from '@terrane/driver';

/** What the driver reads of the SDK's errors. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The status with which the server refused, if it was the server. */
export function statusOf(error: unknown): number | undefined {
  return (error as SdkError | null)?.$metadata?.httpStatusCode;
}

/**
 * The typed error for what the SDK threw: by status, since names differ among servers. Everything else goes on as it
 * is, and becomes IO_UNEXPECTED with the original as its cause.
 *
 * @param known whether the object was there before, so that its absence means a change
 */
export function s3Error(cause: unknown, op: string, target: string, known: boolean): unknown {
  const { name, message } = cause as SdkError;
  const about = { op, target, cause, message: `${op} of ${target}: ${message || name}` };
  switch (statusOf(cause)) {
    case 401:
    case 403:
      return ioErrors.IO_PERMISSION(about);
    case 404:
      return known ? ioErrors.IO_CHANGED({ ...about, hint: 'it was removed' }) : ioErrors.IO_NOT_FOUND(about);
    // The object is not the one that was meant; or, in reply to a range, became shorter; or somebody writes it just now.
    case 409:
    case 412:
    case 416:
      return ioErrors.IO_CHANGED({ ...about, hint: 'open it again' });
  }
  if (name !== 'CredentialsProviderError') return cause;
  return ioErrors.IO_PERMISSION({ ...about, hint: 'hand `credentials` in as a resource' });
}
