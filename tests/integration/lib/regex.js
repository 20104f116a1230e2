'use strict';
// The notation of regex(...) as a function that tells which texts match as a whole. Not by
// a RegExp, which would read some of it differently and fails in some texts with characters
// beyond U+FFFF (V8 10.2). With `ignoreCase` each ASCII letter stands for both of its cases.
//
// A part of the expression is a function from a text (a list of characters) and a set of
// offsets to the set of offsets where it may end when it starts at one of these.

const CLASSES = { d: '0-9', w: '0-9A-Za-z_', s: '\\t-\\r ' };
const OTHERS = { D: '\\D', W: '\\W', S: '\\0-\\x08\\x0e-\\x1f!-\\u{10ffff}' };
const CONTROLS = { t: '\\t', n: '\\n', r: '\\r' };
const BRACES = ['{', '}'];

const exactly = (c) => `\\u{${c.codePointAt(0).toString(16)}}`;

function otherCase(c) {
  if (!/^[A-Za-z]$/.test(c)) return c;
  return c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase();
}

// ---- Parts ----

function oneOf(set, ignoreCase) {
  const member = new RegExp(`^${set}$`, 'u');
  const has = (c) => member.test(c) || (ignoreCase && member.test(otherCase(c)));
  return (text, starts) => new Set(
    [...starts].filter((at) => at < text.length && has(text[at])).map((at) => at + 1));
}

const sequence = (parts) => (text, starts) =>
  parts.reduce((offsets, part) => part(text, offsets), starts);

const choice = (parts) => (text, starts) =>
  new Set(parts.flatMap((part) => [...part(text, starts)]));

// More repetitions than the text has characters lead nowhere new.
const repetition = (part, least, most) => (text, starts) => {
  let offsets = starts;
  const ends = new Set(least === 0 ? starts : []);
  for (let n = 1; n <= Math.min(most, least + text.length) && offsets.size > 0; n += 1) {
    offsets = part(text, offsets);
    if (n >= least) for (const at of offsets) ends.add(at);
  }
  return ends;
};

// ---- The notation ----

class Reader {
  constructor(source, ignoreCase) {
    this.chars = [...source];
    this.at = 0;
    this.ignoreCase = ignoreCase;
  }

  peek(offset = 0) {
    return this.chars[this.at + offset];
  }

  take(n = 1) {
    const taken = this.chars.slice(this.at, this.at + n).join('');
    this.at += n;
    return taken;
  }

  takeIf(text) {
    const isHere = this.chars.slice(this.at, this.at + text.length).join('') === text;
    if (isHere) this.at += text.length;
    return isHere;
  }

  // A character, in which a doubled brace is one, in RegExp's notation.
  plain() {
    const char = this.take();
    if (BRACES.includes(char) && this.peek() === char) this.take();
    return exactly(char);
  }

  // What follows a '\': a character, or the items of a class.
  escape() {
    const letter = this.take();
    if (CLASSES[letter]) return CLASSES[letter];
    if (OTHERS[letter]) return OTHERS[letter];
    if (CONTROLS[letter]) return CONTROLS[letter];
    if (letter === 'x') return `\\u{${this.take(2)}}`;
    if (letter === 'u') return `\\u{${this.take(4)}}`;
    this.at -= 1;
    return this.plain();
  }

  set() {
    let items = this.takeIf('^') ? '^' : '';
    while (!this.takeIf(']')) {
      if (this.takeIf('\\')) items += this.escape();
      else items += this.takeIf('-') ? '-' : this.plain();
    }
    return items;
  }

  atom() {
    if (this.takeIf('(')) {
      this.takeIf('?:');
      const inner = this.choice();
      this.take(); // the ')'
      return inner;
    }
    let set = '^\\n';
    if (this.takeIf('[')) set = this.set();
    else if (this.takeIf('\\')) set = this.escape();
    else if (!this.takeIf('.')) set = this.plain();
    return oneOf(`[${set}]`, this.ignoreCase);
  }

  repeated() {
    const atom = this.atom();
    if (this.takeIf('?')) return repetition(atom, 0, 1);
    if (this.takeIf('*')) return repetition(atom, 0, Infinity);
    if (this.takeIf('+')) return repetition(atom, 1, Infinity);
    const counts = /^\{\{?(\d+)(,(\d*))?\}\}?/.exec(this.chars.slice(this.at).join(''));
    if (!counts) return atom;
    const [all, least, comma, most] = counts;
    this.take(all.length);
    return repetition(atom, Number(least), comma ? Number(most || Infinity) : Number(least));
  }

  sequence() {
    const parts = [];
    while (this.peek() !== undefined && this.peek() !== '|' && this.peek() !== ')')
      parts.push(this.repeated());
    return sequence(parts);
  }

  choice() {
    const parts = [this.sequence()];
    while (this.takeIf('|')) parts.push(this.sequence());
    return choice(parts);
  }
}

// '^' at the start and an unescaped '$' at the end say what holds anyway.
function withoutAnchors(source) {
  const isAnchored = /(?:^|[^\\])(?:\\\\)*\$$/.test(source);
  return source.slice(source[0] === '^' ? 1 : 0, isAnchored ? -1 : source.length);
}

function compileRegex(source, ignoreCase) {
  const expression = new Reader(withoutAnchors(source), ignoreCase).choice();
  return (text) => {
    const chars = [...text];
    return expression(chars, new Set([0])).has(chars.length);
  };
}

module.exports = { compileRegex };
