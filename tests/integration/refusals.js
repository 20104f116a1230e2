'use strict';
// Requests that are refused, each on a connection that ends with the refusal, while a
// well-behaved client goes on.

const assert = require('node:assert/strict');
const { scenario } = require('./lib/scenario');
const { request } = require('./lib/http');

const KIB = 1024;

// On Windows the server gives a refused client five seconds, and 16 clients may come at
// the same time.
const BATCH = 14;
const lines = (...all) => all.join('\r\n') + '\r\n\r\n';
const get = (...fields) => lines('GET /pipe HTTP/1.1', 'Host: a', ...fields);
const post = (...fields) => lines('POST /pipe HTTP/1.1', 'Host: a', ...fields);
const manyFields = (n) => Array.from({ length: n }, (_, i) => `X-${i}: y`);

// A request line of `size` bytes, its CRLF included.
const line = (size) => `GET /${'x'.repeat(size - 'GET / HTTP/1.1\r\n'.length)} HTTP/1.1`;

// A head of `size` bytes, its empty line included.
function head(size) {
  const frame = get('X-Fill: ').length;
  return get(`X-Fill: ${'y'.repeat(size - frame)}`);
}

const clientHello = Buffer.from(
  '16030100c8010000c4030300000000000000000000000000000000000000000000000000000000' +
  '00000020c02fc0300a', 'hex');

const refused = {
  'words': ['hello, is this the shop?\r\n\r\n', 400],
  'binary bytes': [Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]), 400],
  'a TLS ClientHello': [clientHello, 400],
  'a bare LF in the request line': ['GET /pipe HTTP/1.1\nHost: a\n\n', 400],
  'a bare LF in a field': ['GET /pipe HTTP/1.1\r\nHost: a\nX: y\r\n\r\n', 400],
  'a bare CR in a field': [get('X: a\rb'), 400],
  'a NUL in a field': [get('X: a\0b'), 400],
  'obs-fold': [get('X: a', ' b'), 400],
  'a space before the colon': [get('X : y'), 400],
  'an empty field name': [get(': y'), 400],
  'a field without a colon': [get('X'), 400],
  'a field name that is no token': [get('X(1): y'), 400],
  'a space before the first field': [lines('GET /pipe HTTP/1.1', ' Host: a'), 400],
  'a second space in the request line': [lines('GET  /pipe HTTP/1.1', 'Host: a'), 400],
  'no version': [lines('GET /pipe', 'Host: a'), 400],
  'a control character in the target': [lines('GET /pi\x01pe HTTP/1.1', 'Host: a'), 400],
  'a target without a slash': [lines('GET pipe HTTP/1.1', 'Host: a'), 400],
  'the target * for GET': [lines('GET * HTTP/1.1', 'Host: a'), 400],
  'no Host': [lines('GET /pipe HTTP/1.1'), 400],
  'two Hosts': [get('Host: a'), 400],
  'a malformed Host': [lines('GET /pipe HTTP/1.1', 'Host: a b'), 400],
  'a Host against the target':
    [lines('GET http://a.example/pipe HTTP/1.1', 'Host: b.example'), 400],
  'a Content-Length with a sign': [post('Content-Length: +1'), 400],
  'a negative Content-Length': [post('Content-Length: -1'), 400],
  'a Content-Length that is no number': [post('Content-Length: 1x'), 400],
  'an empty Content-Length': [post('Content-Length:'), 400],
  'a Content-Length beyond 64 bits': [post('Content-Length: 18446744073709551617'), 400],
  'two Content-Lengths': [post('Content-Length: 1', 'Content-Length: 1'), 400],
  'a list of Content-Lengths': [post('Content-Length: 1, 1'), 400],
  'Transfer-Encoding with Content-Length':
    [post('Transfer-Encoding: chunked', 'Content-Length: 4') + '0\r\n\r\n', 400],
  'Transfer-Encoding in HTTP/1.0':
    [lines('POST /pipe HTTP/1.0', 'Transfer-Encoding: chunked'), 400],
  'a coding that does not end in chunked': [post('Transfer-Encoding: gzip'), 400],
  'a coding under chunked': [post('Transfer-Encoding: gzip, chunked') + '0\r\n\r\n', 501],
  'a chunk whose size is no number':
    [post('Transfer-Encoding: chunked') + '0x1\r\na\r\n0\r\n\r\n', 400],
  'HTTP/2.0': [lines('GET /pipe HTTP/2.0', 'Host: a'), 505],
  'HTTP/1.2': [lines('GET /pipe HTTP/1.2', 'Host: a'), 505],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  'a request line over 8 KiB': [lines(line(8 * KIB + 1), 'Host: a'), 414],
  'a request line without an end': [`GET /${'x'.repeat(64 * KIB)}`, 414],
  'a head over 32 KiB': [head(32 * KIB + 1), 431],
  'a head without an end':
    [`${get(...manyFields(90)).slice(0, -2)}X: ${'y'.repeat(64 * KIB)}`, 431],
  '101 fields': [get(...manyFields(100)), 431],
  'a body over 1 MiB': [post(`Content-Length: ${KIB * KIB + 1}`), 413],
  'another expectation': [post('Content-Length: 1', 'Expect: a-miracle') + 'x', 417],
};

// Refused is: one reply of this status without a body, then the end, whatever follows.
async function checkRefusal(connection, data, status) {
  connection.send(data);
  connection.send(get()); // must never be answered
  const reply = await connection.reply('GET');
  if (reply.status !== status) connection.fail(`expected ${status}, got ${reply.line}`);
  assert.equal(reply.field('Connection'), 'close', connection.describe());
  assert.equal(reply.field('Content-Length'), '0', connection.describe());
  await connection.ended();
}

scenario('what cannot be trusted is refused and nobody else notices', async (run) => {
  const server = await run.serve();
  const bystander = run.connect(server);
  const ask = async () =>
    assert.equal((await bystander.exchange(request('GET', '/pipe'))).status, 200);
  await ask();
  const cases = Object.entries(refused);
  for (let at = 0; at < cases.length; at += BATCH) {
    await Promise.all(cases.slice(at, at + BATCH).map(async ([name, [data, status]]) => {
      try {
        await checkRefusal(run.connect(server), data, status);
      } catch (error) {
        error.message = `${name}: ${error.message}`;
        throw error;
      }
    }));
    await ask();
  }
});

scenario('what just fits is served', async (run) => {
  const server = await run.serve();
  const served = {
    'a request line of 8 KiB': [lines(line(8 * KIB), 'Host: a'), 404],
    'a head of 32 KiB': [head(32 * KIB), 200],
    '100 fields': [get(...manyFields(99)), 200],
    'a body of 1 MiB': [request('POST', '/pipe', { body: 'x'.repeat(KIB * KIB) }), 405],
    'tabs, obs-text and odd tokens': [get("!#$%&'*+-.^_`|~: \t\xe9 x\ty\t"), 200],
    'HTTP/1.0 without Host': [lines('GET /pipe HTTP/1.0'), 200],
  };
  for (const [name, [data, status]] of Object.entries(served)) {
    const reply = await run.connect(server).exchange(data);
    assert.equal(reply.status, status, name);
  }
});

scenario('a refusal is sent while the client still sends', async (run) => {
  const connection = run.connect(await run.serve());
  connection.send(post(`Content-Length: ${2 * KIB * KIB}`));
  for (let i = 0; i < 8; i++) connection.send(Buffer.alloc(64 * KIB, 'x'));
  const reply = await connection.reply('POST');
  assert.equal(reply.status, 413);
  assert.equal(reply.field('Connection'), 'close');
});
