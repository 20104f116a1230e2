'use strict';
// The compiled matchers against the reference (lib/reference.js): random sets of routes,
// the C code that krgen and re2c make of them, random paths; the route and the values of
// its parameters must agree. What krgen refuses is checked against the reference too.
//
//   node matching.js KRGEN FOLDER [--seed N] [--sets N] [--routes N] [--paths N]
//
// Set i of a run has the seed N + i, so `--seed S --sets 1 --routes R` repeats one.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const { MatcherDriver, parallel } = require('./lib/matcher_driver');
const { Random } = require('./lib/random');
const { compareRoutes, match, readRoute, searchAll } = require('./lib/reference');
const { decode } = require('./lib/template');
const { FIRST_LINE, makePath, makeSet, pathFor, specText } = require('./lib/route_sets');

const BATCH = 20; // sets for one run of krgen
const LARGE = [100, 200, 400, 700]; // routes of sets that are divided into several functions
const ROUNDS_MAX = 100; // in which krgen may refuse routes of a set
const TRIES = 200; // paths that must not contradict a refusal
const FAILURES_MAX = 10;

const run = promisify(execFile);

function readArguments([krgen, folder, ...rest]) {
  const options = { krgen, folder, seed: 1, sets: 300, paths: 120 };
  for (let i = 0; i < rest.length; i += 2) {
    assert.match(rest[i], /^--(seed|sets|routes|paths)$/);
    options[rest[i].slice(2)] = Number(rest[i + 1]);
  }
  assert.ok(folder, 'usage: node matching.js KRGEN FOLDER [--seed N] [--sets N]...');
  return options;
}

// ---- Sets ----

function chooseSets({ seed, sets, routes }) {
  const small = Array.from({ length: sets }, (_, i) => makeSet(
    seed + i, routes ?? new Random(seed + i).between(2, 20)));
  if (routes !== undefined) return small;
  return [...LARGE.map((count, i) => makeSet(seed + sets + i, count)), ...small];
}

const read = (set) => set.routes.map((route) => readRoute(route, set.trailingSlash));

const describe = (set, text) => `${text}\nin set ${set.seed}:\n${specText(set)}`;

// ---- What krgen refuses ----

function findRoute(set, method, template) {
  const found = read(set).find((route) => (
    route.methods.includes(method) && route.template.text === template));
  assert.ok(found, describe(set, `a message names '${method} ${template}'`));
  return found;
}

function checkAmbiguous(set, message) {
  const parsed = /^'(\S+) (.*)' and '(\S+) (.*)' both match (\S+)$/.exec(message);
  assert.ok(parsed, message);
  const [, method, first, , second, example] = parsed;
  const pair = [first, second].map((template) => findRoute(set, method, template));
  const matched = decode(example);
  for (const route of pair)
    assert.ok(match(route, matched, set),
      describe(set, `${route.template.text} takes no ${matched}: ${message}`));
  assert.equal(compareRoutes(...pair, method), 0, describe(set, message));
}

function checkDuplicate(set, message, random) {
  const parsed = /^'(\S+) (.*)' matches the same requests as '(\S+) (.*)'$/.exec(message);
  assert.ok(parsed, message);
  const [, method, first, , second] = parsed;
  const pair = [first, second].map((template) => findRoute(set, method, template));
  assert.equal(compareRoutes(...pair, method), 0, describe(set, message));
  for (let i = 0; i < TRIES; i += 1) {
    const tried = makePath(random, set, pair);
    const [a, b] = pair.map((route) => match(route, tried, set) !== null);
    assert.equal(a, b, describe(set, `${tried}: ${message}`));
  }
}

// Requests lose their dot segments before they are matched.
const hasDotSegment = (tried) => tried.split('/').some((segment) => ['.', '..'].includes(segment));

function checkUnreachable(set, message, random) {
  const parsed = /^'(\S+) (.*)' never matches: other routes take all its paths$/.exec(message);
  assert.ok(parsed, message);
  const [, method, template] = parsed;
  const routes = read(set);
  const lost = routes.find(
    (route) => route.methods.includes(method) && route.template.text === template);
  for (let i = 0; i < TRIES; i += 1) {
    const tried = pathFor(lost, random, set);
    if (hasDotSegment(tried) || !match(lost, tried, set)) continue;
    const [best] = searchAll(routes, method, tried, set);
    assert.notEqual(best.route, lost, describe(set, `${tried} is a path for ${message}`));
  }
}

const REFUSALS = {
  'ambiguous-route': checkAmbiguous,
  'duplicate-route': checkDuplicate,
  'unreachable-route': checkUnreachable,
  'too-complex': () => {},
};

// Checks a message and names the line whose route goes.
function judge(set, line, message, random, refused) {
  const [, text, check] = /^(.*) \[([\w-]+)\]$/.exec(message);
  assert.ok(REFUSALS[check], describe(set, `line ${line}: ${message}`));
  REFUSALS[check](set, text, random);
  refused[check] = (refused[check] ?? 0) + 1;
}

const specFile = (folder, set) => path.join(folder, `${set.name}.yaml`);

const LIMITS = { maxBuffer: 1 << 28, timeout: 120000 };

async function messagesOf(krgen, files) {
  try {
    await run(krgen, ['check', ...files], LIMITS);
    return '';
  } catch (error) {
    assert.equal(error.code, 1, error.stderr || String(error));
    return error.stderr;
  }
}

function refuse(set, messages, refused) {
  const random = new Random(set.seed);
  const lines = new Set();
  for (const [, line, message] of messages.matchAll(/^.*?\.yaml:(\d+):\d+: error: (.*)$/gm)) {
    judge(set, Number(line), message, random, refused);
    lines.add(Number(line));
  }
  assert.ok(lines.size > 0, messages);
  set.routes = set.routes.filter((_, i) => !lines.has(FIRST_LINE + i));
}

// Removes routes until krgen accepts all sets. Each set's messages are told by its file.
async function settle(options, sets, refused) {
  let pending = sets;
  for (let round = 0; pending.length > 0; round += 1) {
    assert.ok(round < ROUNDS_MAX, 'krgen refuses route after route');
    for (const set of pending) fs.writeFileSync(specFile(options.folder, set), specText(set));
    const fileOf = (set) => specFile(options.folder, set);
    const messages = await messagesOf(options.krgen, pending.map(fileOf));
    const own = (set) => messages.split('\n').filter((line) => line.startsWith(fileOf(set)));
    pending = pending.filter((set) => own(set).some((line) => / error: /.test(line)));
    for (const set of pending) refuse(set, own(set).join('\n'), refused);
    assert.equal(pending.length === 0, messages === '', messages);
  }
}

// What krgen has accepted it can compile, and the C compiler too. Gives a failure or null.
async function compile(options, driver, sets) {
  const files = sets.map((set) => specFile(options.folder, set));
  try {
    await run(options.krgen, [...files, '-o', options.folder, '--no-build'], LIMITS);
    for (const set of sets) await driver.compile(set.name);
    return null;
  } catch (error) {
    return error.stderr || String(error);
  }
}

async function generate(options, driver, sets, refused, failures) {
  await settle(options, sets, refused);
  if (await compile(options, driver, sets) === null) return;
  for (const set of sets) {
    const failure = await compile(options, driver, [set]);
    if (failure) failures.push(describe(set, failure));
  }
}

// ---- Requests ----

function makeRequests(set, paths) {
  const random = new Random(set.seed);
  const routes = read(set);
  const used = new Set(routes.flatMap((route) => route.methods));
  if (used.has('GET')) used.add('HEAD');
  return Array.from({ length: paths }, () => makePath(random, set, routes)).flatMap(
    (tried) => random.shuffle([...used]).slice(0, 2)
      .map((method) => ({ set, routes, method, path: tried })));
}

const describeFound = ({ route, values }) =>
  (route < 0 ? 'nothing' : `route ${route} with ${JSON.stringify(values)}`);

// A value's place in bytes, as the driver tells it.
function placeOf(value, text) {
  if (value === null) return '-';
  return `${Buffer.byteLength(text.slice(0, value.start))}:${Buffer.byteLength(value.text)}`;
}

function expectedOf({ set, routes, method, path: text }) {
  const [best, next] = searchAll(routes, method, text, set);
  if (!best) return { route: -1, values: [] };
  if (next && compareRoutes(best.route, next.route, method) === 0)
    throw new Error(describe(set, `krgen accepts '${best.route.template.text}' and ` +
      `'${next.route.template.text}', but ${method} ${JSON.stringify(text)} fits both`));
  return {
    route: routes.indexOf(best.route),
    values: best.values.map((value) => placeOf(value, text)),
  };
}

function compare(request, found) {
  const expected = expectedOf(request);
  if (describeFound(expected) === describeFound(found)) return { isHit: expected.route >= 0 };
  const { set, method, path: text } = request;
  const nameOf = (route) => (route < 0 ? '' : ` (${set.routes[route].key})`);
  return {
    failure: `seed ${set.seed}: ${method} ${JSON.stringify(text)}\n` +
      `  expected ${describeFound(expected)}${nameOf(expected.route)}\n` +
      `  but got  ${describeFound(found)}${nameOf(found.route)}\n` +
      `  ignore-case: ${set.ignoreCase}, trailing-slash: ${set.trailingSlash}`,
  };
}

async function main() {
  const options = readArguments(process.argv.slice(2));
  fs.rmSync(options.folder, { recursive: true, force: true });
  fs.mkdirSync(options.folder, { recursive: true });
  const sets = chooseSets(options);
  console.log(`seeds ${options.seed} to ${options.seed + sets.length - 1}`);

  const refused = {};
  const failures = [];
  const driver = new MatcherDriver(options.folder);
  const batches = [];
  // The large ones, which come first, get a run of their own.
  const n = sets.findIndex((set) => !set.isLarge);
  for (let i = 0; i < sets.length; i += i < n ? 1 : BATCH)
    batches.push(sets.slice(i, i + (i < n ? 1 : BATCH)));
  await parallel(batches, os.availableParallelism?.() ?? os.cpus().length,
    (batch) => generate(options, driver, batch, refused, failures));
  const routes = sets.reduce((sum, set) => sum + set.routes.length, 0);
  console.log(`${sets.length} sets, ${routes} routes; refused: ${JSON.stringify(refused)}`);

  const compiled = sets.filter((set) => driver.names.has(set.name));
  const requests = compiled.flatMap((set) => makeRequests(
    set, options.paths * (set.isLarge ? 20 : 1)));
  const found = await driver.run(requests);
  const results = requests.map((request, i) => compare(request, found[i]));
  failures.push(...results.flatMap(({ failure }) => failure ?? []));
  const hits = results.filter(({ isHit }) => isHit).length;
  console.log(`${requests.length} requests, ${hits} matched, ${failures.length} failures`);
  assert.equal(failures.length, 0,
    failures.slice(0, FAILURES_MAX).join('\n'));
  assert.ok(hits > requests.length / 4, 'too few paths match anything');
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
