'use strict';
// What a cross-compiler is needed for on the machine that runs krgen.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const demo = path.join(world.source, 'specs/demo.yaml');

scenario('both targets share a folder', async (run) => {
  for (const target of ['windows', 'native', 'windows']) {
    const result = await runProgram(
      world.krgen([demo, '-o', run.folder, '--target', target]));
    assert.equal(result.code, 0, result.text);
  }
  const head = (file, length) =>
    fs.readFileSync(path.join(run.folder, file)).subarray(0, length).toString('latin1');
  assert.equal(head('demo.exe', 2), 'MZ');
  assert.equal(head('demo', 4), '\x7fELF');
});
