'use strict';
// Random sets of routes that use the whole language, and random paths for them.

const { parseTemplate } = require('./template');
const { Random } = require('./random');
const { WORDS, INTEGERS, candidates, findValue } = require('./values');
const { makeRegex } = require('./random_regex');

const LITERALS = ['a', 'b', 'ab', 'abc', 'A', 'users', 'me', 'x-1', '~', "it's", '(o,k)', '{{a}}',
  'a}}b', 'é', 'É', '日本', '日', '😀', 'a%20b', '%41b', '%2Fa', '%C3%A9', '42', 'true', 'a.b', 'v1.2',
  '%3Fq', '%25', '100%25', '...', '*', '@:='];
const MIXING = ['.', '-', 'v', '_', 'a', '..', '{{', 'é', '%20', '1'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

const bound = (random) => random.weigh([
  [3, String(random.between(0, 120))],
  [2, String(-random.between(0, 1200))],
  [1, random.pick(['2147483647', '-2147483648', '9223372036854775807', '-9223372036854775808'])],
  [1, String(random.below(4000000000) * 1009)]]);

function twoBounds(random) {
  const [a, b] = [bound(random), bound(random)].map(BigInt);
  return a < b ? `${a},${b}` : `${b},${a}`;
}

function twoLengths(random) {
  const least = random.below(5);
  return `${least},${least + random.below(4)}`;
}

const oneOf = (random) => random.shuffle(['a', 'b', 'ab', 'me', 'True', 'é', 'x.y', '42', 'a-b'])
  .slice(0, random.between(1, 4)).join(',');

// Adds what it takes to the samples of `set`.
function makeRegexConstraint(random, set) {
  const { text, samples } = makeRegex(random);
  set.samples.set(text, samples);
  return `regex(${text})`;
}

const CONSTRAINTS = [
  ...['int', 'long', 'bool', 'decimal', 'double', 'guid', 'datetime', 'alpha', 'required', 'file',
    'nonfile', 'int'].map((name) => [2, () => name]),
  [2, (random) => `min(${bound(random)})`],
  [2, (random) => `max(${bound(random)})`],
  [4, (random) => `range(${twoBounds(random)})`],
  [2, (random) => `length(${random.between(1, 5)})`],
  [2, (random) => `length(${twoLengths(random)})`],
  [2, (random) => `minlength(${random.below(6)})`],
  [2, (random) => `maxlength(${random.between(1, 6)})`],
  [3, (random) => `oneof(${oneOf(random)})`],
  [8, makeRegexConstraint],
];
// Where case is ignored, a regex and oneof could hold for the same value in different cases.
const SECOND_CONSTRAINTS = CONSTRAINTS.slice(0, -2);

function makeConstraints(random, set) {
  if (random.oneIn(2)) return '';
  const first = random.weigh(CONSTRAINTS)(random, set);
  if (!random.oneIn(3)) return `:${first}`;
  return `:${first}:${random.weigh(SECOND_CONSTRAINTS)(random, set)}`;
}

// A parameter without its name, as [stars, what follows the name]. One that no value
// was found for is not used.
function makeParameter(random, set, { isCatchAll = false, end = '' } = {}) {
  const stars = isCatchAll ? random.pick(['*', '**']) : '';
  for (;;) {
    const constraints = makeConstraints(random, set);
    const { parameters } = parseTemplate(`/{${stars}x${constraints}}`);
    const value = findValue(random, parameters[0], set);
    if (value === undefined) continue;
    const canBeDefault = /^[\w.-]+$/.test(value);
    return [stars, `${constraints}${end === '=' ? (canBeDefault ? `=${value}` : '') : end}`];
  }
}

function makeMixed(random, set) {
  const parts = random.oneIn(2) ? [random.pick(MIXING)] : [];
  const n = random.weigh([[3, 1], [5, 2], [1, 3]]);
  for (let i = 0; i < n; i += 1) {
    if (i > 0) parts.push(random.pick(MIXING));
    parts.push(makeParameter(random, set));
  }
  if (random.oneIn(4)) parts.push('.', makeParameter(random, set, { end: '?' }));
  else if (parts.length === 1 || random.oneIn(4)) parts.push(random.pick(MIXING));
  return parts;
}

const SYLLABLES = ['an', 'be', 'cor', 'de', 'el', 'ka', 'lo', 'mi', 'ne', 'or', 'pa', 're',
  'ta', 'us'];

const makeWord = (random) =>
  Array.from({ length: random.between(1, 4) }, () => random.pick(SYLLABLES)).join('');

// Segments are lists of parts: literals and parameters without their names. Large sets
// are mostly words, as real ones are.
const makeSegment = (random, set) => random.weigh(set.isLarge ? [
  [40, () => [makeWord(random)]],
  [4, () => [random.pick(LITERALS)]],
  [6, () => [['', '']]],
  [3, () => [makeParameter(random, set)]],
  [1, () => makeMixed(random, set)],
] : [
  [10, () => [random.pick(LITERALS)]],
  [7, () => [makeParameter(random, set)]],
  [2, () => makeMixed(random, set)],
])();

// What may stand at a template's end only.
const makeOptional = (random, set) => [makeParameter(random, set, { end: '?' })];
const makeEnd = (random, set) => random.weigh([
  [6, () => []],
  [2, () => [makeOptional(random, set)]],
  [1, () => [makeOptional(random, set), makeOptional(random, set)]],
  [1, () => [[makeParameter(random, set, { end: '=' })]]],
  [set.trailingSlash === 'ignore' ? 1 : 0, () => [makeOptional(random, set), ['']]],
  [1, () => [[makeParameter(random, set, { isCatchAll: true })]]],
  [1, () => [[makeParameter(random, set, { isCatchAll: true, end: '=' })]]],
  [1, () => [['']]]])();

function templateText(segments) {
  let n = 0;
  const partText = (part) => (
    typeof part === 'string' ? part : `{${part[0]}p${(n += 1)}${part[1]}}`);
  return segments.map((parts) => `/${parts.map(partText).join('')}`).join('');
}

// Two braces of different parameters or literals could be read as a pair.
const isClear = (text) => !/\{\{\{|\}\}\}/.test(text);

// Templates of one set share their segments, so that many overlap.
function makeTemplate(random, set, pool) {
  const n = random.below(set.isLarge ? 6 : 4);
  const segments = Array.from({ length: n }, () => random.pick(pool));
  const end = random.oneIn(set.isLarge ? 5 : 2) ? makeEnd(random, set) : [];
  const text = templateText([...segments, ...end]);
  return text === '' ? '/' : text;
}

function makeMethods(random) {
  const some = random.weigh([[5, ['GET']], [2, ['POST']], [1, ['HEAD']], [1, ['GET', 'POST']],
    [1, METHODS.slice(2)], [1, ['PUT']]]);
  return [...some];
}

function makeRoutes(random, set, count) {
  const pool = Array.from({ length: 8 + count / 4 }, () => makeSegment(random, set));
  const routes = new Map();
  for (let i = 0; i < 6 * count && routes.size < count; i += 1) {
    const template = makeTemplate(random, set, pool);
    const methods = makeMethods(random);
    const key = `${methods.join(',')} ${template}`;
    if (isClear(template)) routes.set(key, { methods, template, key });
  }
  return [...routes.values()];
}

const LARGE = 100;

// A set is { name, seed, isLarge, routes, ignoreCase, trailingSlash, samples }; its routes
// are { methods, template, key }.
function makeSet(seed, count) {
  const random = new Random(seed);
  const set = {
    name: `set${seed}`,
    seed,
    isLarge: count >= LARGE,
    ignoreCase: random.oneIn(4),
    trailingSlash: random.pick(['strict', 'strict', 'ignore', 'redirect']),
    samples: new Map(),
  };
  set.routes = makeRoutes(random, set, count);
  return set;
}

const quote = (text) => JSON.stringify(text).replace(/\x7f/g, '\\x7f');

// The spec of a set. Each route has a line of its own; the first is FIRST_LINE.
const FIRST_LINE = 6;

function specText({ name, routes, ignoreCase, trailingSlash }) {
  const lines = routes.map(({ key }) => `  ${quote(key)}: r`);
  return `krgen: 1\nname: ${name}\npipe: krt.test\n` +
    `match: { ignore-case: ${ignoreCase}, trailing-slash: ${trailingSlash} }\n` +
    `routes:\n${lines.join('\n')}\n`;
}

// ---- Paths ----

const literalOf = (part, random, set) => (
  set.ignoreCase && random.oneIn(3) ? swapCase(part, random) : part);

const swapCase = (text, random) => [...text].map((c) => (
  random.oneIn(2) ? c : /[a-z]/.test(c) ? c.toUpperCase() : c.toLowerCase())).join('');

// A text for the parts of a segment; mostly one that they match.
function segmentFor(parts, random, set) {
  const n = parts.length > 1 && parts.at(-1).mayBeAbsent && random.oneIn(2)
    ? parts.length - 2 : parts.length;
  return parts.slice(0, n).map((part) => {
    if (typeof part === 'string') return literalOf(part, random, set);
    return random.oneIn(8)
      ? random.pick(candidates(random, part.constraints, set.samples))
      : findValue(random, part, set) ?? random.pick(WORDS);
  }).join('');
}

const mayEnd = (parts) => parts.length === 1 && typeof parts[0] !== 'string' &&
  parts[0].mayBeAbsent;

function catchAllText(parts, random, set) {
  if (parts[0].constraints.length > 0) return segmentFor(parts, random, set);
  return Array.from({ length: random.below(4) },
    () => (random.oneIn(6) ? '' : random.pick(WORDS))).join('/');
}

function pathFor({ template }, random, set) {
  let path = '';
  for (const parts of template.segments) {
    if (mayEnd(parts) && random.oneIn(3)) break;
    const makeText = parts[0].isCatchAll ? catchAllText : segmentFor;
    path += `/${makeText(parts, random, set)}`;
  }
  return path === '' ? '/' : path;
}

const ALPHABET = [...'aAbzZ019.-_/+~%{}(', 'é', 'è', 'É', '日', '\u65e6', '😀', '\u{1f601}',
  '\x01', ' ', '\n'];

function editCharacter(path, random) {
  const chars = [...path];
  const at = random.between(1, chars.length);
  const isRemoval = random.oneIn(3);
  const added = isRemoval ? [] : [random.pick(ALPHABET)];
  chars.splice(at, isRemoval || random.oneIn(2) ? 1 : 0, ...added);
  return chars.join('');
}

function editSegments(path, random, edit) {
  const segments = path.slice(1).split('/');
  edit(segments, random.below(segments.length));
  return `/${segments.join('/')}`;
}

function stepNumber(path, random) {
  return path.replace(/[0-9]+/, (digits) => (
    random.oneIn(3) ? `0${digits}` : String(BigInt(digits) + random.pick([-1n, 1n, 10n]))));
}

const MUTATIONS = [
  [6, editCharacter],
  [2, (path) => `${path}/`],
  [1, (path) => path.replace(/\/$/, '')],
  [1, (path, random) => editSegments(path, random, (list, i) => list.splice(i, 0, ''))],
  [1, (path, random) => editSegments(path, random, (list, i) => list.splice(i, 1))],
  [1, (path, random) => editSegments(path, random, (list, i) => list.splice(i, 0, list[i]))],
  [2, (path, random) => editSegments(path, random,
    (list, i) => list.splice(i, 1, random.pick(random.oneIn(2) ? WORDS : INTEGERS)))],
  [2, (path, random) => swapCase(path, random)],
  [2, stepNumber],
];

function mutate(path, random) {
  let result = path;
  for (let n = random.between(1, 2); n > 0; n -= 1)
    result = random.weigh(MUTATIONS)(result, random);
  return result;
}

// What a server never hands to its matchers is left out.
const isPath = (text) => text.startsWith('/') && !text.includes('\0') &&
  !/(?:^|\/)\.\.?(?:\/|$)/.test(text);

// A path that likely matches one of `routes`, which the reference has read, or nearly.
function makePath(random, set, routes) {
  for (;;) {
    const path = pathFor(random.pick(routes), random, set);
    const final = random.oneIn(2) ? path : mutate(path, random);
    if (isPath(final)) return final;
  }
}

module.exports = { FIRST_LINE, isPath, makePath, makeSet, pathFor, specText };
