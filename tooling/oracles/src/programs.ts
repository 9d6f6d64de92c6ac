import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/*
 * Debian installs h5py and PyTables for its own Python, which need not be the first one on PATH.
 */
const interpreter = ['/usr/bin/python3', 'python3'].find((name) => run(name, ['--version']).status === 0);

/** Whether there is any Python 3 to run scripts with. */
export const hasPython: boolean = interpreter !== undefined;

/** Whether Python can import h5py. */
export const hasH5py: boolean = canImport('h5py');

/** Whether Python can import PyTables. */
export const hasPyTables: boolean = canImport('tables');

/** Whether HDF5's own `h5dump` is installed. */
export const hasH5dump: boolean = run('h5dump', ['--version']).status === 0;

/**
 * Runs a Python script and gives what it printed. The script finds `args` as the dictionary `args`, with
 * `json` and `sys` imported.
 *
 * @throws Error with the traceback, when the script fails or takes more than a minute.
 */
export function python(script: string, args: Readonly<Record<string, unknown>> = {}): string {
  if (interpreter === undefined) throw new Error('no Python here; guard the test with hasPython');
  const prelude = 'import json, sys\nargs = json.load(sys.stdin)\n';
  return output(
    'python',
    run(interpreter, ['-W', 'ignore', '-c', prelude + dedent(script)], JSON.stringify(args)),
  );
}

/**
 * Gives what `h5dump` prints of a file, options first: `h5dump(path, '-H')`.
 *
 * @throws Error with what it complained about, when it fails.
 */
export function h5dump(path: string, ...args: readonly string[]): string {
  return output('h5dump', run('h5dump', [...args, path]));
}

function run(program: string, args: readonly string[], input = '') {
  if (program.startsWith('/') && !existsSync(program)) return { status: null, stdout: '', stderr: 'absent' };
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: 60_000,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', HDF5_USE_FILE_LOCKING: 'FALSE' },
  });
  return { status, stdout: stdout ?? '', stderr: error ? `${error.message}\n${stderr}` : (stderr ?? '') };
}

function output(what: string, result: ReturnType<typeof run>): string {
  if (result.status === 0) return result.stdout;
  throw new Error(`${what} failed (${result.status}):\n${result.stderr}${result.stdout}`);
}

function canImport(module: string): boolean {
  return interpreter !== undefined && run(interpreter, ['-c', `import ${module}`]).status === 0;
}

/** Takes the indentation of the first line off every line, so that scripts can stand indented in a test. */
function dedent(script: string): string {
  const lines = script.split('\n');
  const margin = /^\s*/.exec(lines.find((line) => line.trim() !== '') ?? '')![0];
  return lines.map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line)).join('\n');
}
