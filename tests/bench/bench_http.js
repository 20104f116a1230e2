'use strict';
// Measures the HTTP core of the GitHub spec's server, from memory to memory, and prints a
// table. Its inputs `fixed` and `made` show what an answer with expressions costs beside the
// same one without:
//
//   node tests/bench/bench_http.js [--picohttpparser DIR] [--krgen FILE] [--folder DIR]
//     [--seconds S] [--smoke]
//
// DIR has picohttpparser.c and picohttpparser.h, the yardstick, which is no part of this
// project: h2o's source package brings it, as does github.com/h2o/picohttpparser. Without
// it its columns are empty. FILE is build/native/generator/krgen without --krgen; --folder
// takes what is made; S is how long bench_http.c runs. --smoke checks that everything works
// and measures next to nothing. Needs re2c and cc, and for the instructions perf or valgrind,
// which cannot run all of SSE4.2 and leaves that column empty.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { countInstructions, printTable, readOptions } = require('./tools');

const root = path.resolve(__dirname, '../..');
const CFLAGS = ['-std=c11', '-O2', '-g'];
const ROUNDS = 4;
const DEFAULTS = {
  picohttpparser: '',
  krgen: process.env.KRGEN_EXECUTABLE ?? path.join(root, 'build/native/generator/krgen'),
  folder: path.join(os.tmpdir(), 'krgen-bench-http'),
  seconds: 8,
};

// The same JSON, fixed at generation and made for each request.
const json = (owner, id) =>
  `{ id: ${id}, owner: ${owner}, title: Found a bug, state: open, labels: [bug], locked: false }`;
const answers = `
  GET /fixed/{owner}/{id:int}:
    json: ${json('octo-org', 1347)}
  GET /made/{owner}/{id:int}:
    json: ${json('"{{path.owner}}"', '"{{path.id}}"')}
`;

// ---- Making ----

function generate(options) {
  const out = path.join(options.folder, 'sources');
  const spec = path.join(options.folder, 'github.yaml');
  fs.rmSync(options.folder, { recursive: true, force: true });
  fs.mkdirSync(options.folder, { recursive: true });
  fs.writeFileSync(spec, fs.readFileSync(path.join(root, 'specs/github.yaml'), 'utf8') + answers);
  execFileSync(options.krgen, [spec, '-o', out, '--no-build']);
  return path.join(out, 'github-src');
}

const cFiles = (folder) => fs.readdirSync(folder).filter((file) => file.endsWith('.c'))
  .map((file) => path.join(folder, file));

// What needs no system: the matchers and the runtime's core, a library each, as files of
// both may have the same name. The linker takes what is used.
function makeLibraries(options, sources) {
  const runtime = path.join(sources, 'runtime');
  const libraries = [sources, runtime].map((folder) => {
    const files = cFiles(folder).filter((file) => !/(_windows|_linux)\.c$/.test(file));
    const objects = path.join(options.folder, path.basename(folder));
    const library = `${objects}.a`;
    fs.mkdirSync(objects);
    execFileSync('cc', [...CFLAGS, '-I', runtime, '-c', ...files], { cwd: objects });
    execFileSync('ar', ['rcs', library,
      ...fs.readdirSync(objects).map((file) => path.join(objects, file))]);
    return library;
  });
  return { runtime, libraries };
}

// A bench with a yardstick, the files of which are compiled with flags of their own.
function makeBench(options, { runtime, libraries }, name, yardstick, flags) {
  const object = path.join(options.folder, `${name}.o`);
  const executable = path.join(options.folder, name);
  const objects = yardstick.map((file, i) => {
    const made = object.replace(/o$/, `${i}.o`);
    execFileSync('cc', [...CFLAGS, ...flags, '-c', '-o', made, file]);
    return made;
  });
  execFileSync('cc', [...CFLAGS, '-I', runtime, '-o', executable,
    path.join(__dirname, 'bench_http.c'), ...objects, ...libraries]);
  return executable;
}

// The first has all loops; of any other only the yardstick counts.
function makeBenches(options) {
  const core = makeLibraries(options, generate(options));
  const own = (file) => path.join(__dirname, file);
  const folder = options.picohttpparser;
  if (!folder) return [makeBench(options, core, 'bench', [own('yardstick_none.c')], [])];
  const pico = [own('yardstick_pico.c'), path.join(folder, 'picohttpparser.c')];
  const make = (name, flags) => makeBench(options, core, name, pico, ['-I', folder, ...flags]);
  return process.arch === 'x64' ? [make('bench', []), make('bench-sse4.2', ['-msse4.2'])]
    : [make('bench', [])];
}

// ---- Measuring ----

// What a bench prints, as { conn, clock, inputs: { NAME: BYTES }, ns: { "NAME LOOP": NS } }.
function readReport(text) {
  const report = { inputs: {}, ns: {} };
  for (const line of text.trim().split('\n')) {
    const words = line.split(' ');
    if (words[0] === 'loop') report.ns[`${words[1]} ${words[2]}`] = Number(words[3]);
    else if (words[0] === 'input') report.inputs[words[1]] = Number(words[2]);
    else report[words[0]] = Number(words[1]);
  }
  return report;
}

// The best of two reports of one bench.
function best(a, b) {
  if (!a) return b;
  const ns = Object.fromEntries(Object.entries(a.ns)
    .map(([key, value]) => [key, Math.min(value, b.ns[key])]));
  return { ...a, clock: Math.max(a.clock, b.clock), ns };
}

// The benches take turns, so that all have their share of quiet times.
function measure(benches, seconds) {
  const reports = benches.map(() => undefined);
  const turn = String(seconds / ROUNDS / benches.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    benches.forEach((bench, i) => {
      const text = execFileSync(bench, ['time', turn], { encoding: 'utf8' });
      reports[i] = best(reports[i], readReport(text));
    });
  }
  return reports;
}

// ---- The table ----

const LOOPS = ['core', 'parse', 'other', 'copy'];

function rowOf(options, benches, reports, input) {
  const [{ inputs, ns, clock }, sse] = reports;
  const figure = (value, digits) => (value > 0 ? value.toFixed(digits) : '-');
  const count = (bench, loop) => figure(options.isSmoke || !bench ? NaN
    : countInstructions([bench, 'once', input, loop]), 0);
  const time = (report, loop) => report?.ns[`${input} ${loop}`] ?? NaN;
  return [input, inputs[input],
    ...LOOPS.map((loop) => figure(time(reports[0], loop), 1)),
    figure(time(sse, 'other'), 1),
    ...['core', 'parse', 'other'].map((loop) => count(benches[0], loop)),
    count(benches[1], 'other'),
    figure(inputs[input] / (ns[`${input} core`] * clock), 2)];
}

function main() {
  const options = readOptions(DEFAULTS, process.argv.slice(2), __filename);
  const benches = makeBenches(options);
  const reports = measure(benches, options.seconds);
  const [{ conn, clock, inputs }] = reports;
  printTable(
    `The HTTP core with 203 routes, from memory to memory: nanoseconds (ns) and instructions\n` +
    '(i) for each input. core: the bytes are copied to a connection, parsed, framed, routed\n' +
    'and answered; parse: heads and chunks are parsed alone; pico: the same by\n' +
    'picohttpparser, as it is and with SSE4.2; copy: the copying that is part of core.\n' +
    'handled is small where a handler answers, which copies the body.\n' +
    `Bytes per cycle (B/c) are those of core, at ${clock.toFixed(2)} GHz. A connection has\n` +
    `${conn} bytes of memory.`,
    ['input', 'bytes', 'core ns', 'parse ns', 'pico ns', 'copy ns', 'pico4.2 ns', 'core i',
      'parse i', 'pico i', 'pico4.2 i', 'B/c'],
    Object.keys(inputs).map((input) => rowOf(options, benches, reports, input)));
}

main();
