import { errors } from './errors.js';

/** Beginnings that PyTables keeps for its own methods and attributes. */
const reserved = ['_c_', '_f_', '_g_', '_v_'];

/** Refuses names that PyTables could not open. @throws TBL_BAD_NAME */
export function checkName(name: string, parent: string): void {
  const isBad = name === '' || name === '.' || name.includes('/') || name.includes('\0');
  const prefix = reserved.find((start) => name.startsWith(start));
  if (!isBad && prefix === undefined) return;
  throw errors.TBL_BAD_NAME({
    message: `a node of ${parent} cannot be named ${JSON.stringify(name)}`,
    path: parent,
    expected:
      prefix === undefined
        ? 'a name that is not empty, not ".", and holds no slash'
        : `no name beginning with ${prefix}`,
    found: JSON.stringify(name),
  });
}
