'use strict';
// The generated sources of every spec compile without a warning, as a release is built.
//
//   node warnings.js COMPILER

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const compiler = process.argv[2];
const isForWindows = compiler.includes('mingw');
const flags = ['-std=c11', '-O3', '-DNDEBUG', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion',
  '-Werror', ...(isForWindows ? ['-DUNICODE', '-D_WIN32_WINNT=0x0602'] : [])];

const specs = ['specs', 'tests/golden', 'tests/integration'].flatMap((folder) => (
  fs.readdirSync(path.join(world.source, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => path.join(world.source, folder, name))));

// The C files in `folder` and in its folder of data for the compiler's system.
function sources(folder) {
  const foreign = isForWindows ? '_linux.c' : '_windows.c';
  const data = path.join(folder, 'data');
  return [folder, ...(fs.existsSync(data) ? [data] : [])].flatMap((one) => (
    fs.readdirSync(one)
      .filter((name) => name.endsWith('.c') && !name.endsWith(foreign))
      .map((name) => path.join(one, name))));
}

async function compile(run, files) {
  const args = [...flags, '-c', ...files];
  const result = await runProgram([compiler, args], { cwd: run.folder });
  assert.equal(result.code, 0, result.text);
  assert.equal(result.stderr, '', result.text);
}

scenario(`${compiler} has nothing to say`, async (run) => {
  assert.ok(specs.length >= 7, 'specs are missing');
  let runtime;
  for (const spec of specs) {
    const name = path.basename(spec, '.yaml');
    const generated = await runProgram(
      world.krgen([spec, '-o', run.folder, '--no-build']));
    assert.equal(generated.code, 0, generated.text);
    const folder = path.join(run.folder, `${name}-src`);
    runtime = path.join(folder, 'runtime');
    await compile(run, sources(folder));
  }
  await compile(run, sources(runtime)); // the same for every spec
});
