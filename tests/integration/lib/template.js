'use strict';
// Route templates as text: the reference's own reader. It takes well-formed ones only.
//
// A template is { text, segments, parameters }; a segment is a list of parts, each a
// string or a parameter { name, constraints, isCatchAll, mayBeAbsent, defaultValue };
// a constraint is { name, argument }, with an argument only if it has one.

// Where the ')' is that closes the '(' at `open`; a regex may hold further ones.
function findClose(text, open, isRegex) {
  if (!isRegex) return text.indexOf(')', open);
  let depth = 0;
  let isInClass = false;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (isInClass) isInClass = text[at] !== ']';
    else if (text[at] === '[') isInClass = true;
    else if (text[at] === '(') depth += 1;
    else if (text[at] === ')' && (depth -= 1) === 0) return at;
  }
  throw new Error(`${text} has an open '('`);
}

function readConstraint(text, start) {
  const name = /^[a-z]+/.exec(text.slice(start))[0];
  const open = start + name.length;
  if (text[open] !== '(') return { constraint: { name }, end: open };
  const close = findClose(text, open, name === 'regex');
  return { constraint: { name, argument: text.slice(open + 1, close) }, end: close + 1 };
}

// The parameter whose '{' is at `start`.
function readParameter(text, start) {
  const [, stars, name] = /^\{(\**)(\w+)/.exec(text.slice(start));
  const isCatchAll = stars !== '';
  const parameter = { name, constraints: [], isCatchAll, mayBeAbsent: isCatchAll };
  let at = start + 1 + stars.length + name.length;
  while (text[at] === ':') {
    const { constraint, end } = readConstraint(text, at + 1);
    parameter.constraints.push(constraint);
    at = end;
  }
  if (text[at] === '=') {
    parameter.defaultValue = text.slice(at + 1, text.indexOf('}', at));
    parameter.mayBeAbsent = true;
    at = text.indexOf('}', at);
  } else if (text[at] === '?') {
    parameter.mayBeAbsent = true;
    at += 1;
  }
  if (text[at] !== '}') throw new Error(`${text} has an open '{'`);
  return { parameter, end: at + 1 };
}

// A path as the matchers see it; %2F stays as it is.
function decode(text) {
  return decodeURIComponent(text.replace(/%2f/gi, (escape) => `%25${escape.slice(1)}`));
}

function readSegment(text, start) {
  const parts = [];
  let literal = '';
  let at = start;
  const endLiteral = () => {
    if (literal !== '') parts.push(decode(literal));
    literal = '';
  };
  while (at < text.length && text[at] !== '/') {
    const isBrace = text[at] === '{' || text[at] === '}';
    if (!isBrace || text[at + 1] === text[at]) {
      literal += text[at];
      at += isBrace ? 2 : 1;
      continue;
    }
    endLiteral();
    const { parameter, end } = readParameter(text, at);
    parts.push(parameter);
    at = end;
  }
  endLiteral();
  return { parts: parts.length > 0 ? parts : [''], end: at };
}

function parseTemplate(text) {
  const segments = [];
  for (let at = 0; at < text.length;) {
    const { parts, end } = readSegment(text, at + 1);
    segments.push(parts);
    at = end;
  }
  const parameters = segments.flat().filter((part) => typeof part !== 'string');
  return { text, segments, parameters };
}

module.exports = { decode, parseTemplate };
