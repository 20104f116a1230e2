'use strict';
// What each constraint takes, as the README states it.

const { compileRegex } = require('./regex');

const INT = [-(2n ** 31n), 2n ** 31n - 1n];
const LONG = [-(2n ** 63n), 2n ** 63n - 1n];
const GUID = /^[0-9a-f]{32}$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATETIME = new RegExp('^([0-9]{4})-([0-9]{2})-([0-9]{2})' +
  '([T ]([0-9]{2}):([0-9]{2})(:([0-9]{2})(\\.[0-9]{1,7})?)?' +
  '([Zz]|[+-]([0-9]{2}):([0-9]{2}))?)?$');

function isNumber(value, least, most) {
  if (!/^[+-]?0{0,9}(0|[1-9][0-9]*)$/.test(value)) return false;
  const number = BigInt(value.replace(/^\+/, ''));
  return number >= LONG[0] && number <= LONG[1] && number >= least && number <= most;
}

function daysOf(year, month) {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

function isDateTime(value, ignoreCase) {
  const match = DATETIME.exec(ignoreCase ? value.replace('t', 'T') : value);
  if (!match) return false;
  const [year, month, day] = match.slice(1, 4).map(Number);
  const [hour, minute, second, offsetHour, offsetMinute] =
    [5, 6, 8, 11, 12].map((i) => Number(match[i] ?? 0));
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month) &&
    hour <= 23 && minute <= 59 && second <= 59 && offsetMinute <= 59 &&
    offsetHour * 60 + offsetMinute <= 14 * 60;
}

function isGuid(value) {
  const isWrapped = /^\{.*\}$|^\(.*\)$/.test(value);
  const inner = isWrapped ? value.slice(1, -1) : value;
  return GUID.test(inner) && (!isWrapped || inner.includes('-'));
}

function isFile(value) {
  const name = value.slice(value.lastIndexOf('/') + 1);
  const dot = name.indexOf('.');
  return dot >= 0 && [...name.slice(dot)].some((c) => c !== '.');
}

const lowerCase = (text) => text.replace(/[A-Z]/g, (c) => c.toLowerCase());

function isOneOf(value, words, ignoreCase) {
  if (!ignoreCase) return words.includes(value);
  return words.map(lowerCase).includes(lowerCase(value));
}

const numbers = (argument) => argument.split(',').map((text) => BigInt(text.replace(/^\+/, '')));
const length = (value) => [...value].length;

const regexes = new Map();

function matches(value, source, ignoreCase) {
  const key = `${ignoreCase} ${source}`;
  if (!regexes.has(key)) regexes.set(key, compileRegex(source, ignoreCase));
  return regexes.get(key)(value);
}

const CONSTRAINTS = {
  int: (value) => isNumber(value, ...INT),
  long: (value) => isNumber(value, ...LONG),
  min: (value, argument) => isNumber(value, numbers(argument)[0], LONG[1]),
  max: (value, argument) => isNumber(value, LONG[0], numbers(argument)[0]),
  range: (value, argument) => isNumber(value, ...numbers(argument)),
  bool: (value) => /^(true|false)$/i.test(value),
  decimal: (value) => /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$/.test(value),
  double: (value) => /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(value),
  guid: isGuid,
  datetime: (value, _, ignoreCase) => isDateTime(value, ignoreCase),
  alpha: (value) => /^[A-Za-z]*$/.test(value),
  length: (value, argument) => {
    const [least, most] = numbers(argument);
    return length(value) >= least && length(value) <= (most ?? least);
  },
  minlength: (value, argument) => length(value) >= numbers(argument)[0],
  maxlength: (value, argument) => length(value) <= numbers(argument)[0],
  regex: matches,
  oneof: (value, argument, ignoreCase) => isOneOf(value, argument.split(','), ignoreCase),
  required: (value) => value !== '',
  file: isFile,
  nonfile: (value) => !isFile(value),
};

// Whether `value`, decoded, satisfies all of the list.
function satisfies(value, constraints, ignoreCase = false) {
  return constraints.every(
    ({ name, argument }) => CONSTRAINTS[name](value, argument, ignoreCase));
}

module.exports = { satisfies, names: Object.keys(CONSTRAINTS) };
