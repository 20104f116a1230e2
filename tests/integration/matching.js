'use strict';
// The compiled matchers against a slow search that follows the definition of precedence:
// random specs, the C code that krgen and re2c make of them, random paths.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const WORDS = ['a', 'b', 'ab', 'abc', 'users', 'me', 'x-1', '~', "it's", '(o,k)'];
const SPECS = [{ routes: 3, paths: 500 }, { routes: 12, paths: 2000 },
  { routes: 40, paths: 4000 }, { routes: 200, paths: 8000 }, { routes: 700, paths: 8000 }];

const driver = `
#include "NAME-src/NAME.h"
#include <stdio.h>
#include <string.h>
int main(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        const unsigned char *path = (const unsigned char *)strchr(line, ' ') + 1;
        int method = NAME_find_method((const unsigned char *)line);
        printf("%d\\n", method < 0 ? -1 : krt_program.methods[method].match(path));
    }
    return 0;
}
`;

// A generator that gives the same numbers in every run (mulberry32).
function makeRandom(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const isParameter = (segment) => segment === '{}';

function makeRoutes(random, count) {
  const routes = [];
  const seen = new Set();
  for (let i = 0; i < 4 * count && routes.length < count; i += 1) {
    const segments = Array.from({ length: 1 + random(5) }, () => (
      random(3) === 0 ? '{}' : WORDS[random(WORDS.length)]));
    if (random(12) === 0) segments.push(''); // a trailing slash
    if (random(40) === 0) segments.splice(0, segments.length, ''); // the root
    const method = ['GET', 'GET', 'POST'][random(3)];
    const key = `${method} ${segments.join('/')}`;
    if (!seen.has(key)) routes.push({ method, segments });
    seen.add(key);
  }
  return routes;
}

function specText(name, routes) {
  const lines = routes.map(({ method, segments }) => {
    const template = segments.map((segment, i) => (isParameter(segment) ? `{p${i}}` : segment));
    return `  "${method} /${template.join('/')}": r`;
  });
  return `krgen: 1\nname: ${name}\npipe: krt.test\nroutes:\n${lines.join('\n')}\n`;
}

function fits(route, segments) {
  return route.segments.length === segments.length && route.segments.every(
    (segment, i) => (isParameter(segment) ? segments[i] !== '' : segment === segments[i]));
}

// Segment by segment from the left, a literal is more specific than a parameter.
function isBetter(a, b) {
  const i = a.segments.findIndex((segment, j) => isParameter(segment) !== isParameter(b.segments[j]));
  return i >= 0 && !isParameter(a.segments[i]);
}

function search(routes, method, segments) {
  let best = -1;
  routes.forEach((route, i) => {
    if (route.method !== method || !fits(route, segments)) return;
    if (best < 0 || isBetter(route, routes[best])) best = i;
  });
  return best;
}

// Half of the paths are made from a route, so that many match.
function makeRequest(random, routes) {
  const method = random(4) === 0 ? 'POST' : 'GET';
  const pick = () => [...WORDS, 'other', 'ab.c', '%41'][random(WORDS.length + 3)];
  let segments = Array.from({ length: 1 + random(6) }, pick);
  if (random(2) === 0) {
    segments = routes[random(routes.length)].segments.map(
      (segment) => (isParameter(segment) ? pick() : segment));
  }
  if (random(15) === 0) segments[random(segments.length)] = '';
  return { method, segments, end: ['', '?', '?a/b'][random(3)] };
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  assert.equal(result.status, 0, `${command} ${args.join(' ')}: ${result.error ?? result.stderr}`);
  return result.stdout;
}

function build(krgen, folder, name, routes) {
  const spec = path.join(folder, `${name}.yaml`);
  const sources = path.join(folder, `${name}-src`);
  fs.writeFileSync(spec, specText(name, routes));
  run(krgen, [spec, '-o', folder, '--no-build']);
  fs.writeFileSync(path.join(folder, `${name}.c`), driver.replaceAll('NAME', name));
  const files = fs.readdirSync(sources).filter((file) => file.endsWith('.c'));
  run('cc', ['-std=c11', '-O1', '-o', path.join(folder, name), path.join(folder, `${name}.c`),
    ...files.map((file) => path.join(sources, file))]);
  return path.join(folder, name);
}

function compare(krgen, folder, { routes: count, paths }) {
  const random = makeRandom(count);
  const routes = makeRoutes(random, count);
  const matcher = build(krgen, folder, `match_${count}`, routes);
  const requests = Array.from({ length: paths }, () => makeRequest(random, routes));
  const lines = requests.map(({ method, segments, end }) => `${method} /${segments.join('/')}${end} HTTP/1.1`);
  const found = run(matcher, [], { input: `${lines.join('\n')}\n` }).trim().split('\n').map(Number);
  const expected = requests.map(({ method, segments }) => search(routes, method, segments));
  assert.equal(found.length, expected.length);
  found.forEach((route, i) => assert.equal(route, expected[i],
    `${lines[i]}: got ${specOf(routes[route])}, expected ${specOf(routes[expected[i]])}`));
  const hits = expected.filter((route) => route >= 0).length;
  assert.ok(hits > paths / 4, 'too few paths match anything');
  console.log(`${routes.length} routes, ${paths} paths, ${hits} matched`);
}

function specOf(route) {
  return route ? `${route.method} /${route.segments.join('/')}` : 'nothing';
}

const [krgen, folder] = process.argv.slice(2);
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
SPECS.forEach((size) => compare(krgen, folder, size));
