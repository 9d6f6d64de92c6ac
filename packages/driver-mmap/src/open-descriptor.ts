import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { ioErrors, type OpenIntent } from '@terrane/driver';
import { typed } from './typed-error.js';

/**
 * Opens a regular file as a mode asks for it.
 *
 * @throws IO_NOT_FOUND, IO_EXISTS, IO_PERMISSION, IO_IS_DIRECTORY, IO_UNSUPPORTED for pipes and devices
 */
export function openDescriptor(name: string, intent: OpenIntent): number {
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_NONBLOCK = 0 } = constants;
  const flags =
    (intent.write ? O_RDWR : O_RDONLY) |
    (intent.create ? O_CREAT : 0) |
    (intent.exclusive ? O_EXCL : 0) |
    (intent.empty ? O_TRUNC : 0) |
    // A pipe must be refused, not waited for.
    O_NONBLOCK;
  const fd = typed('open', name, () => openSync(name, flags, 0o666));
  const stat = fstatSync(fd);
  if (stat.isFile()) return fd;
  closeSync(fd);
  if (stat.isDirectory()) throw ioErrors.IO_IS_DIRECTORY({ message: `${name} is a directory` });
  throw ioErrors.IO_UNSUPPORTED({ message: `${name} is not a regular file`, feature: 'open' });
}
