'use strict';
// The commands that compile nothing: check, explain and routes.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const demo = path.join(world.source, 'specs/demo.yaml');
const fifteen = path.join(world.source, 'tests/golden/formats/fifteen.yaml');
const krgen = (args, options) => runProgram(world.krgen(args), options);

function checkResult(result, code, stdout, stderr) {
  assert.equal(result.code, code, result.text);
  assert.equal(result.stdout, stdout, result.text);
  assert.equal(result.stderr, stderr, result.text);
}

const count = (text, pattern) => [...text.matchAll(pattern)].length;

scenario('check is silent about a spec that is right, and writes nothing', async (run) => {
  checkResult(await krgen(['check', demo], { cwd: run.folder }), 0, '', '');
  checkResult(await krgen(['check', demo, demo], { cwd: run.folder }), 0, '', '');
  const text = `name: piped\n${fs.readFileSync(demo, 'utf8')}`;
  checkResult(await krgen(['check', '-'], { cwd: run.folder, input: text }), 0, '', '');
  assert.deepEqual(fs.readdirSync(run.folder), []);
});

scenario('check tells fifteen faults as fifteen errors', async () => {
  const result = await krgen(['check', fifteen]);
  assert.equal(result.code, 1, result.text);
  const checks = [...result.stderr.matchAll(/^\S+: error: .* \[([a-z-]+)\]$/gm)]
    .map(([, check]) => check);
  assert.equal(checks.length, 15, result.text);
  assert.equal(new Set(checks).size, 15, result.text);
});

scenario('the worst of several specs decides', async (run) => {
  const missing = path.join(run.folder, 'missing.yaml');
  const bad = path.join(run.folder, 'bad.yaml');
  fs.writeFileSync(bad, 'krgen: 2\n');
  const result = await krgen(['check', demo, bad, fifteen]);
  assert.equal(result.code, 1, result.text);
  assert.equal(count(result.stderr, /: error: /g), 16, result.text);
  const worst = await krgen(['check', missing, bad]);
  assert.equal(worst.code, 3, worst.text);
  assert.ok(worst.stderr.includes('No such file'), worst.text);
  assert.ok(worst.stderr.includes(`${bad}:1:8: error: `), worst.text);
});

scenario('warnings are told and do no harm, unless they are errors', async (run) => {
  const wide = path.join(run.folder, 'wide.yaml');
  fs.writeFileSync(wide, 'krgen: 1\npipe: demo\naccess: local-users\nroutes:\n  GET /: hi\n');
  const place = `${wide}:3:9: `;
  const told = await krgen(['check', wide]);
  assert.equal(told.code, 0, told.text);
  assert.ok(told.stderr.startsWith(`${place}warning: `), told.text);
  const compiled = await krgen([wide, '-o', run.folder, '--no-build']);
  checkResult(compiled, 0, '', told.stderr);
  assert.ok(fs.existsSync(path.join(run.folder, 'wide-src/wide.c')));
  const [json] = JSON.parse((await krgen(['check', wide, '--error-format', 'json'])).stdout);
  assert.equal(json.severity, 'warning');
  assert.equal(json.check, 'access-wide');
  const listed = await krgen(['routes', wide, '--error-format', 'github-actions']);
  assert.equal(listed.code, 0, listed.text);
  assert.ok(!listed.text.includes('::warning'), listed.text);

  const out = path.join(run.folder, 'strict');
  for (const args of [['check', wide], [wide, '-o', out], ['routes', wide]]) {
    const strict = await krgen([...args, '--werror']);
    checkResult(strict, 1, '', told.stderr.replace('warning', 'error'));
  }
  assert.ok(!fs.existsSync(out), 'something was written');
  checkResult(await krgen(['check', demo, '--werror']), 0, '', '');
});

scenario('json is one array for all specs', async (run) => {
  const format = ['--error-format', 'json'];
  checkResult(await krgen(['check', demo, ...format]), 0, '[]\n', '');
  const bad = path.join(run.folder, 'bad "1".yaml');
  fs.writeFileSync(bad, 'krgen: 2\n');
  const result = await krgen(['check', bad, demo, '--error-format=json', fifteen]);
  assert.equal(result.code, 1, result.text);
  assert.equal(result.stderr, '', result.text);
  const errors = JSON.parse(result.stdout);
  assert.equal(errors.length, 16, result.text);
  assert.deepEqual(errors[0], {
    file: bad, line: 1, column: 8, endLine: 1, endColumn: 9,
    severity: 'error', check: 'language-version',
    message: 'this krgen does not know language version 2', hint: 'write krgen: 1',
    notes: [],
  });
  const out = path.join(run.folder, 'out');
  const compiled = await krgen([bad, '-o', out, ...format]);
  assert.equal(compiled.code, 1, compiled.text);
  assert.deepEqual(JSON.parse(compiled.stdout), [errors[0]]);
  assert.ok(!fs.existsSync(out), 'something was written');
  const input = await krgen(['check', '-', ...format], { input: 'krgen: 2\n' });
  assert.equal(JSON.parse(input.stdout)[0].file, '<stdin>', input.text);
});

scenario('annotations follow the text in a workflow', async (run) => {
  const bad = path.join(run.folder, 'bad.yaml');
  fs.writeFileSync(bad, 'krgen: 1\npipe: demo\nroutes:\n  GET /: { txt: 50% }\n');
  const plain = await krgen(['check', bad], { env: { GITHUB_ACTIONS: 'false' } });
  const command = `::error file=${bad.replaceAll(':', '%3A').replaceAll(',', '%2C')},` +
    "line=4,col=12,endColumn=15,title=unknown-key::unknown key 'txt'%0A" +
    "did you mean 'text'?\n";
  const env = { GITHUB_ACTIONS: 'true' };
  checkResult(await krgen(['check', bad], { env }), 1, '', plain.stderr + command);
  checkResult(await krgen(['check', demo], { env }), 0, '', '');
  checkResult(await krgen(['check', bad, '--error-format', 'github-actions']), 1,
    command, '');
  const json = await krgen(['check', bad, '--error-format', 'json'], { env });
  assert.equal(JSON.parse(json.stdout).length, 1, json.text);
  assert.equal(json.stderr, '', json.text);
});

// ---- explain ----

// The examples of a section: a list of texts for each of Wrong and Right.
function readExamples(section) {
  const examples = { Wrong: [], Right: [] };
  let list;
  for (const line of section.split('\n')) {
    const heading = /^(Wrong|Right):$/.exec(line);
    if (heading) (list = examples[heading[1]]).push('');
    else if (list && line.startsWith('    '))
      list[list.length - 1] += `${line.slice(4)}\n`;
  }
  return examples;
}

// An example shows the lines that matter; the rest of the spec is added.
function complete(example) {
  let text = example;
  for (const [key, line] of Object.entries({
    routes: 'routes: { GET /hello: Hello }', handlers: 'handlers: handlers.c', pipe: 'pipe: demo',
    krgen: 'krgen: 1',
  })) {
    if (!new RegExp(`^${key}:`, 'm').test(text)) text = `${line}\n${text}`;
  }
  return text;
}

async function findChecks(run, example) {
  const spec = path.join(run.folder, 'example.yaml');
  fs.writeFileSync(spec, complete(example));
  const result = await krgen(['check', spec, '--error-format', 'json']);
  return JSON.parse(result.stdout).map(({ check }) => check);
}

scenario('explain has a section for each check, and its examples are true', async (run) => {
  const list = await krgen(['explain']);
  checkResult(list, 0, list.stdout, '');
  const names = list.stdout.trimEnd().split('\n').map((line) => line.split(' ')[0]);
  assert.ok(names.length > 40, list.text);
  fs.mkdirSync(path.join(run.folder, 'site'));
  for (const file of ['site/index.html', 'handlers.c', 'users.c', 'log.c'])
    fs.writeFileSync(path.join(run.folder, file), '');
  for (const name of names) {
    const section = await krgen(['explain', name]);
    assert.equal(section.code, 0, section.text);
    assert.ok(section.stdout.startsWith(`${name}\n\n`), section.text);
    const { Wrong, Right } = readExamples(section.stdout);
    for (const example of Wrong)
      assert.deepEqual(await findChecks(run, example), [name], example);
    for (const example of Right)
      assert.deepEqual(await findChecks(run, example), [], example);
  }
});

// ---- routes ----

scenario('routes lists a spec, or tells its errors', async () => {
  const people = path.join(world.source, 'specs/people.yaml');
  const result = await krgen(['routes', people, '--error-format', 'json']);
  checkResult(result, 0, result.stdout, '');
  const lines = result.stdout.trimEnd().split('\n');
  assert.ok(lines.some((line) => /^1\.1 +GET +\/people\/me +\/people\/me /.test(line)),
    result.text);
  const faulty = await krgen(['routes', fifteen]);
  assert.equal(faulty.code, 1, faulty.text);
  assert.equal(faulty.stdout, '', faulty.text);
  assert.equal(count(faulty.stderr, /: error: /g), 15, faulty.text);
});
