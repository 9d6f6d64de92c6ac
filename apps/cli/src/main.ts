#!/usr/bin/env node
import { program } from './program.js';
import { reportError } from './report-error.js';

// `terrane show big.h5 | head` closes the pipe early; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
