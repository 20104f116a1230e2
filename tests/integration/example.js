'use strict';
// The example of specs/shop.yaml as its header shows it: a stub around the test suite of
// another program. The suite is run as it is, without one of its tests, and with one that
// fails.
//
//   node example.js STUB

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { before, after } = require('node:test');
const { scenario } = require('./lib/scenario');
const { requireNode, runStub } = require('./lib/stub');
const world = require('./lib/world');

const suite = 'specs/shop.test.mjs';
const [stub] = process.argv.slice(2);
requireNode();
let work; // a folder that looks like the top of this repository

before(() => {
  work = fs.mkdtempSync(path.join(world.temporaryFolder, 'krt.test.'));
  fs.mkdirSync(path.join(work, 'specs'));
  for (const file of ['specs/shop.yaml', suite])
    fs.copyFileSync(path.join(world.source, file), path.join(work, file));
});

after(() => fs.rmSync(work, { recursive: true, force: true }));

// Runs the suite in the stub; changed, if `change` is given.
function runSuite(change) {
  const text = fs.readFileSync(path.join(world.source, suite), 'utf8');
  const changed = change ? change(text) : text;
  if (change) assert.notEqual(changed, text);
  fs.writeFileSync(path.join(work, suite), changed);
  return runStub(stub, ['--unique', '--strict', '--junit', 'shop.xml'],
    [world.serverPath(world.nodeProgram()), '--test', suite], { folder: work });
}

// Where the spec says what it expects of the route.
function place(route) {
  const lines = fs.readFileSync(path.join(work, 'specs/shop.yaml'), 'utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith(`  ${route}:`));
  const index = lines.findIndex((line, i) => i >= start && line.includes('expect:'));
  assert.ok(start >= 0 && index >= 0, route);
  return `specs/shop.yaml:${index + 1}: ${route}: `;
}

function without(name) {
  return (text) => {
    const start = text.indexOf(`test('${name}'`);
    return text.slice(0, start) + text.slice(text.indexOf('});\n', start) + 4);
  };
}

function junit() {
  return fs.readFileSync(path.join(work, 'shop.xml'), 'utf8');
}

scenario('a suite that is right is green', async () => {
  const result = await runSuite();
  assert.equal(result.code, 0, result.text);
  assert.match(result.stderr, /4 expectations are met, no request was unexpected/);
  assert.match(result.stdout, /pass 3/, result.text);
  assert.match(junit(), /failures="0"/);
});

scenario('a call that is left out is red, and points into the spec', async () => {
  const result = await runSuite(without('an order is paid in the end'));
  assert.equal(result.code, 4, result.text);
  const line = `${place('GET /orders/{id:int}')}expected 1 or more calls, got 0`;
  assert.ok(result.stderr.includes(line), result.text);
  assert.ok(!junit().includes('failures="0"'), junit());
});

scenario('a call too many is red, and points into the spec', async () => {
  const result = await runSuite((text) => text.replaceAll('this.asked ??=', 'this.asked ='));
  assert.equal(result.code, 4, result.text);
  assert.ok(result.stderr.includes(`${place('GET /items')}expected 1 call, got 3`),
    result.text);
});

scenario('a request that no route takes is red', async () => {
  const result = await runSuite(
    (text) => text.replace("'/orders', { sku", "'/order', { sku"));
  assert.notEqual(result.code, 0, result.text);
  assert.match(result.stderr, /POST \/order\b/, result.text);
});

scenario('a suite that fails is red with its own code', async () => {
  const result = await runSuite((text) => text.replace("'paid')", "'lost')"));
  assert.equal(result.code, 1, result.text);
  assert.match(result.stdout, /fail 1/, result.text);
});
