/*
 * Reading in a process of its own, in which no array buffer was ever detached. Once one was, V8 looks at each access whether
 * this one is. Streams, `fetch` and worker threads detach some, and so does the loader of sources: so this is built before it runs.
 *
 *     node --expose-gc build/bench/undetached.js fields
 */
import { argv } from 'node:process';
import { integers } from './integers.js';
import { readFields } from './read-fields.js';

const where = 'where no array buffer was ever detached';
if (argv[2] === 'fields') await readFields(where);
else await integers(where);
