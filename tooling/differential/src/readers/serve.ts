import { isTerraneError } from '@terrane/errors';
import type { ReadAnswer, ReaderError, ReadRequest } from '../messages.js';

/** Answers the requests of the parent process, one after the other. */
export function serve(read: (request: ReadRequest) => ReadAnswer | Promise<ReadAnswer>): void {
  process.on('message', async (request: ReadRequest) => {
    let answer: ReadAnswer;
    try {
      answer = await read(request);
    } catch (error) {
      answer = { error: readerError(error) };
    }
    process.send!(answer);
  });
}

/** An error as plain data. Ours have a code; a code of the system's is none. */
export function readerError(error: unknown): ReaderError {
  if (isTerraneError(error)) {
    const { message, code, feature } = error;
    return feature === undefined ? { message, code } : { message, code, feature };
  }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
