/*
 * npm start                 runs the main job on a sample that it makes itself
 * npm start -- FILE.h5      on the user's file, named as seen from the user's folder; the file is left as it is
 */
import { join } from 'node:path';
import { build, install, requireNode, root, run } from './workspace.mjs';

requireNode();
const files = process.argv.slice(2);
// npm changes to the project's folder before it runs a script, and says where it came from.
const cwd = (process.env.npm_lifecycle_event === 'start' && process.env.INIT_CWD) || process.cwd();
const program = join(root, 'apps', 'cli', 'dist', 'main.js');
process.exitCode =
  install() || build('@terrane/cli') || run(process.execPath, [program, 'demo', ...files], { cwd });
