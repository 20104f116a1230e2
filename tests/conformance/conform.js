'use strict';
// Every case of the tables, in every variant, against a server.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('../integration/lib/scenario');
const program = require('../integration/lib/program');
const world = require('../integration/lib/world');

const folder = path.join(__dirname, 'cases');

// Natively every cut is made. Sanitizers take three times as long, Wine milliseconds
// where the system itself takes microseconds: there only one in so many cuts is made,
// another one in each case.
const thin = { native: 1, asan: 3, windows: 24 }[world.name];
const options = ['--thin', String(thin)];

for (const name of fs.readdirSync(folder).sort()) {
  scenario(`${path.parse(name).name}: answered as the table says`, async (run) => {
    const server = await run.serve('conform', { args: ['--log', 'error'] });
    const table = world.serverPath(path.join(folder, name));
    const result = await program.run(world.conform([...options, server.path, table]));
    assert.equal(result.code, 0, result.text);
    console.log(`${name}: ${result.stdout.trim()}, ${Math.round(result.ms)} ms`);
  });
}
