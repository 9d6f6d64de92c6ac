import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Fills prebuilds/<platform>-<arch>/terrane_mmap.node, where node-gyp-build finds them in the published package:
 * this machine's by node-gyp, and the others that a cross compiler is installed for (Debian: g++-aarch64-linux-gnu,
 * g++-mingw-w64-x86-64-posix). With names as arguments, builds those and fails when one cannot be built.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const here = `${process.platform}-${process.arch}`;
const headers = dirname(require.resolve('node-api-headers/package.json'));
const addonApi = dirname(require.resolve('node-addon-api/package.json'));

const cross = {
  'linux-x64': { compiler: 'x86_64-linux-gnu-g++', parts: ['posix', 'linux'], link: ['-Wl,-z,nodelete'] },
  'linux-arm64': { compiler: 'aarch64-linux-gnu-g++', parts: ['posix', 'linux'], link: ['-Wl,-z,nodelete'] },
  'win32-x64': {
    compiler: 'x86_64-w64-mingw32-g++-posix',
    parts: ['windows'],
    link: ['-static'],
    defines: ['-DNOMINMAX', '-DWIN32_LEAN_AND_MEAN', '-D_WIN32_WINNT=0x0A00'],
    library: nodeImportLibrary,
  },
};

const wanted = process.argv.slice(2);
const all = [here, ...Object.keys(cross).filter((name) => name !== here && has(cross[name].compiler))];
for (const name of wanted.length > 0 ? wanted : all) {
  const target = join(root, 'prebuilds', name, 'terrane_mmap.node');
  mkdirSync(dirname(target), { recursive: true });
  if (name === here) buildHere(target);
  else buildCross(cross[name] ?? fail(`no recipe for ${name}`), target);
  if (name.startsWith('linux-')) checkVersions(target);
  console.log(`prebuilds/${name}/terrane_mmap.node`);
}

function buildHere(target) {
  run(process.execPath, [join(root, 'scripts/build-native.mjs'), '--required']);
  copyFileSync(join(root, 'build/Release/terrane_mmap.node'), target);
  if (process.platform === 'linux') run('strip', ['--strip-unneeded', target]);
}

function buildCross({ compiler, parts, link, defines = [], library }, target) {
  const sources = readdirSync(join(root, 'src/native'))
    .filter((name) => name.endsWith('.cc'))
    .filter((name) => {
      const [, platform] = /-(posix|linux|darwin|windows)\.cc$/.exec(name) ?? [];
      return platform === undefined || parts.includes(platform);
    })
    .map((name) => join(root, 'src/native', name));
  run(compiler, [
    ...['-std=c++17', '-O2', '-Wall', '-Wextra', '-fPIC', '-shared', '-s', '-fvisibility=hidden', '-pthread'],
    ...['-DNAPI_VERSION=8', '-DNODE_ADDON_API_DISABLE_DEPRECATED', '-DBUILDING_NODE_EXTENSION', ...defines],
    ...['-I', join(headers, 'include'), '-I', addonApi, ...sources, '-o', target],
    ...[...(library?.() ?? []), ...link],
  ]);
}

/** What the addon takes from node.exe, as a library to link with. */
function nodeImportLibrary() {
  const folder = join(root, 'build/win32');
  mkdirSync(folder, { recursive: true });
  const names = ['js_native_api', 'node_api'].flatMap((name) =>
    readFileSync(join(headers, 'def', `${name}.def`), 'utf8').split(/\r?\n/),
  );
  const exported = new Set(names.filter((name) => name !== '' && !/^(NAME|EXPORTS)/.test(name)));
  const definition = join(folder, 'node.def');
  writeFileSync(definition, `NAME NODE.EXE\nEXPORTS\n${[...exported, 'uv_get_osfhandle'].join('\n')}\n`);
  run('x86_64-w64-mingw32-dlltool', ['-d', definition, '-l', join(folder, 'libnode.a'), '-D', 'node.exe']);
  return [`-L${folder}`, '-lnode'];
}

/** Node's own binaries for Linux need glibc 2.28, so ours may need no more. */
function checkVersions(target) {
  const { stdout } = spawnSync('readelf', ['--version-info', '--wide', target], { encoding: 'utf8' });
  const limits = { GLIBC: [2, 28], GLIBCXX: [3, 4, 25], CXXABI: [1, 3, 11] };
  for (const [version, library, numbers] of stdout.matchAll(/\b(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g)) {
    const found = numbers.split('.').map(Number);
    const beyond =
      limits[library].map((limit, index) => (found[index] ?? 0) - limit).find((by) => by !== 0) ?? 0;
    if (beyond > 0) fail(`${target} needs ${version}`);
  }
}

function has(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) fail(`${program} failed: ${error?.message ?? status}`);
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
