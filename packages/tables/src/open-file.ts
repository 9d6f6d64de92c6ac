import { createRegistry, type DriverFile, type Mode, type Out } from '@terrane/driver';
import { core, sec2 } from '@terrane/drivers';
import { checkOptions } from '@terrane/errors';
import { type AttributeValue, createFile, type File as Hdf5File, openFile as openHdf5 } from '@terrane/hdf5';
import { File } from './file.js';
import { type OpenFileOptions, type TablesMode, toSpec } from './open-options.js';
import { steps, wait } from './steps.js';
import { groupAttributes, setTexts } from './system-attributes.js';

/**
 * Opens or makes a file of the local file system or in memory.
 *
 * - `r`: for reading. `r+`: for reading and writing. `a`: the same, and made when it is missing. `w`: made anew.
 * - Over `H5FD_CORE` the file is in memory; closing saves it unless `driverCoreBackingStore` is off.
 *
 * @throws IO_NOT_FOUND, IO_IS_DIRECTORY, IO_PERMISSION … of the driver, H5_NOT_HDF5, H5_TRUNCATED … of the engine,
 *   DRV_UNKNOWN_DRIVER, and TypeError for unknown options. The disk file is left as it was.
 */
export function openFile<Children extends object = object>(
  filename: string,
  mode: TablesMode = 'r',
  options: OpenFileOptions = {},
): File<'sync', Children> {
  const { spec, resources } = toSpec(filename, mode, options);
  const handle = createRegistry([sec2, core]).openSync(spec, resources);
  const { title, userBlockSize, pytablesSysAttrs } = options;
  try {
    return openOver<'sync', Children>(handle, { mode, title, userBlockSize, pytablesSysAttrs, filename });
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** Options of `openOver`. */
export interface OpenOverOptions {
  readonly mode?: TablesMode | undefined;
  readonly title?: string | undefined;
  readonly userBlockSize?: number | undefined;
  readonly pytablesSysAttrs?: boolean | undefined;
  /** What the file is called when it is printed; the handle's own name unless given. */
  readonly filename?: string | undefined;
}

/**
 * Presents a file that any driver has opened: at once or by promise, as the driver answers. In the mode `w`, or
 * `a` when it is empty, an HDF5 file is made in it. Closing the file closes the handle; when opening fails it stays open.
 */
export function openOver<M extends Mode, Children extends object = object>(
  handle: DriverFile<M>,
  options: OpenOverOptions = {},
): Out<M, File<M, Children>> {
  checkOptions(options, ['mode', 'title', 'userBlockSize', 'pytablesSysAttrs', 'filename'], 'openOver');
  const { mode = 'r', title = '', pytablesSysAttrs = true } = options;
  const filename = options.filename ?? handle.manifest.target;
  return steps<M, File<M, Children>>(handle.mode, function* () {
    const isNew = mode === 'w' || (mode === 'a' && (yield* wait<M, number>(handle.size())) === 0);
    const hdf5 = yield* wait<M, Hdf5File<M>>(isNew ? create(handle, options) : reopen(handle, mode));
    if (isNew && pytablesSysAttrs) {
      yield* wait<M, void>(setTexts(handle.mode, hdf5.root.attributes, groupAttributes(title, true)));
    }
    const attributes = yield* wait<M, Map<string, AttributeValue>>(hdf5.root.attributes.values(['TITLE']));
    const stored = attributes.get('TITLE');
    return new File<M, Children>(hdf5, {
      filename,
      openMode: mode,
      title: typeof stored === 'string' ? stored : '',
    });
  });
}

function create<M extends Mode>(
  handle: DriverFile<M>,
  { userBlockSize }: OpenOverOptions,
): Out<M, Hdf5File<M>> {
  return createFile(handle, userBlockSize === undefined ? {} : { userBlock: userBlockSize });
}

function reopen<M extends Mode>(handle: DriverFile<M>, mode: TablesMode): Out<M, Hdf5File<M>> {
  return openHdf5(handle, { mode: mode === 'r' ? 'r' : 'r+' });
}
