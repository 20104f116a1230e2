'use strict';
// The schema that krgen prints: it is one, it accepts what krgen accepts, and it refuses
// what an editor can know to be wrong.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const SKIPPED = 77;
const golden = path.join(world.source, 'tests/golden');
const krgen = (args, options) => runProgram(world.krgen(args), options);

// The modules come from npm, so a machine without a network may lack them.
function load(name) {
  try {
    return require(name);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    console.log(`skipped: ${error.message.split('\n')[0]}`);
    process.exit(SKIPPED);
  }
}

const Ajv = load('ajv/dist/2020');
const YAML = load('yaml');

// Cases of errors of which each is also one to the schema.
const refused = [
  'access-conflict-1',
  'allow-3',
  'base64-1', 'body-conflict-1',
  'header-name-1', 'header-reserved-2',
  'header-value-1',
  'headers-size-2',
  'language-version-1', 'language-version-2', 'language-version-3', 'language-version-4',
  'language-version-5',
  'limit-1', 'limit-2', 'limit-3',
  'media-type-1',
  'method-1', 'method-2',
  'missing-key-1', 'missing-key-2', 'missing-key-3', 'missing-key-4',
  'no-routes-1', 'no-routes-2', 'no-routes-3',
  'not-supported-yet-1', 'not-supported-yet-2', 'not-supported-yet-3',
  ...Array.from({ length: 12 }, (_, i) => `pipe-name-${i + 1}`),
  'program-name-2', 'program-name-3', 'program-name-4', 'program-name-5',
  'program-name-6',
  'redirect-1', 'route-key-1', 'route-key-2',
  'route-template-1', 'route-template-2',
  'status-1',
  'unit-1', 'unit-2', 'unit-3', 'unit-4',
  'unknown-key-1', 'unknown-key-2', 'unknown-key-3', 'unknown-key-4', 'unknown-key-5',
  'unknown-key-6',
  'unknown-value-1', 'unknown-value-2', 'unknown-value-3', 'unknown-value-4',
  'unknown-value-5',
  'wrong-type-1', 'wrong-type-2', 'wrong-type-3', 'wrong-type-5', 'wrong-type-6',
  'wrong-type-7', 'wrong-type-8', 'wrong-type-9', 'wrong-type-10', 'wrong-type-11',
  'wrong-type-12', 'wrong-type-13', 'wrong-type-14', 'wrong-type-15',
];

// All that the language has, in ways that a schema could easily forbid by mistake.
const rich = `
$schema: krgen.schema.json
krgen: 1
name: true
pipe: 12
x-mine: [1, { a: ~ }]
match: { ignore-case: TRUE, trailing-slash: redirect, x-why: because }
date: False
access: { for: local-users, allow: [docker, S-1-5-32-544, "12"], x-why: because }
workers: 64
defaults: { headers: { X-A: 1 }, delay: 1s..1m, x-a: b }
unmatched: { status: 404, file: README.md, cache: immutable }
limits:
  { request-line: 100B, head: '300', fields: 1, body: 0KiB, connections: 10000, instances: 254,
    head-timeout: "10ms", body-timeout: 24h, idle: 90m, write-timeout: 86400s, drain: 0s, x-a: }
routes:
  GET /: ''
  GET ,  M-SEARCH,PUT   /a: 1.50
  GET /b/{id:int:range(1,99)}/{*rest}: true
  GET /c/{{x}}-{name}.{ext?}: { }
  'GET /d/{id:regex(^[a-z #?]{{2}}$)}': { status: 599, headers: { A: 010, B: true, x-C: no } }
  GET /größe/%20,;=:@!$&'()*+~._-: { html: <b>, x-note: ~ }
  GET /e: { json: }
  GET /f: { json: [1, ~, { a: [] }], $schema: here }
  GET /g: { type: text/csv; charset=utf-8, body: 7 }
  GET /h: { xml: <a/>, delay: 0 }
  GET /i: { base64: "aGk=\\n", type: image/png, delay: 1ms..1h }
  GET /j: { base64: 1234 }
  GET /k: { redirect: "https://[::1]/a?b=%20#c", status: 307 }
  GET /l: { file: README.md, type: a/b, cache: 90m, etag: false, gzip: False, download: ä (1).txt }
  GET /m/{*p}: { dir: specs/site, index: false, cache: no-store, download: true }
  GET /n/{*p}: { dir: specs/site/, index: index.html, cache: 0, download: false }
`;

// One limit at fault each.
const limitFaults = [
  'head: 8KB', 'head: 8 KiB', 'head: 08KiB', 'head: 255', 'head: 1.5', 'head: -1KiB', 'head: true',
  'head: ~', 'head: [1]', 'head: 1kib', 'body: -1', 'body: 1073741825', 'idle: 30', 'idle: 0',
  'idle: 0s', 'idle: 1d', 'idle: never', 'idle: ""', 'drain: 1', 'drain: -0s', 'fields: 1KiB',
  'fields: "5"', 'fields: 0', 'instances: 255', 'connections: 10001', 'timeout: 3s',
];

// Who is served, and by how many.
const accessFaults = [
  'access: everybody', 'access: ~', 'access: [user]', 'access: 1', 'access: { to: user }',
  'access: { for: all }', 'access: { for: ~ }', 'access: { for: user, sddl: "D:" }',
  'access: { sddl: ~ }', 'access: { sddl: [a] }', 'access: { allow: a }', 'access: { allow: [~] }',
  'access: { allow: [[a]] }',
  'workers: 0', 'workers: 65', 'workers: many', 'workers: "4"', 'workers: 1.5', 'workers: ~',
  'workers: [auto]',
];

// Words of which a spec has one.
const accessWords = [
  'access: user', 'access: admins', 'access: local-users', 'access: {}',
  'access: { sddl: "D:P", allow: [a] }', 'access: { allow: [] }', 'workers: auto', 'workers: 1',
];

// One fault each.
const faults = [
  ['a second body', 'GET /: { text: a, json: 1 }'],
  ['html and body', 'GET /: { html: a, body: b }'],
  ['json and body', 'GET /: { json: a, body: b }'],
  ['a type without body', 'GET /: { html: a, type: text/csv }'],
  ['no response', 'GET /:'],
  ['a list as response', 'GET /: [a]'],
  ['null as text', 'GET /: { text: ~ }'],
  ['a mapping as text', 'GET /: { text: { a: b } }'],
  ['a text as status', 'GET /: { status: "200" }'],
  ['a fraction as status', 'GET /: { status: 200.5 }'],
  ['an informational status', 'GET /: { status: 100 }'],
  ['a null header', 'GET /: { headers: { A: ~ } }'],
  ['a key that only items of a list have', 'GET /: { path: /b }'],
  ['a redirect with a body', 'GET /: { redirect: /a, text: b }'],
  ['a blank in a redirect', 'GET /: { redirect: /a b }'],
  ['stray characters in base64', 'GET /: { base64: a-b= }'],
  ['an absolute path', 'GET /: { file: /etc/motd }'],
  ['an index without a folder', 'GET /: { file: README.md, index: a }'],
  ['a type of a folder', 'GET /{*p}: { dir: specs, type: a/b }'],
  ['an age in milliseconds', 'GET /: { file: README.md, cache: 5ms }'],
  ['a delay without unit', 'GET /: { delay: 5 }'],
  ['half a range', 'GET /: { delay: 5s.. }'],
  ['a name with a folder', 'GET /: { file: README.md, download: a/b }'],
  ['no method', '/a: b'],
  ['a method in small letters', 'get /a: b'],
  ['a query', 'GET /a?b: c'],
  ['an open brace', 'GET /a{b: c'],
  ['an empty list of methods', '- { method: [], path: / }'],
  ['a missing path', '- { method: GET }'],
  ['a method that is a number', '- { method: 7, path: / }'],
  ['a path without slash', '- { method: GET, path: a }'],
];

async function loadSchema() {
  const result = await krgen(['schema']);
  assert.equal(result.code, 0, result.text);
  assert.equal(result.stderr, '', result.text);
  return JSON.parse(result.stdout);
}

async function compile() {
  const options = { allErrors: true, strictRequired: false, allowUnionTypes: true };
  return new Ajv(options).compile(await loadSchema());
}

const parse = (text) =>
  YAML.parse(text, { version: '1.2', merge: true, logLevel: 'error' });
const read = (file) => parse(fs.readFileSync(file, 'utf8'));
const specsIn = (folder) => fs.readdirSync(folder)
  .filter((name) => name.endsWith('.yaml')).map((name) => path.join(folder, name));

function checkGood(validate, spec, name) {
  assert.ok(validate(spec), `${name}: ${JSON.stringify(validate.errors, null, 2)}`);
}

scenario('the schema is one, and says what every key means', async () => {
  const schema = await loadSchema();
  const ajv = new Ajv();
  assert.ok(ajv.validateSchema(schema), ajv.errorsText());
  const nameless = [];
  const visit = (node, place) => {
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      if (value && !value.description) nameless.push(`${place}/${key}`);
      if (value) visit(value, `${place}/${key}`);
    }
    for (const value of Object.values(node.patternProperties ?? {})) visit(value, place);
    for (const value of node.anyOf ?? []) visit(value, place);
    if (node.items) visit(node.items, place);
  };
  visit(schema, '');
  assert.deepEqual(nameless, []);
});

scenario('good specs satisfy it', async () => {
  const validate = await compile();
  const files = [...specsIn(path.join(world.source, 'specs')), ...specsIn(golden),
    path.join(__dirname, 'shop.yaml')];
  assert.ok(files.length > 5);
  for (const file of files) checkGood(validate, read(file), file);
});

scenario('so does all that krgen accepts', async (run) => {
  checkGood(await compile(), parse(rich), 'rich');
  const result = await krgen(['-', '-o', run.folder, '--no-build'],
    { input: rich, cwd: world.source });
  assert.equal(result.code, 0, result.text);
});

scenario('so does each word for who is served', async () => {
  const validate = await compile();
  for (const line of accessWords) {
    const text = `krgen: 1\nname: t\npipe: t\n${line}\nroutes: { GET /: hi }\n`;
    checkGood(validate, parse(text), line);
    const result = await krgen(['check', '-'], { input: text });
    assert.equal(result.code, 0, `${line}: ${result.text}`);
  }
});

scenario('bad specs do not, where a schema can tell', async () => {
  const validate = await compile();
  for (const name of refused) {
    const spec = read(path.join(golden, 'errors', `${name}.yaml`));
    assert.ok(!validate(spec), `${name} is accepted`);
  }
});

scenario('each fault alone is enough', async () => {
  const validate = await compile();
  const all = [
    ...faults.map(([name, route]) => [name, `routes:\n  ${route}`]),
    ...limitFaults.map((limit) => [limit, `limits: { ${limit} }\nroutes: { GET /: hi }`]),
    ...accessFaults.map((line) => [line, `${line}\nroutes: { GET /: hi }`]),
  ];
  for (const [name, rest] of all) {
    const text = `krgen: 1\nname: t\npipe: t\n${rest}\n`;
    assert.ok(!validate(parse(text)), `${name} is accepted`);
    const result = await krgen(['-', '-o', '/dev/null'], { input: text, cwd: world.source });
    assert.equal(result.code, 1, `${name}: ${result.text}`);
  }
});
