'use strict';
// Measures the generated matchers and what it takes to make them, and prints two tables:
//
//   node tests/bench/run.js [--krgen FILE] [--specs LIST] [--folder DIR] [--seconds S] [--smoke]
//
// FILE is build/native/generator/krgen without --krgen. LIST names some of demo, github and
// numbers of routes for make_spec.js, joined by commas; without it all are measured. DIR
// takes what is made, S is how long each loop of bench_match.c runs. --smoke checks that
// everything works and measures next to nothing. Needs re2c, cmake, cc and size, and for
// the instructions perf or valgrind.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const { makeLines } = require('./lines');
const { makeSpec } = require('./make_spec');
const { countInstructions, printTable, readOptions } = require('./tools');

const root = path.resolve(__dirname, '../..');
const run = promisify(execFile);
const LIMITS = { maxBuffer: 1 << 28 };
const LOOPS = ['match', 'head', 'trie', 'bytes'];
const CFLAGS = ['-std=c11', '-O2', '-fno-jump-tables'];
const JOBS = 2;

const DEFAULTS = {
  krgen: process.env.KRGEN_EXECUTABLE ?? path.join(root, 'build/native/generator/krgen'),
  specs: 'demo,github,100,1000,10000',
  folder: path.join(os.tmpdir(), 'krgen-bench'),
  seconds: 1,
};

const secondsSince = (start) => Number(process.hrtime.bigint() - start) / 1e9;

async function timed(work) {
  const start = process.hrtime.bigint();
  await work();
  return secondsSince(start);
}

// ---- Making ----

function specOf(name) {
  if (/^\d+$/.test(name)) return { program: `api${name}`, text: makeSpec(Number(name)) };
  return { program: name, text: fs.readFileSync(path.join(root, 'specs', `${name}.yaml`), 'utf8') };
}

// A re2c that notes how long it took.
function makeRe2c(folder) {
  const bin = path.join(folder, 'bin');
  const log = path.join(folder, 're2c.log');
  fs.mkdirSync(bin);
  fs.writeFileSync(log, '');
  fs.writeFileSync(path.join(bin, 're2c'), `#!/bin/sh
PATH=\${PATH#*:}
start=$(date +%s%N)
re2c "$@"
code=$?
echo $(($(date +%s%N) - start)) >>'${log}'
exit $code
`, { mode: 0o755 });
  const total = () => fs.readFileSync(log, 'utf8').split('\n')
    .reduce((sum, ns) => sum + Number(ns), 0) / 1e9;
  return { env: { ...process.env, PATH: `${bin}:${process.env.PATH}` }, total };
}

// What the compiler took, by the shell's word: "1m2.5s 0m0.1s" for its children.
function cpuSeconds(times) {
  const words = times.trim().split('\n').at(-1).split(' ');
  return words.reduce((sum, word) => {
    const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(word);
    return sum + 60 * Number(minutes) + Number(seconds);
  }, 0);
}

async function compile(sources, files) {
  const left = [...files];
  let cpu = 0;
  const work = async () => {
    for (let file = left.shift(); file; file = left.shift()) {
      const { stdout } = await run('sh', ['-c', `cc ${CFLAGS.join(' ')} -c ${file} && times`],
        { cwd: sources, ...LIMITS });
      cpu += cpuSeconds(stdout);
    }
  };
  const wall = await timed(() => Promise.all(Array.from({ length: JOBS }, work)));
  return { cpu, wall };
}

// Bytes of the sections of a kind in the matchers' objects.
async function sizeOf(sources, objects, kind) {
  const { stdout } = await run('size', ['-A', ...objects], { cwd: sources, ...LIMITS });
  const rows = stdout.matchAll(new RegExp(`^\\.${kind}\\S*\\s+(\\d+)`, 'gm'));
  return [...rows].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

async function make(options, folder, program, spec) {
  const re2c = makeRe2c(folder);
  const out = path.join(folder, 'sources');
  const generate = await timed(() => run(options.krgen, [spec, '-o', out, '--no-build'],
    { env: re2c.env, ...LIMITS }));
  const sources = path.join(out, `${program}-src`);
  const names = fs.readdirSync(sources).filter((file) => file.endsWith('.c'));
  const cc = await compile(sources, names);
  const matchers = names.filter((name) => name.startsWith('routes'))
    .map((name) => name.replace(/c$/, 'o'));
  const text = await sizeOf(sources, matchers, 'text');
  const data = await sizeOf(sources, matchers, 'rodata');
  const all = options.isSmoke ? null : await timed(
    () => run(options.krgen, [spec, '-o', path.join(folder, 'executable')], LIMITS));
  return { sources, generate, re2c: re2c.total(), cc, text, data, all, nFiles: names.length };
}

async function linkBench(folder, sources) {
  const executable = path.join(folder, 'bench_match');
  const own = ['bench_match.c', 'trie.c'].map((file) => path.join(__dirname, file));
  const objects = fs.readdirSync(sources).filter((file) => file.endsWith('.o'));
  const runtime = path.join(sources, 'runtime');
  const parts = ['head.c', 'automaton.c'].map((file) => path.join(runtime, file));
  await run('cc', [...CFLAGS, '-g', '-I', runtime, '-o', executable, ...own, ...parts, ...objects],
    { cwd: sources, ...LIMITS });
  return executable;
}

// ---- Measuring ----

async function nanoseconds(options, bench, lines) {
  const { stdout } = await run(bench, [lines, 'time', String(options.seconds)], LIMITS);
  return Object.fromEntries(stdout.trim().split('\n').map((row) => row.split(' ')));
}

function instructions(options, bench, lines, nLines) {
  if (options.isSmoke) return {};
  const counts = {};
  for (const loop of LOOPS) {
    const count = countInstructions([bench, lines, 'once', loop]);
    counts[loop] = count > 0 ? (count / nLines).toFixed(0) : '-';
  }
  return counts;
}

async function measure(options, name) {
  const folder = path.join(options.folder, name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const { program, text } = specOf(name);
  const spec = path.join(folder, `${program}.yaml`);
  fs.writeFileSync(spec, text);
  const made = await make(options, folder, program, spec);
  const { nRoutes, lines } = makeLines(text);
  const file = path.join(folder, 'lines');
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  const bench = await linkBench(folder, made.sources);
  const ns = await nanoseconds(options, bench, file);
  const count = instructions(options, bench, file, lines.length);
  return { name, nRoutes, made, ns, count, nLines: lines.length };
}

// ---- Tables ----

const seconds = (value) => (value === null ? '-' : value.toFixed(2));
const kib = (bytes) => (bytes / 1024).toFixed(1);

function printResults(results) {
  printTable(
    `Making, in seconds. re2c is part of krgen; cc, with ${CFLAGS.join(' ')}, is CPU time and\n` +
    `the time with ${JOBS} at once; all is the way from the spec to the executable. The code and\n` +
    'the constants of the matchers are in KiB.',
    ['spec', 'routes', 'krgen', 're2c', 'cc CPU', `cc -j${JOBS}`, 'all', 'files', 'code',
      'rodata'],
    results.map(({ name, nRoutes, made }) => [
      name, nRoutes, seconds(made.generate), seconds(made.re2c), seconds(made.cc.cpu),
      seconds(made.cc.wall), seconds(made.all), made.nFiles, kib(made.text), kib(made.data)]));
  printTable(
    'Matching, in nanoseconds and instructions for each request line. match: method, route\n' +
    'and values; head: the same behind the lexer of request heads; trie: a search at run\n' +
    'time instead; bytes: a hash over the line.',
    ['spec', 'lines', ...LOOPS.map((loop) => `${loop} ns`), ...LOOPS.map((loop) => `${loop} i`)],
    results.map(({ name, nLines, ns, count }) => [
      name, nLines, ...LOOPS.map((loop) => (loop in ns ? Number(ns[loop]).toFixed(1) : '-')),
      ...LOOPS.map((loop) => count[loop] ?? '-')]));
}

async function main() {
  const options = readOptions(DEFAULTS, process.argv.slice(2), __filename);
  const results = [];
  for (const name of options.specs.split(',')) {
    console.error(`${name}...`);
    const start = process.hrtime.bigint();
    results.push(await measure(options, name));
    console.error(`${name}: ${secondsSince(start).toFixed(0)} s`);
  }
  printResults(results);
}

main().catch((error) => {
  console.error(error.stderr ? `${error.message}\n${error.stderr}` : error);
  process.exitCode = 1;
});
