'use strict';
// What specs/answers.yaml answers with: values of the request, whatever they are.

const assert = require('node:assert/strict');
const { scenario } = require('./lib/scenario');
const { request } = require('./lib/http');
const { Random } = require('./lib/random');

const get = (connection, target, fields = []) =>
  connection.exchange(request('GET', target, { fields }));

// Texts that mean something to JSON, HTML, URLs, headers or terminals.
const hostile = ['"', '\\', '</script><script>', "' onclick='", '&amp;', '\r\nSet-Cookie: a=b',
  '\r\n\r\nHTTP/1.1 200 OK', '\t', '\u0001', '\u007f', '\u0085', '\u2028', '%41', '%2F', '/', '//x',
  '..', '??', '{{path}}', '}}', '😀', 'é', '\ufffe', '+', '#', '?', ';'];

const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const unescapeHtml = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (name) => entities[name]);

scenario('texts and their defaults', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  for (const [target, text] of [
    ['/hello', 'Hello, you'],
    ['/hello/World', 'Hello, World'],
    ['/hello/%22%3C%0D%0A', 'Hello, "<\r\n'],
    ['/braces', '{{ and }}'],
    ['/vue', '<p>{{ message }}</p>'],
    ['/files/a/b?q=1+2&q=3', 'method,path,query,agent\nGET,/files/a/b,1 2,none\n'],
    ['/files?q=%FF', 'method,path,query,agent\nGET,/files,,none\n'],
  ]) assert.equal((await get(connection, target)).text, text, target);
  const head = await connection.exchange(request('HEAD', '/hello/World'));
  assert.equal(head.field('Content-Length'), '12');
});

scenario('a value of JSON has the type of its constraints', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  const absent = { verbose: false, sort: null, range: [1, 20] };
  for (const [target, expected] of [
    ['/users/7', { id: 7, name: 'User 7', ...absent }],
    ['/users/+007', { id: 7, name: 'User +007', ...absent }],
    ['/users/-0012', { id: -12, name: 'User -0012', ...absent }],
    ['/users/0?verbose=TRUE&page=%2B03&size=100&sort=age&other=%ff',
      { id: 0, name: 'User 0', verbose: true, sort: 'age', range: [3, 100] }],
    ['/raw', { q: null, n: 0, both: '/' }],
    ['/raw?q=%22%5C&n=-.5', { q: '"\\', n: -0.5, both: '"\\/-.5' }],
    ['/raw?n=5.', { q: null, n: 5, both: '/5.' }],
    ['/raw?n=%2B01.50e%2B1', { q: null, n: 15, both: '/+01.50e+1' }],
  ]) {
    const reply = await get(connection, target);
    assert.match(reply.field('Content-Type'), /json$/);
    assert.deepEqual(JSON.parse(reply.text), expected, target);
  }
});

scenario('each violation of a query is told', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  const reply = await get(connection, '/users/1?page=0&size=%ff&sort=x&sort=y&verbose=%22%3C');
  assert.equal(reply.status, 400);
  assert.equal(reply.field('Content-Type'), 'application/problem+json');
  const problem = JSON.parse(reply.text);
  assert.equal(problem.title, 'Bad Request');
  assert.equal(problem.status, 400);
  assert.deepEqual(problem.errors, [
    { in: 'query', name: 'verbose', detail: "'\"<' does not satisfy bool" },
    { in: 'query', name: 'page', detail: "'0' does not satisfy int:min(1)" },
    { in: 'query', name: 'size', detail: "'%ff' is not percent-encoded UTF-8" },
    { in: 'query', name: 'sort', detail: "'x' does not satisfy oneof(name,age)" },
  ]);
  const long = await get(connection, `/users/1?page=${'%01'.repeat(2500)}`);
  assert.equal(JSON.parse(long.text).errors.length, 1);
  assert.ok(long.body.length < 1000);
  const twice = await get(connection, '/users/1?page=1&page=2');
  assert.equal(JSON.parse(twice.text).errors[0].detail, 'is given more than once');
  assert.equal((await get(connection, '/users/1')).status, 200);
});

scenario('a response has one UUID, the next another, and its number', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  const seen = new Set();
  const start = Date.now();
  for (let i = 1; i <= 200; i += 1) {
    const reply = await connection.exchange(request('POST', '/users/a', { body: 'x' }));
    const made = JSON.parse(reply.text);
    assert.equal(reply.status, 201);
    assert.match(made.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(reply.field('X-Request'), made.id);
    assert.equal(made.number, i);
    assert.match(made.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(Math.floor(made['created-ms'] / 1000), Date.parse(made.created) / 1000);
    assert.ok(Math.abs(made['created-ms'] - start) < 60000);
    seen.add(made.id);
  }
  assert.equal(seen.size, 200);
});

scenario('headers and environment', async (run) => {
  const connection = run.connect(await run.serve('answers',
    { env: { KRGEN_EXAMPLE: 'a"b é' } }));
  const cookie = async (...fields) => JSON.parse((await get(connection, '/cookie', fields)).text);
  assert.deepEqual(await cookie(), { session: 'none', home: 'a"b é' });
  assert.equal((await cookie('Cookie: a=1; session="x"; session=2')).session, '"x"');
  assert.equal((await cookie('Cookie: Session=1')).session, 'none');
  assert.equal((await cookie('Cookie: session=\xff\xc3\xa9\xed\xa0\x80')).session,
    '\ufffd\u00e9\ufffd\ufffd\ufffd');
  const long = 'ab"\\'.repeat(7500);
  assert.equal((await cookie(`Cookie: session=${long}`)).session, long);
  const post = (field) => connection.exchange(request('POST', '/users/a', { fields: [field] }));
  assert.equal((await post('X-Request: \t a\tb \xe9 ')).field('X-Request'), 'a\tb \xe9');
  assert.equal((await post(`X-Request: ${'x'.repeat(30000)}`)).status, 500);
  assert.equal((await post('X-Request: y')).field('X-Request'), 'y');
});

scenario('bodies are echoed as strings of JSON', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  const echo = async (data) => JSON.parse((await connection.exchange(data)).text).got;
  const post = (body, fields = []) => echo(request('POST', '/echo', { body, fields }));
  assert.equal(await echo(request('POST', '/echo')), null);
  assert.equal(await post(''), null);
  assert.equal(await post('a"b\\c\r\n\0<'), 'a"b\\c\r\n\0<');
  const bytes = request('POST', '/echo', { fields: ['Content-Length: 4'] });
  assert.equal(await echo(`${bytes}\xff\xc3\xa9\xc3`), '\ufffdé\ufffd');
  const long = 'ab"\u0001'.repeat(7500);
  assert.equal(await post(long), long);
  const chunks = '3\r\na"b\r\n1\r\n\n\r\n0\r\n\r\n';
  assert.equal(await echo(
    request('POST', '/echo', { fields: ['Transfer-Encoding: chunked'] }) + chunks), 'a"b\n');
  connection.send(request('POST', '/echo', { body: '1' }) + request('POST', '/echo', { body: '2' }));
  for (const got of ['1', '2'])
    assert.deepEqual(JSON.parse((await connection.reply()).text), { method: 'POST', got });
});

scenario('hostile values stay values', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  for (const value of hostile) {
    const encoded = encodeURIComponent(value);
    const greeting = await get(connection, `/greet?name=${encoded}`);
    const [, title, text] = /^<p title="([^"<]*)">Hello, ([^<]*)<\/p>$/.exec(greeting.text);
    const expected = value.replace(/[\u0001\ufffe]/g, '\ufffd');
    assert.equal(unescapeHtml(title), expected, value);
    assert.equal(title, text);
    const link = await get(connection, `/link?q=${encoded}`);
    const [, query] = /^<a href="\/search\?q=([\w.~%-]*)">again<\/a>$/.exec(link.text);
    assert.equal(decodeURIComponent(query), value);
    const raw = await get(connection, `/raw?q=${encoded}`);
    assert.equal(JSON.parse(raw.text).q, value);
    const old = await get(connection, `/old/x${encoded}?q=${encoded}`);
    assert.match(old.field('Location'), /^\/files\/x[\w.~%/-]*\?q=[\w.~%-]*$/);
    assert.equal(old.fields.filter(([name]) => /cookie/i.test(name)).length, 0);
  }
});

scenario('redirects never lead to another host', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  for (const [target, location] of [
    ['/old/a/b%20c', '/files/a/b%20c?q='],
    ['/old//evil.example/x', '/files/%2Fevil.example/x?q='],
    ['/old/a//b', '/files/a/%2Fb?q='],
    ['/old/%5Cevil.example', '/files/%5Cevil.example?q='],
    ['/old/a?q=%0d%0aSet-Cookie:+a', '/files/a?q=%0D%0ASet-Cookie%3A%20a'],
  ]) {
    const reply = await get(connection, target);
    assert.equal(reply.status, 301);
    assert.equal(reply.field('Location'), location);
  }
});

scenario('whatever the request holds, JSON can be parsed', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  const random = new Random(6);
  for (let i = 0; i < 500; i += 1) {
    let value = '';
    for (let n = random.below(8); n > 0; n -= 1)
      value += random.oneIn(3) ? String.fromCharCode(random.between(1, 0xd7ff))
        : random.pick(hostile);
    const raw = await get(connection, `/raw?q=${encodeURIComponent(value)}`);
    assert.deepEqual(JSON.parse(raw.text), { q: value, n: 0, both: `${value}/` });
    let bytes = '';
    for (let n = random.below(30); n > 0; n -= 1)
      bytes += String.fromCharCode(random.pick([random.between(0x21, 0x7e), random.between(0x80, 0xff)]));
    bytes = bytes.replace(/;/g, '');
    const cookie = await get(connection, '/cookie', [`Cookie: session=${bytes}`]);
    const expected = new TextDecoder().decode(Buffer.from(`|${bytes}`, 'latin1')).slice(1);
    const { session } = JSON.parse(cookie.text);
    assert.equal(session.replace(/\ufffd+/g, '\ufffd'), expected.replace(/\ufffd+/g, '\ufffd'));
  }
});

scenario('statuses, files, bytes and what no route has', async (run) => {
  const connection = run.connect(await run.serve('answers'));
  for (const [method, target, status, type, text] of [
    ['GET', '/gone', 410, 'text/plain; charset=utf-8', 'It was here until 2024.'],
    ['DELETE', '/users/1', 204, undefined, ''],
    ['GET', '/feed?title=a%3Cb', 200, 'application/xml; charset=utf-8',
      '<feed xmlns="http://www.w3.org/2005/Atom"><title>a&lt;b</title></feed>'],
    ['GET', '/no%20where', 404, 'application/json',
      '{"error":"nothing is here","path":"/no where"}'],
  ]) {
    const reply = await connection.exchange(request(method, target));
    assert.equal(reply.status, status, target);
    assert.equal(reply.field('Content-Type'), type);
    assert.equal(reply.text, text);
    assert.equal(reply.field('X-Served-By'), 'answers');
  }
  const pixel = await get(connection, '/pixel.gif');
  assert.equal(pixel.field('Content-Type'), 'image/gif');
  assert.equal(pixel.body.subarray(0, 6).toString(), 'GIF89a');
  const logo = await get(connection, '/logo');
  assert.equal(logo.field('Content-Type'), 'image/svg+xml');
  assert.equal(logo.field('Cache-Control'), 'max-age=3600');
  assert.equal(logo.field('X-Served-By'), 'a file');
  const notes = await get(connection, '/notes');
  assert.match(notes.field('Content-Disposition'), /^attachment; filename="?notes\.txt"?/);
  assert.equal((await get(connection, '/site/docs/')).status, 200);
  assert.equal((await get(connection, '/site/none')).status, 404);
});

scenario('a delay is waited for, and holds up nobody else', async (run) => {
  const server = await run.serve('answers', { args: ['--workers', '1'] });
  const late = run.connect(server);
  const other = run.connect(server);
  for (const [target, least] of [['/slow', 30], ['/slower', 20]]) {
    const start = performance.now();
    const waiting = late.exchange(request('GET', target));
    assert.equal((await get(other, '/hello')).status, 200);
    assert.equal((await waiting).text, 'at last');
    const ms = performance.now() - start;
    assert.ok(ms >= least - 1, `${target} took ${ms} ms`);
  }
});
