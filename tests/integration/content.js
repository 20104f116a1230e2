'use strict';
// Conditional requests, compressed forms and ranges of static bodies.

const assert = require('node:assert/strict');
const zlib = require('node:zlib');
const { scenario } = require('./lib/scenario');
const { request } = require('./lib/http');

const get = (target, ...fields) => request('GET', target, { fields });
const letters = 'abcdefghijklmnopqrstuvwxyz';
const modified = 'Sun, 06 Nov 1994 08:49:37 GMT';

// Asks for each row [request, status, body] on one connection; a row without a body has
// none.
async function askEach(connection, rows) {
  for (const [data, status, body = ''] of rows) {
    const reply = await connection.exchange(data);
    if (reply.status !== status || reply.text !== body)
      connection.fail(`expected ${status} and ${JSON.stringify(body)}, got ${reply.line}`);
  }
}

// The parts of a multipart/byteranges as [Content-Range, Content-Type, body].
function partsOf(reply) {
  const type = reply.field('Content-Type');
  const match = /^multipart\/byteranges; boundary=([0-9A-Za-z'()+_,.\/:=?-]{1,70})$/.exec(type);
  assert.ok(match, `not a multipart: ${type}`);
  const pieces = reply.body.toString('latin1').split(`\r\n--${match[1]}`);
  assert.equal(pieces.shift(), '', 'a preamble');
  assert.equal(pieces.pop(), '--\r\n', 'the end');
  return pieces.map((piece) => {
    const end = piece.indexOf('\r\n\r\n');
    assert.ok(piece.startsWith('\r\n') && end >= 0, JSON.stringify(piece));
    const fields = Object.fromEntries(piece.slice(2, end).split('\r\n')
      .map((line) => line.split(': ')));
    assert.deepEqual(Object.keys(fields).sort(), ['Content-Range', 'Content-Type']);
    return [fields['Content-Range'], fields['Content-Type'], piece.slice(end + 4)];
  });
}

scenario('a body has a strong ETag that gets a 304', async (run) => {
  const connection = run.connect(await run.serve('content'));
  const first = await connection.exchange(get('/letters'));
  const etag = first.field('ETag');
  assert.match(etag, /^"[0-9a-f]{32}"$/);
  assert.equal(first.field('Accept-Ranges'), 'bytes');
  const again = await connection.exchange(get('/letters', `If-None-Match: ${etag}`));
  assert.equal(again.line, 'HTTP/1.1 304 Not Modified');
  assert.deepEqual(again.fields.map(([name]) => name), ['ETag', 'Date']);
  assert.equal(again.field('ETag'), etag);
  await askEach(connection, [
    [get('/letters', `If-None-Match: "a", W/${etag}`), 304],
    [get('/letters', 'If-None-Match: "a"', `If-None-Match: ${etag}`), 304],
    [get('/letters', 'If-None-Match: *'), 304],
    [get('/letters', 'If-None-Match: "a", "b"'), 200, letters],
    [get('/letters', `If-Match: ${etag}`), 200, letters],
    [get('/letters', `If-Match: W/${etag}`), 412],
    [get('/letters', 'If-Match: "a"'), 412],
    [request('HEAD', '/letters', { fields: [`If-None-Match: ${etag}`] }), 304],
    [get('/letters', `If-Modified-Since: ${modified}`), 200, letters],
    [get('/letters'), 200, letters],
    [get('/missing', 'If-None-Match: *'), 404, 'nothing here'],
    [get('/nowhere', 'If-None-Match: *'), 404],
  ]);
});

scenario('validators of the spec are used', async (run) => {
  const connection = run.connect(await run.serve('content'));
  const reply = await connection.exchange(get('/tagged', 'If-None-Match: "v1"'));
  assert.equal(reply.status, 304);
  assert.equal(reply.field('ETag'), '"v1"');
  assert.equal(reply.field('Cache-Control'), 'max-age=60');
  assert.equal(reply.field('X-Other'), undefined);
  const earlier = 'Sun, 06 Nov 1994 08:49:36 GMT';
  await askEach(connection, [
    [get('/tagged', `If-Modified-Since: ${modified}`), 304],
    [get('/tagged', 'If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT'), 304],
    [get('/tagged', 'If-Modified-Since: Sun Nov  6 08:49:37 1994'), 304],
    [get('/tagged', `If-Modified-Since: ${earlier}`), 200, 'tagged'],
    [get('/tagged', 'If-Modified-Since: yesterday'), 200, 'tagged'],
    [get('/tagged', 'If-None-Match: "v2"', `If-Modified-Since: ${modified}`), 200, 'tagged'],
    [get('/tagged', `If-Unmodified-Since: ${modified}`), 200, 'tagged'],
    [get('/tagged', `If-Unmodified-Since: ${earlier}`), 412],
    [get('/tagged', 'Range: bytes=0-2', 'If-Range: "v1"'), 206, 'tag'],
    [get('/tagged', 'Range: bytes=0-2', `If-Range: ${modified}`), 206, 'tag'],
    [get('/tagged', 'Range: bytes=0-2', 'If-Range: "v2"'), 200, 'tagged'],
    [get('/tagged', 'Range: bytes=0-2', `If-Range: ${earlier}`), 200, 'tagged'],
    [get('/weak', 'If-None-Match: "w1"'), 304],
    [get('/weak', 'If-Match: W/"w1"'), 412],
    [get('/weak', 'Range: bytes=0-2', 'If-Range: W/"w1"'), 200, 'weakly tagged'],
  ]);
});

scenario('a body is compressed for who prefers that', async (run) => {
  const connection = run.connect(await run.serve('content'));
  const plain = await connection.exchange(get('/page'));
  const gzip = await connection.exchange(get('/page', 'Accept-Encoding: gzip, deflate, br'));
  assert.equal(plain.field('Content-Encoding'), undefined);
  assert.equal(gzip.field('Content-Encoding'), 'gzip');
  assert.equal(zlib.gunzipSync(gzip.body).toString(), plain.text);
  assert.ok(gzip.body.length < plain.body.length);
  assert.notEqual(gzip.field('ETag'), plain.field('ETag'));
  for (const reply of [plain, gzip])
    assert.equal(reply.field('Vary'), 'Origin, Accept-Encoding');
  const fields = ['Accept-Encoding: gzip'];
  const head = await connection.exchange(request('HEAD', '/page', { fields }));
  assert.equal(head.field('ETag'), gzip.field('ETag'));
  assert.equal(head.field('Content-Length'), String(gzip.body.length));
  const put = await connection.exchange(request('PUT', '/page', { body: 'x', fields }));
  assert.deepEqual(put.body, gzip.body);
  const again = await connection.exchange(
    get('/page', 'Accept-Encoding: gzip', `If-None-Match: ${gzip.field('ETag')}`));
  assert.equal(again.status, 304);
  assert.equal(again.field('Vary'), 'Origin, Accept-Encoding');
  for (const value of ['gzip;q=0', 'identity', 'br', 'gzip;q=0.5, identity', '*;q=0', '']) {
    const reply = await connection.exchange(get('/page', `Accept-Encoding: ${value}`));
    assert.equal(reply.text, plain.text, value);
  }
  for (const target of ['/raw', '/letters', '/tagged']) {
    const reply = await connection.exchange(get(target, 'Accept-Encoding: gzip'));
    assert.equal(reply.field('Content-Encoding'), undefined);
    assert.equal(reply.field('Vary'), undefined);
  }
});

scenario('another method gets 412 where GET gets 304', async (run) => {
  const connection = run.connect(await run.serve('content'));
  const put = (...fields) => request('PUT', '/page', { body: 'x', fields });
  const { text } = await connection.exchange(get('/page'));
  await askEach(connection, [
    [put('If-None-Match: *'), 412],
    [put('If-Match: "a"'), 412],
    [put('If-Match: *'), 200, text],
    [put('Range: bytes=0-1'), 200, text],
  ]);
});

scenario('one range is a 206 with its place', async (run) => {
  const connection = run.connect(await run.serve('content'));
  const whole = await connection.exchange(get('/letters'));
  for (const [value, place, body] of [
    ['bytes=0-0', '0-0', 'a'],
    ['bytes=3-5', '3-5', 'def'],
    ['bytes=24-', '24-25', 'yz'],
    ['bytes=24-99', '24-25', 'yz'],
    ['bytes=-3', '23-25', 'xyz'],
    ['bytes=-99', '0-25', letters],
    ['BYTES=3-5,99-', '3-5', 'def'],
  ]) {
    const reply = await connection.exchange(get('/letters', `Range: ${value}`));
    assert.equal(reply.line, 'HTTP/1.1 206 Partial Content', value);
    assert.equal(reply.field('Content-Range'), `bytes ${place}/26`);
    assert.equal(reply.text, body);
    for (const name of ['ETag', 'Content-Type', 'Accept-Ranges'])
      assert.equal(reply.field(name), whole.field(name));
  }
});

scenario('a range that cannot be is a 416 or ignored', async (run) => {
  const connection = run.connect(await run.serve('content'));
  for (const value of ['bytes=26-', 'bytes=99-100', 'bytes=-0', 'bytes=26-,-0']) {
    const reply = await connection.exchange(get('/letters', `Range: ${value}`));
    assert.equal(reply.line, 'HTTP/1.1 416 Range Not Satisfiable', value);
    assert.equal(reply.field('Content-Range'), 'bytes */26');
    assert.equal(reply.text, '');
  }
  await askEach(connection, [
    [get('/letters', 'Range: bytes=5-3'), 200, letters],
    [get('/letters', 'Range: bytes=a-b'), 200, letters],
    [get('/letters', 'Range: lines=0-1'), 200, letters],
    [get('/letters', 'Range: bytes=0-20,5-25'), 200, letters],
    [get('/letters', `Range: bytes=${'0-0,'.repeat(17)}`), 200, letters],
    [get('/letters', 'Range: bytes=0-0', 'Range: bytes=0-0'), 200, letters],
    [get('/letters', 'Range: bytes=0-0', 'If-None-Match: *'), 304],
    [get('/whole', 'Range: bytes=0-0'), 200, 'not divided'],
    [get('/missing', 'Range: bytes=0-0'), 404, 'nothing here'],
    [request('HEAD', '/letters', { fields: ['Range: bytes=0-0'] }), 200],
    [request('HEAD', '/letters', { fields: ['Range: bytes=99-'] }), 200],
  ]);
});

scenario('several ranges are the parts of a multipart', async (run) => {
  const connection = run.connect(await run.serve('content'));
  const reply = await connection.exchange(get('/letters', 'Range: bytes=1-3, -2,0-0,30-'));
  assert.equal(reply.status, 206);
  assert.equal(reply.field('Content-Range'), undefined);
  const type = 'text/plain; charset=utf-8';
  assert.deepEqual(partsOf(reply), [
    ['bytes 1-3/26', type, 'bcd'],
    ['bytes 24-25/26', type, 'yz'],
    ['bytes 0-0/26', type, 'a'],
  ]);
  const most = [...Array(16).keys()].map((i) => `${i}-${i}`).join();
  assert.deepEqual(
    partsOf(await connection.exchange(get('/letters', `Range: bytes=${most}`)))
      .map(([, , body]) => body),
    [...letters.slice(0, 16)]);
  const tricky = await connection.exchange(get('/boundary'));
  const parts = partsOf(await connection.exchange(get('/boundary', 'Range: bytes=0-29,30-')));
  assert.equal(parts.map(([, , body]) => body).join(''), tricky.text);
});

scenario('ranges of compressed bodies are of what is sent', async (run) => {
  const connection = run.connect(await run.serve('content'));
  const accept = 'Accept-Encoding: gzip';
  const { body } = await connection.exchange(get('/page', accept));
  const start = await connection.exchange(get('/page', accept, 'Range: bytes=0-9'));
  const end = await connection.exchange(get('/page', accept, 'Range: bytes=10-'));
  assert.equal(end.field('Content-Encoding'), 'gzip');
  assert.equal(end.field('Content-Range'), `bytes 10-${body.length - 1}/${body.length}`);
  assert.deepEqual(Buffer.concat([start.body, end.body]), body);
});

scenario('ranges of large bodies arrive whole', async (run) => {
  const connection = run.connect(await run.serve('large'));
  const { text } = await connection.exchange(get('/numbers'));
  const ranges = [[0, 99999], [7, 7], [200000, 239999], [100000, 150000], [239990, 240000]];
  for (const [first, last] of ranges) {
    const reply = await connection.exchange(get('/numbers', `Range: bytes=${first}-${last}`));
    assert.equal(reply.text, text.slice(first, last + 1));
  }
  const value = ranges.map((range) => range.join('-')).join();
  const parts = partsOf(await connection.exchange(get('/numbers', `Range: bytes=${value}`)));
  assert.deepEqual(parts.map(([, , body]) => body),
    ranges.map(([first, last]) => text.slice(first, last + 1)));
  const gzip = await connection.exchange(get('/numbers', 'Accept-Encoding: gzip'));
  assert.equal(zlib.gunzipSync(gzip.body).toString(), text);
});

// Every answer ends where its length says, whatever comes before and behind it.
scenario('answers of every kind can be pipelined', async (run) => {
  const connection = run.connect(await run.serve('content'));
  const rows = [
    [get('/letters'), 200],
    [get('/letters', 'Range: bytes=0-1,3-4,6-7'), 206],
    [get('/letters', 'If-None-Match: *'), 304],
    [get('/page', 'Accept-Encoding: gzip'), 200],
    [get('/letters', 'Range: bytes=99-'), 416],
    [get('/letters', 'If-Match: "a"'), 412],
    [get('/letters', 'Range: bytes=-1'), 206],
    [request('HEAD', '/letters', { fields: ['If-None-Match: *'] }), 304, 'HEAD'],
    [get('/letters', 'Connection: close'), 200],
  ];
  connection.send(rows.map(([data]) => data).join(''));
  for (const [, status, method] of rows)
    assert.equal((await connection.reply(method)).status, status);
  await connection.ended();
});
