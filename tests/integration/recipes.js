'use strict';
// Runs the clients of specs/recipes.md that are said to be tried, in the stub, and reads
// what the recipes show of its command line.
//
//   node recipes.js STUB

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const { requireNode, runStub } = require('./lib/stub');
const world = require('./lib/world');

const [stub] = process.argv.slice(2);
requireNode();
const text = fs.readFileSync(path.join(world.source, 'specs/recipes.md'), 'utf8');

// The sections whose block has a file's name: { title, tried, file, block }.
const clients = text.split(/^### /m).slice(1).flatMap((section) => {
  const found = /^```\w+ (\S+)\n(.*?)^```/ms.exec(section);
  const [title, , mark] = section.split('\n');
  assert.match(mark, /^(Tried natively( and under Wine)?[.;]|Untried\.)/, title);
  assert.equal(found !== null, mark.startsWith('Tried'), `${title}: ${mark}`);
  return found ? [{ title, mark, file: found[1], block: found[2] }] : [];
});

const interpreters = {
  '.mjs': () => world.serverPath(world.nodeProgram()),
  '.sh': () => 'sh',
  '.py': () => 'python3',
};

// The command that runs a client's file. Wine has no sh: there a line is its own command.
function command({ file, block }) {
  const place = world.serverPath(file);
  if (!world.isWindows || !file.endsWith('.sh'))
    return [interpreters[path.extname(file)](), place];
  return block.trim().split(' ').map(
    (word) => word === '"$STUB"' ? world.serverPath(stub) : word);
}

for (const client of clients) {
  if (world.isWindows && !client.mark.includes('under Wine')) continue;
  scenario(`${client.title}: ${client.mark}`, async (run) => {
    const file = path.join(run.folder, client.file);
    fs.writeFileSync(file, client.block);
    const result = await runStub(stub, ['--unique', '--no-verify'],
      command({ ...client, file }), { folder: run.folder, env: { STUB: stub } });
    assert.equal(result.code, 0, result.text);
    assert.equal(JSON.parse(result.stdout)[0].sku, 'tea', result.text);
  });
}

scenario('the recipes use options that there are', async () => {
  const help = await runProgram(world.program(stub, ['--help']));
  const lines = [...text.matchAll(/build\/shop (--.*?) -- /g)];
  assert.ok(lines.length >= 4);
  for (const [line, options] of lines)
    for (const option of options.match(/--[a-z-]+/g))
      assert.ok(help.stdout.includes(`  ${option} `), line);
});
