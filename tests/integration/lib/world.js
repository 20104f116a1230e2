'use strict';
// Where the scenarios run: `native`, `asan` (native under sanitizers) or `windows`
// (Wine). CTest tells through the environment.

const os = require('node:os');
const path = require('node:path');

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run this through ctest`);
  return value;
}

const name = required('KRGEN_WORLD');
const isWindows = name === 'windows';
const source = path.resolve(__dirname, '../../..');

// A bound for what takes milliseconds, or a build; only a fault ever waits so long.
const patience = 240000;

// Settings of the machine must not change what is tested. Wine reads arguments by the
// locale.
const env = Object.fromEntries(
  Object.entries({ ...process.env, LC_ALL: 'C.UTF-8' }).filter(
    ([key]) => !key.startsWith('KRGEN_') && key !== 'GITHUB_ACTIONS'));

// Windows itself runs its programs.
const isWine = isWindows && process.platform !== 'win32';

function viaWine(command, args) {
  const wine = path.join(source, 'tests/support/wine.sh');
  return isWine ? ['sh', [wine, command, ...args]] : [command, args];
}

// A generated server's file.
function executable(program) {
  return path.join(required('KRGEN_SERVERS'), isWindows ? `${program}.exe` : program);
}

// The path of one of this machine's files as the server knows it.
function serverPath(file) {
  return isWine ? 'Z:' + file.replaceAll('/', '\\') : file;
}

// What the server calls its pipe: on Linux the socket that .NET uses for this name.
function endpoint(pipe) {
  if (isWindows) return { path: `\\\\.\\pipe\\${pipe}`, url: `npipe:////./pipe/${pipe}` };
  const folder = process.env.TMPDIR || '/tmp';
  const socket = `${folder}${folder.endsWith('/') ? '' : '/'}CoreFxPipe_${pipe}`;
  return { path: socket, url: `unix:${socket}` };
}

module.exports = {
  name, isWindows, source, patience, env, executable, serverPath, endpoint,
  program: viaWine,
  server: (program, args) => viaWine(executable(program), args),
  krgen: (args) => [required('KRGEN_EXECUTABLE'), args],
  nodeProgram: () => isWindows ? required('KRGEN_NODE_WINDOWS') : process.execPath,
  errandProgram: () => required('KRGEN_ERRAND'),
  errand: (args) => viaWine(required('KRGEN_ERRAND'), args),
  relay: (args) => viaWine(required('KRGEN_RELAY'), args),
  conform: (args) => viaWine(required('KRGEN_CONFORM'), args),
  hostile: (args) => viaWine(required('KRGEN_HOSTILE'), args.map(String)),
  startStop: (args) => viaWine(required('KRGEN_START_STOP'), args.map(String)),
  temporaryFolder: os.tmpdir(),
};
