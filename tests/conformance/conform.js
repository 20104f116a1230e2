'use strict';
// Every case of the tables, in every variant, against one server.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('../integration/lib/scenario');
const program = require('../integration/lib/program');
const world = require('../integration/lib/world');

const folder = path.join(__dirname, 'cases');
const tables = fs.readdirSync(folder).sort().map((name) => path.join(folder, name));

// Wine takes milliseconds where the system itself takes microseconds: there requests are
// cut at line ends and at each 16th byte only, which byte differs from case to case.
const options = world.isWindows ? ['--stride', '16'] : [];

scenario('every case is answered as the tables say', async (run) => {
  const server = await run.serve('conform', { args: ['--log', 'error'] });
  const result = await program.run(
    world.conform([...options, server.path, ...tables.map(world.serverPath)]));
  assert.equal(result.code, 0, result.text);
  console.log(result.stdout.trim(), `(${Math.round(result.ms)} ms)`);
});
