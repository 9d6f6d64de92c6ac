import { Command, InvalidArgumentError } from 'commander';
import { demo } from './commands/demo.js';
import { image } from './commands/image.js';
import { ls } from './commands/ls.js';
import { show } from './commands/show.js';

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('a whole number from 0 on');
}

const driverOption = [
  '--driver <name>',
  'H5FD_SEC2 (the disk), H5FD_CORE (memory), or the package or ./file.js of a driver',
  'H5FD_SEC2',
] as const;

/** The command `terrane` with all its subcommands. */
export function program(): Command {
  const terrane = new Command('terrane').description(
    'Look into HDF5 files, list them, and take images of them.',
  );
  terrane
    .command('ls')
    .description('list a group: kind, name, type and shape of what lies in it')
    .argument('<file>', 'an HDF5 file')
    .argument('[path]', 'a group or dataset in it', '/')
    .option('-r, --recursive', 'all below it, too')
    .option('--json', 'one JSON object a line')
    .option(...driverOption)
    .action(ls);
  terrane
    .command('show')
    .description('print the tree of a file, or a node with its attributes and values')
    .argument('<file>', 'an HDF5 file')
    .argument('[path]', 'a node in it')
    .option('-n, --values <count>', 'how many values of an array to print', count, 20)
    .option(...driverOption)
    .action(show);
  terrane
    .command('image')
    .description('write the image of a file: what its HDF5 part holds, without a user block')
    .argument('<file>', 'an HDF5 file')
    .requiredOption('-o, --output <file>', 'where to; a file that exists is replaced, at once or not at all')
    .option(...driverOption)
    .action(image);
  terrane
    .command('demo')
    .description('open a file in memory, look into it, edit it, take its image and save that elsewhere')
    .argument('[file]', 'an HDF5 file, which is left as it is; a sample is made when there is none')
    .action(demo);
  return terrane;
}
