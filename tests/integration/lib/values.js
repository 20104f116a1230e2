'use strict';
// Texts to try as values: of each constraint those at its bounds, on both sides.

const { satisfies } = require('./constraints');

const WORDS = ['a', 'ab', 'abc', 'b', 'B7', 'octo-cat', 'v1', 'x.y', 'a.b.c', '.a', 'a.', '-',
  '...', '日本', 'é', 'É', 'naïve', '😀', '😀x', 'a b', '100%', '%2F', '%2f', 'a?b', '#', "it's",
  'a+b', '{x}', '\x01', '\x7f', '\u0080', '\u07ff', '\u0800', '\uffff', '\u{10000}',
  '\u{10ffff}', '"', '\\'];
const INTEGERS = ['0', '-0', '+0', '1', '7', '-1', '+5', '007', '42', '99', '100', '2147483647',
  '-2147483648', '2147483648', '-2147483649', '+00002147483647', '9223372036854775807',
  '-9223372036854775808', '9223372036854775808', '-9223372036854775809', '0009223372036854775807',
  '99999999999999999999', '+', '-', '1-',
  '0000000007', '00000000007', '0000000000', '00000000000', '-0000000002147483648'];
const YEARS = ['0000', '0001', '0004', '1900', '1996', '2000', '2023', '2024', '2100', '9999'];
const SECONDS = [':59', ':60', ':05.1', ':05.1234567', ':05.12345678', ':05.'];
const ZONES = ['', 'Z', 'z', '+00:00', '-14:00', '+14:01', '+13:59', '-13:60', '+1:00'];
const HEX = '0123456789abcdefABCDEF';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

const textOf = (random, alphabet, length) =>
  Array.from({ length }, () => random.pick([...alphabet])).join('');

// Numbers around each of `bounds`, written in several ways.
function aroundBounds(random, bounds) {
  const near = bounds.split(',').map(BigInt)
    .flatMap((bound) => [bound - 1n, bound, bound + 1n]);
  const [least, most] = [near[1], near.at(-2)];
  const between = least + BigInt(random.below(1000)) * (most - least) / 1000n;
  return [...near, between].flatMap((n) => [`${n}`, n < 0n ? `-00${-n}` : `+00${n}`]);
}

function guids(random) {
  const n = textOf(random, HEX, 32);
  const d = n.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return [n, d, `{${d}}`, `(${d})`, `{${n}}`, `(${d}}`, d.replace('-', ''), n.slice(1), `${d}0`];
}

function dateTimes(random) {
  const two = (n) => String(n).padStart(2, '0');
  const year = random.pick([...YEARS, String(random.between(1000, 9999))]);
  const month = two(random.pick([0, 1, 2, 2, 2, 4, 11, 12, 13]));
  const day = two(random.pick([0, 1, 9, 28, 29, 30, 31, 32]));
  const date = `${year}-${month}-${day}`;
  const hour = two(random.pick([0, 9, 19, 20, 23, 24]));
  const minute = two(random.pick([0, 5, 59, 60]));
  const end = random.pick(['', `:${minute}`, ...SECONDS]);
  const zone = random.pick(ZONES);
  const time = `${hour}:${minute}${end}${zone}`;
  return [date, `${date}T${time}`, `${date} ${time}`, `${date}t${time}`, `${date}${zone}`,
    '2024-02-29', '2023-02-29', '1900-02-29', '2000-02-29T23:59:59.9999999+14:00'];
}

function ofLength(random, argument) {
  const alphabet = random.pick(['ab', 'aé', 'é日', '😀a', 'x.']);
  return argument.split(',').map(Number)
    .flatMap((bound) => [bound - 1, bound, bound + 1])
    .map((length) => textOf(random, alphabet, Math.max(length, 0)));
}

const CANDIDATES = {
  int: () => INTEGERS,
  long: () => INTEGERS,
  min: aroundBounds,
  max: aroundBounds,
  range: aroundBounds,
  bool: () => ['true', 'false', 'True', 'FALSE', 'tRuE', 'yes', 'tru'],
  decimal: () => ['1.5', '-.5', '+3.', '.', '1.2.3', '12', '-0.00', '1e5', '+'],
  double: () => ['1.5e10', '-.5E-3', '1e', '1.e+0', '.e1', '12', '1e5.5', 'NaN'],
  guid: guids,
  datetime: dateTimes,
  alpha: (random) => ['abc', 'Z', 'aB', 'a1', 'é', textOf(random, LETTERS, random.between(1, 9))],
  length: ofLength,
  minlength: ofLength,
  maxlength: ofLength,
  regex: () => [],
  oneof: (random, argument) => argument.split(',').flatMap(
    (word) => [word, word.toUpperCase(), word.toLowerCase(), `${word}x`, word.slice(1)]),
  required: () => [],
  file: () => ['a.txt', '.a', 'a.', 'a..', 'a..b', '..a', 'a/b.c', 'a.b/c', 'a.b/', '.x.', 'a'],
  nonfile: () => ['a', 'a.', 'a..', 'a.b/c', 'a/b.c', 'a.b/', '.a', 'x/y'],
};

// Texts that satisfy the list of constraints or nearly do. `samples` maps the text of a
// regex to texts that it matches.
function candidates(random, constraints, samples = new Map()) {
  const own = constraints.flatMap(({ name, argument }) => [
    ...CANDIDATES[name](random, argument), ...(samples.get(argument) ?? [])]);
  return [...own, ...(own.length === 0 || random.oneIn(4) ? WORDS : [])];
}

const isSegment = (text) => text !== '' && !text.includes('/') && text !== '.' && text !== '..';

// A value that the parameter takes, or undefined where none was found.
function findValue(random, parameter, { ignoreCase, samples } = {}) {
  for (let i = 0; i < 4; i += 1) {
    const fine = candidates(random, parameter.constraints, samples).filter(
      (text) => (parameter.isCatchAll || isSegment(text)) && !text.includes('\0') &&
        satisfies(text, parameter.constraints, ignoreCase));
    if (fine.length > 0) return random.pick(fine);
  }
  return undefined;
}

module.exports = { WORDS, INTEGERS, candidates, findValue };
