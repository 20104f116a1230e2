'use strict';
// The reference of matching.js against examples written by hand.

const assert = require('node:assert/strict');
const test = require('node:test');
const { satisfies } = require('./lib/constraints');
const { match, readRoute, searchAll } = require('./lib/reference');
const { compileRegex } = require('./lib/regex');
const { parseTemplate } = require('./lib/template');

const GUID = '01234567-89ab-CDEF-0123-456789abcdef';

// The values of a path's parameters, null for one that is absent; null for no match.
function valuesOf(template, path, options = {}) {
  const route = readRoute({ methods: ['GET'], template }, options.trailingSlash);
  const values = match(route, path, options);
  return values && values.map((value) => value && value.text);
}

test('templates', () => {
  const cases = [
    ['/', '/', []],
    ['/a', '/a', []],
    ['/a', '/A', null],
    ['/a', '/a/', null],
    ['/a/', '/a/', []],
    ['/a/', '/a', null],
    ['/{x}', '/', null],
    ['/{x}', '/b', ['b']],
    ['/a/{x}', '/a//', null],
    ['/a/{x?}', '/a', [null]],
    ['/a/{x?}', '/a/', null],
    ['/a/{x=1}/{y?}', '/a/b', ['b', null]],
    ['/{x?}', '/', [null]],
    ['/{*p}', '/', ['']],
    ['/a/{*p}', '/a', [null]],
    ['/a/{*p}', '/a/', ['']],
    ['/a/{**p}', '/a/b//c/', ['b//c/']],
    ['/a/{*p:file}', '/a', null],
    ['/a/{*p:file}', '/a/b/c.d', ['b/c.d']],
    ['/{x?}/{*p}', '/', [null, null]],
    ['/{{a}}/{x}', '/{a}/b', ['b']],
    ['/a%20b%2F', '/a b%2F', []],
    ['/%C3%A9', '/é', []],
    ['/v{a:int}.{b:int}', '/v1.22', ['1', '22']],
    ['/v{a:int}.{b:int}', '/v1.x', null],
    ['/{a}-{b}', '/x-y-z', ['x-y', 'z']],
    ['/{a}-{b}', '/-y', null],
    ['/{n}.{e?}', '/a.b.txt', ['a.b', 'txt']],
    ['/{n}.{e?}', '/readme', ['readme', null]],
    ['/{n}.{e?}', '/a.', ['a.', null]],
    ['/{n}.{e:int?}/x', '/a.b/x', ['a.b', null]],
    ['/{a:regex(x/y|.)}', '/z', ['z']],
  ];
  for (const [template, path, expected] of cases)
    assert.deepEqual(valuesOf(template, path), expected, `${template} and ${path}`);
});

test('options of matching', () => {
  const ignore = { trailingSlash: 'ignore' };
  const fold = { ignoreCase: true };
  const cases = [
    ['/a', '/a/', ignore, []],
    ['/a', '/a//', ignore, null],
    ['/a/', '/a', ignore, []],
    ['/', '/', ignore, []],
    ['/', '//', ignore, null],
    ['/{x?}', '//', ignore, null],
    ['/a/{x?}', '/a/', ignore, [null]],
    ['/a/{x?}', '/a/b/', ignore, ['b']],
    ['/a/{*p}', '/a/b/', ignore, ['b/']],
    ['/aÉ', '/AÉ', fold, []],
    ['/aÉ', '/aé', fold, null],
    ['/{x:oneof(ab,É)}', '/Ab', fold, ['Ab']],
    ['/{x:oneof(ab,É)}', '/é', fold, null],
    ['/{x:regex([a-c]K)}', '/Bk', fold, ['Bk']],
  ];
  for (const [template, path, options, expected] of cases)
    assert.deepEqual(valuesOf(template, path, options), expected, `${template} and ${path}`);
});

test('constraints', () => {
  const cases = {
    int: [['0', '-0', '+007', '2147483647', '-2147483648', '0000000007', '0000000000'],
      ['', '2147483648', '-2147483649', '1.0', '١', '00000000007', '00000000000']],
    long: [['9223372036854775807', '-9223372036854775808'], ['9223372036854775808']],
    'min(-3)': [['-3', '9223372036854775807'], ['-4', '9223372036854775808']],
    'max(7)': [['7', '-9223372036854775808'], ['8']],
    'range(5,10)': [['5', '0010', '+7'], ['4', '11']],
    bool: [['true', 'FALSE'], ['yes', 'truE ']],
    decimal: [['1', '-1.', '.5'], ['.', '1e5']],
    double: [['1e5', '-.5E-3', '1.'], ['e5', '1e']],
    guid: [[GUID, GUID.replaceAll('-', ''), `{${GUID}}`, `(${GUID})`],
      [GUID.slice(1), `{${GUID})`, `{${GUID.replaceAll('-', '')}}`]],
    datetime: [['2024-02-29', '2000-02-29T23:59', '2023-01-31 00:00:00.1234567Z',
      '0001-01-01T00:00-14:00'],
      ['2023-02-29', '1900-02-29', '0000-01-01', '2024-04-31', '2024-01-01Z', '2024-01-01T24:00',
        '2024-01-01T00:00:00.12345678', '2024-01-01T00:00+14:01']],
    alpha: [['aZ', ''], ['a1', 'é']],
    'length(2)': [['ab', '日😀'], ['a', 'abc']],
    'length(0,2)': [['', 'ab'], ['abc']],
    'minlength(2)': [['😀😀'], ['😀']],
    'maxlength(2)': [['', '日本'], ['日本語']],
    'oneof(a,bc)': [['a', 'bc'], ['', 'A', 'a,bc']],
    required: [['a'], ['']],
    file: [['a.b', '.a', 'x/y.z', 'a..b'], ['a', 'a.', 'a.b/c', 'a..', '']],
    nonfile: [['a', 'a.', 'a.b/c', 'a..', ''], ['a.b', '.a', 'x/y.z', 'a..b']],
  };
  for (const [text, [good, bad]] of Object.entries(cases)) {
    const [{ constraints }] = parseTemplate(`/{x:${text}}`).parameters;
    for (const value of [...good, ...bad])
      assert.equal(satisfies(value, constraints), good.includes(value), `${text} and '${value}'`);
  }
});

test('regular expressions', () => {
  const cases = [
    ['a|bc', ['a', 'bc'], ['ac', 'abc', 'b']],
    ['^a{{2}}b{1,}$', ['aab', 'aabbb'], ['ab', 'aa']],
    ['(ab|c)*', ['', 'abc', 'cab'], ['ac']],
    ['[^a-c\\]]+', ['x', '日😀'], ['a', ']', '']],
    ['[\\d\\-.]{2}', ['1-', '..'], ['1', 'aa']],
    ['\\D\\S\\W', ['x😀é', '-.-'], ['1x-', 'x -', 'xxx']],
    ['.\\u00e9\\x41', ['日éA'], ['\néA', '日éa']],
    ['(?:é{2,}1{2,}\\D-)', ['ééé11😀-'], ['é11x-']],
    ['\\{{x\\.', ['{x.'], ['x.', '{{x.']],
  ];
  for (const [source, good, bad] of cases) {
    const matches = compileRegex(source, false);
    for (const value of [...good, ...bad])
      assert.equal(matches(value), good.includes(value), `${source} and '${value}'`);
  }
});

test('precedence', () => {
  const ordered = ['/a/b', '/a/{x:int}', '/a/x{x}', '/a/{x}', '/a/{x}/{*p}',
    '/a/{*p:minlength(0)}', '/a/{*p}', '/{x:alpha}', '/{x}', '/{x}/{y}', '/{*p}'];
  const routes = ordered.map((template) => readRoute({ methods: ['GET'], template }));
  const best = (path) => searchAll(routes, 'GET', path)[0]?.route.template.text;
  assert.equal(best('/a/b'), '/a/b');
  assert.equal(best('/a/7'), '/a/{x:int}');
  assert.equal(best('/a/x7'), '/a/x{x}');
  assert.equal(best('/a/y'), '/a/{x}');
  assert.equal(best('/a'), '/a/{*p:minlength(0)}');
  assert.equal(best('/a/y/z'), '/a/{x}/{*p}');
  assert.equal(best('/c'), '/{x:alpha}');
  assert.equal(best('/7'), '/{x}');
  assert.equal(best('/7/8'), '/{x}/{y}');
  assert.equal(best('/7/8/9'), '/{*p}');
});

test('what has ended goes before what is absent', () => {
  const routes = ['/a/{x?}', '/a'].map((template) => readRoute({ methods: ['GET'], template }));
  assert.equal(searchAll(routes, 'GET', '/a')[0].route.template.text, '/a');
});

test('methods', () => {
  const routes = [['GET', '/{x}'], ['HEAD', '/{y}'], ['GET', '/a'], ['POST', '/a']]
    .map(([method, template]) => readRoute({ methods: [method], template }));
  const best = (method, path) => searchAll(routes, method, path)[0]?.route;
  assert.equal(best('HEAD', '/b'), routes[1]);
  assert.equal(best('HEAD', '/a'), routes[2]);
  assert.equal(best('POST', '/a'), routes[3]);
  assert.equal(best('POST', '/b'), undefined);
});
