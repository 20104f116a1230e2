'use strict';
// Request lines for the routes of a spec: "LINE METHOD PATH", LINE being that of the route
// in the spec. The values look like real ones: names of varied length, numbers.

const { parseTemplate } = require('../integration/lib/template');
const { findValue } = require('../integration/lib/values');
const { Random } = require('../integration/lib/random');

const LINES_MIN = 2000;
const PER_ROUTE = 4;
const ABSENT = null;
const SYLLABLES = ['al', 'ber', 'cat', 'dev', 'el', 'far', 'go', 'hub', 'in', 'jo', 'kin',
  'lab', 'mo', 'net', 'octo', 'pen', 'qui', 'ru', 'sky', 'tor', 'un', 'vex', 'wi', 'xen', 'yar',
  'zed'];

// The routes of a spec whose keys are "METHOD /template", one key in a line.
function readRoutes(text) {
  return text.split('\n').flatMap((line, i) => {
    const key = /^ {2}"?([A-Z,]+) (\/[^"]*?)"?:(?: |$)/.exec(line);
    if (!key) return [];
    const [, methods, template] = key;
    return [{ line: i + 1, method: methods.split(',')[0], template: parseTemplate(template) }];
  });
}

// A name such as octo-lab3. No constraint of a sibling takes it: it starts with a letter
// and has not the eight characters that codes have.
function makeName(random, literals) {
  let name = random.pick(SYLLABLES);
  for (let n = random.between(1, 5); n > 0; n -= 1)
    name += random.pick(['', '', '', '-', '.']) + random.pick(SYLLABLES);
  if (random.oneIn(4)) name += random.below(1000);
  return name.length === 8 || literals.has(name) ? makeName(random, literals) : name;
}

function makeGuid(random) {
  const digits = (n) => Array.from({ length: n }, () => random.below(16).toString(16)).join('');
  return [8, 4, 4, 4, 12].map(digits).join('-');
}

const VALUES = {
  int: (random) => String(random.between(1, 10 ** random.between(1, 9))),
  long: (random) => String(random.between(1, 10 ** random.between(1, 9))),
  guid: makeGuid,
  length: (random) => `${random.pick(SYLLABLES)}code12345678`.slice(0, 8),
};

function makeValue(random, parameter, literals) {
  const [first] = parameter.constraints;
  if (parameter.mayBeAbsent && random.oneIn(3)) return ABSENT;
  if (parameter.isCatchAll)
    return Array.from({ length: random.between(1, 3) }, () => makeName(random, literals)).join('/');
  if (!first) return makeName(random, literals);
  return VALUES[first.name] ? VALUES[first.name](random) : findValue(random, parameter);
}

function makePath({ segments }, random, literals) {
  let path = '';
  for (const [part] of segments) {
    const text = typeof part === 'string' ? part : makeValue(random, part, literals);
    if (text === ABSENT) break;
    path += `/${text}`;
  }
  return path;
}

// Lines in a shuffled order that is the same in every run.
function makeLines(specText) {
  const routes = readRoutes(specText);
  const random = new Random(1);
  const literals = new Set(routes.flatMap(({ template }) => template.segments.flat())
    .filter((part) => typeof part === 'string'));
  const each = Math.max(PER_ROUTE, Math.ceil(LINES_MIN / routes.length));
  const lines = routes.flatMap(({ line, method, template }) => Array.from(
    { length: each }, () => `${line} ${method} ${makePath(template, random, literals)}`));
  return { nRoutes: routes.length, lines: random.shuffle(lines) };
}

module.exports = { makeLines };
