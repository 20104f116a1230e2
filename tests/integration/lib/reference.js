'use strict';
// Which route a path has: a search that follows the definition, segment by segment and
// without any automaton. Slow, and meant to be obviously right.

const { satisfies } = require('./constraints');
const { parseTemplate } = require('./template');

const LITERAL = 1;
const CONSTRAINED = 2;
const PARAMETER = 3;
const CONSTRAINED_CATCH_ALL = 4;
const CATCH_ALL = 5;

const isText = (part) => typeof part === 'string';
const fold = (text) => text.replace(/[A-Z]/g, (c) => c.toLowerCase());

function rankOf(parts) {
  if (parts.length > 1) return CONSTRAINED;
  if (isText(parts[0])) return LITERAL;
  const isConstrained = parts[0].constraints.length > 0;
  if (parts[0].isCatchAll) return isConstrained ? CONSTRAINED_CATCH_ALL : CATCH_ALL;
  return isConstrained ? CONSTRAINED : PARAMETER;
}

// Where the slash at the end does not count, `/a/` means `/a`.
function readRoute({ methods, template: text }, trailingSlash = 'strict') {
  const template = parseTemplate(text);
  const { segments } = template;
  const last = segments.at(-1);
  if (trailingSlash === 'ignore' && segments.length > 1 && last.length === 1 && last[0] === '')
    segments.pop();
  return { methods, template, ranks: segments.map(rankOf) };
}

// Negative when `a` is more specific: the first difference from the left decides, and a
// template that has ended goes before one that continues.
function compareRanks(a, b) {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const order = (a[i] ?? 0) - (b[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

function isSameText(a, b, ignoreCase) {
  return ignoreCase ? fold(a) === fold(b) : a === b;
}

// The last character, of two units of UTF-16, lacks its second one.
const isCut = (text) => /[\ud800-\udbff]$/.test(text);

// The values of `parts` in `text`, each { start, text }, or null. From the left each
// parameter takes as much as it can.
function divide(parts, text, start, ignoreCase) {
  if (parts.length === 0) return text === '' ? [] : null;
  const [part, ...rest] = parts;
  if (isText(part)) {
    const isHere = isSameText(text.slice(0, part.length), part, ignoreCase);
    return isHere ? divide(rest, text.slice(part.length), start + part.length, ignoreCase) : null;
  }
  for (let length = text.length; length > 0; length -= 1) {
    const value = text.slice(0, length);
    const others = !isCut(value) && satisfies(value, part.constraints, ignoreCase) &&
      divide(rest, text.slice(length), start + length, ignoreCase);
    if (others) return [{ start, text: value }, ...others];
  }
  return null;
}

// An optional end that can be present is.
function matchSegment(parts, text, start, ignoreCase) {
  const whole = divide(parts, text, start, ignoreCase);
  const last = parts.at(-1);
  if (whole || parts.length === 1 || isText(last) || !last.mayBeAbsent) return whole;
  const others = divide(parts.slice(0, -2), text, start, ignoreCase);
  return others && [...others, null];
}

const isDot = (text) => text === '.' || text === '..';
const isCatchAll = (parts) => !isText(parts[0]) && parts[0].isCatchAll;

// The values of what may be absent, as it is; null where something may not be.
function matchAbsent(segments, ignoreCase) {
  const isFine = segments.every(([part, ...others]) => (
    others.length === 0 && !isText(part) && part.mayBeAbsent &&
    (!part.isCatchAll || satisfies('', part.constraints, ignoreCase))));
  return isFine ? segments.map(() => null) : null;
}

// Matches the template's segments against path.slice(start), which follows a '/'.
function matchRest(segments, path, start, ignoreCase) {
  const [parts, ...others] = segments;
  const text = path.slice(start);
  if (isCatchAll(parts))
    return satisfies(text, parts[0].constraints, ignoreCase) ? [{ start, text }] : null;
  const segment = text.split('/')[0];
  const end = start + segment.length;
  if (isDot(segment)) return null;
  const values = matchSegment(parts, segment, start, ignoreCase);
  if (!values) return null;
  const rest = end === path.length
    ? matchAbsent(others, ignoreCase)
    : others.length > 0 && matchRest(others, path, end + 1, ignoreCase);
  return rest ? [...values, ...rest] : null;
}

function matchStrictly({ segments }, path, ignoreCase) {
  const values = matchRest(segments, path, 1, ignoreCase);
  return values || (path === '/' ? matchAbsent(segments, ignoreCase) : null);
}

// The values of the route's parameters in `path`, which is decoded and has no dot
// segments: each { start, text }, or null where it is absent. Null when it does not match.
function match(route, path, { ignoreCase = false, trailingSlash = 'strict' } = {}) {
  const { template } = route;
  const values = matchStrictly(template, path, ignoreCase);
  const mayPassOver = trailingSlash === 'ignore' && path.endsWith('/') && path.length > 2 &&
    !isCatchAll(template.segments.at(-1));
  return values || (mayPassOver ? matchStrictly(template, path.slice(0, -1), ignoreCase) : null);
}

// GET routes answer HEAD too, but behind those that are written for it.
const answers = (route, method) => route.methods.includes(method) ||
  (method === 'HEAD' && route.methods.includes('GET'));

function compareRoutes(a, b, method) {
  const order = compareRanks(a.ranks, b.ranks);
  return order !== 0 ? order : b.methods.includes(method) - a.methods.includes(method);
}

// All routes of the list that match, the best first: [{ route, values }, ...].
function searchAll(routes, method, path, options) {
  return routes.filter((route) => answers(route, method))
    .map((route) => ({ route, values: match(route, path, options) }))
    .filter(({ values }) => values)
    .sort((a, b) => compareRoutes(a.route, b.route, method));
}

module.exports = { answers, compareRoutes, match, readRoute, searchAll };
