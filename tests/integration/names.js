'use strict';
// No handler is called as something else in its server: as what that imports from the
// system, or as a variable of its generated code.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

async function imports(program) {
  const result = await runProgram(['nm', ['-uD', world.executable(program)]]);
  assert.equal(result.code, 0, result.text);
  return result.stdout.split('\n').map((line) => line.trim().split(' ').pop().split('@')[0]);
}

// The variables of the goldens' NAME.c, at the start of a line.
function variables() {
  const folder = path.join(world.source, 'tests/golden/expected');
  return fs.readdirSync(folder).flatMap((name) => {
    const text = fs.readFileSync(path.join(folder, name, `${name}.c`), 'utf8');
    return [...text.matchAll(/^static [^(\n]*?\b(\w+)(?:\[.*\])?(?: = |;)/gm)]
      .map((match) => match[1])
      .filter((variable) => !variable.startsWith(`${name}_`)); // these give way
  });
}

async function expectRefused(run, name) {
  const spec = path.join(run.folder, `${name}.yaml`);
  fs.writeFileSync(spec, 'krgen: 1\npipe: t\nhandlers: t.c\nroutes:\n'
    + `  GET /: { handler: ${name} }\n`);
  const result = await runProgram(world.krgen(['check', spec]));
  assert.match(result.stderr, /\[handler-name\]/, `'${name}' is no name for a handler`);
}

scenario('names that a server has already are refused', async (run) => {
  const taken = [...await imports('typed'), ...await imports('users'), ...variables()];
  const names = [...new Set(taken)].filter((name) => /^[A-Za-z]\w{0,47}$/.test(name));
  assert.ok(names.includes('redacted') && names.includes('malloc'), names.join(' '));
  for (const name of names) await expectRefused(run, name);
});
