import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Runs the native tests plainly, under the address and undefined-behaviour sanitizers,
 * and under valgrind. Linux with g++ and valgrind. Names of runs as arguments choose some.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'build/native-tests');
mkdirSync(folder, { recursive: true });
const sources = ['region', 'guard', 'mutex', 'guard-posix', 'system-posix', 'system-linux'].map((name) =>
  join(root, `src/native/${name}.cc`),
);
const common = [
  '-std=c++17',
  '-g',
  '-O1',
  '-Wall',
  '-Wextra',
  join(root, 'native-tests/core.cc'),
  ...sources,
  '-pthread',
];

const runs = [
  { name: 'plain', flags: [], command: [] },
  {
    name: 'sanitized',
    flags: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'],
    command: [],
  },
  {
    name: 'valgrind',
    flags: [],
    // A handler that mends a page and returns needs all registers exact where the fault was.
    command: [
      'valgrind',
      '--vex-iropt-register-updates=allregs-at-mem-access',
      '--error-exitcode=99',
      '--leak-check=full',
      '--errors-for-leak-kinds=definite',
      '-q',
    ],
  },
];

const wanted = process.argv.slice(2);
for (const { name, flags, command } of runs.filter(
  (each) => wanted.length === 0 || wanted.includes(each.name),
)) {
  const program = join(folder, name);
  run('g++', [...flags, ...common, '-o', program]);
  run(command[0] ?? program, command.length > 0 ? [...command.slice(1), program] : [], name);
}

function run(program, args, name) {
  // The sanitizer's own fault handlers would report the faults that are part of the test.
  const env = { ...process.env, ASAN_OPTIONS: 'handle_segv=0:handle_sigbus=0:handle_abort=0' };
  const { status, signal, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status === 0) {
    if (name !== undefined) console.log(`${name}: ${stdout.trim()}`);
    return;
  }
  console.error(`${name ?? program}: ${signal ?? status}\n${stdout}${stderr}`);
  process.exit(1);
}
