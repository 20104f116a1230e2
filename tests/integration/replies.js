'use strict';
// What a well-formed request is answered with.

const assert = require('node:assert/strict');
const { scenario } = require('./lib/scenario');
const { request } = require('./lib/http');

const imfFixdate =
  /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

function checkDate(reply, earliest) {
  const date = reply.field('Date');
  assert.match(date, imfFixdate);
  const time = Date.parse(date);
  assert.equal(new Date(time).toUTCString(), date, 'the day of the week is wrong');
  assert.ok(time >= earliest - 2000 && time <= Date.now() + 2000, `Date is ${date}`);
}

// The head without what changes with time.
function stableHead(reply) {
  return reply.head.replace(/^Date: .*$/m, 'Date: ...');
}

// Asks for each row [request, status, ...] on one connection and hands the reply to
// `check(reply, ...)`.
async function askEach(connection, rows, check = () => {}) {
  for (const [data, status, ...rest] of rows) {
    const reply = await connection.exchange(data);
    if (reply.status !== status) connection.fail(`expected ${status}, got ${reply.line}`);
    check(reply, ...rest);
  }
}

scenario('GET /pipe is the demo', async (run) => {
  const connection = run.connect(await run.serve());
  const start = Date.now();
  const reply = await connection.exchange(request('GET', '/pipe'));
  assert.equal(reply.line, 'HTTP/1.1 200 OK');
  assert.equal(reply.field('Content-Type'), 'text/plain; charset=utf-8');
  assert.equal(reply.field('Content-Length'), '21');
  assert.equal(reply.field('Connection'), undefined);
  assert.equal(reply.text, 'Hello over named pipe');
  checkDate(reply, start);
});

scenario('HEAD gets the head of GET and no body', async (run) => {
  const connection = run.connect(await run.serve());
  const get = await connection.exchange(request('GET', '/pipe'));
  const head = await connection.exchange(request('HEAD', '/pipe'));
  assert.equal(stableHead(head), stableHead(get));
  const missing = await connection.exchange(request('HEAD', '/nowhere'));
  assert.equal(missing.status, 404);
  connection.send(request('GET', '/pipe', { fields: ['Connection: close'] }));
  assert.equal((await connection.reply()).text, 'Hello over named pipe');
  await connection.ended();
});

scenario('unknown paths are 404, known ones 405 or 204 with Allow', async (run) => {
  const connection = run.connect(await run.serve());
  const allow = 'GET, HEAD, OPTIONS';
  await askEach(connection, [
    [request('GET', '/nowhere'), 404],
    [request('GET', '/'), 404],
    [request('GET', '/pipe/'), 404],
    [request('GET', '/Pipe'), 404],
    [request('POST', '/nowhere'), 404],
    [request('OPTIONS', '/nowhere'), 404],
    [request('POST', '/pipe'), 405, allow],
    [request('DELETE', '/pipe', { body: 'x' }), 405, allow],
    [request('OPTIONS', '/pipe'), 204, allow],
    [request('OPTIONS', '*'), 204, allow],
    [request('BREW', '/pipe'), 501],
    [request('get', '/pipe'), 501],
    [request('GET', '/pipe'), 200],
  ], (reply, expected) => {
    assert.equal(reply.field('Allow'), expected);
    if (reply.status === 204) return;
    assert.equal(reply.field('Content-Length'), reply.status === 200 ? '21' : '0');
  });
});

scenario('a query, a fragment of spelling and an absolute URL reach the route',
  async (run) => {
    const connection = run.connect(await run.serve());
    const host = (name) => ({ fields: [`Host: ${name}`] });
    await askEach(connection, [
      [request('GET', '/pipe?'), 200],
      [request('GET', '/pipe?a=1&b=/x?y'), 200],
      [request('GET', 'http://localhost/pipe'), 200],
      [request('GET', 'HTTP://a.example:80/pipe?q', host('a.example:80')), 200],
      [request('GET', '/pipe', host('')), 200],
      [request('GET', '/pipe', host('[::1]:8080')), 200],
      ['GET /pipe HTTP/1.1\r\nHOST:\t localhost \t\r\nX-Empty:\r\n\r\n', 200],
      ['\r\n\r\nGET /pipe HTTP/1.1\r\nHost: after-empty-lines\r\n\r\n', 200, 'GET'],
    ]);
  });

scenario('the shop: every kind of response', async (run) => {
  const connection = run.connect(await run.serve('shop'));
  const plain = 'text/plain; charset=utf-8';
  await askEach(connection, [
    [request('GET', '/'), 200, plain, 'the shop'],
    [request('GET', '/tea/'), 200, plain, 'leaves'],
    [request('GET', '/tea'), 404, undefined, ''],
    [request('GET', '/health'), 204, undefined, ''],
    [request('GET', '/users/me'), 200, 'application/json', { id: 1, name: 'Ada' }],
    [request('GET', '/users/7'), 200, plain, 'one user'],
    [request('GET', '/users/men'), 200, plain, 'one user'],
    [request('GET', '/users/'), 404, undefined, ''],
    [request('GET', '/users/7/orders/9'), 200, plain, 'one order'],
    [request('GET', '/users/me/orders/9'), 200, plain, 'one order'],
    [request('GET', '/users/7/orders/'), 404, undefined, ''],
    [request('GET', '/cart'), 200, plain, 'the cart'],
    [request('POST', '/cart', { body: 'x' }), 200, plain, 'the cart'],
    [request('PUT', '/items/A-1'), 202, plain, 'queued'],
    [request('DELETE', '/items/%41'), 202, plain, 'queued'],
    [request('GET', '/page'), 200, 'text/html; charset=utf-8',
      '<!doctype html>\n<p>Tea &amp; biscuits</p>\n'],
    [request('GET', '/feed'), 200, 'application/atom+xml', '<feed/>'],
    [request('GET', '/greeting'), 200, plain, 'Grüße, ??/ "quoted"\ttab'],
    [request('GET', '/empty'), 200, plain, ''],
    [request('GET', '/gone'), 410, plain, 'sold out'],
    [request('GET', '/probe'), 200, plain, 'there'],
    [request('HEAD', '/probe'), 204, undefined, ''],
    [request('REPORT', '/sales'), 200, plain, 'none'],
  ], (reply, type, body) => {
    assert.equal(reply.field('Content-Type'), type);
    if (typeof body === 'string') assert.equal(reply.text, body);
    else assert.deepEqual(JSON.parse(reply.text), body);
  });
});

scenario('the shop: status, headers and JSON of POST /orders', async (run) => {
  const connection = run.connect(await run.serve('shop'));
  const reply = await connection.exchange(request('POST', '/orders', { body: '{}' }));
  assert.equal(reply.line, 'HTTP/1.1 201 Created');
  assert.equal(reply.field('Location'), '/orders/1');
  assert.equal(reply.field('X-Note'), 'first: "second", \\third');
  assert.deepEqual(JSON.parse(reply.text), {
    id: 1,
    lines: [{ sku: 'A-1', qty: 2, price: 9.5 }],
    greeting: 'Grüße',
    paid: false,
    coupon: null,
  });
});

scenario('the shop: Allow lists what the path has', async (run) => {
  const connection = run.connect(await run.serve('shop'));
  await askEach(connection, [
    [request('DELETE', '/cart'), 405, 'GET, HEAD, POST, OPTIONS'],
    [request('GET', '/items/A-1'), 405, 'DELETE, PUT, OPTIONS'],
    [request('GET', '/orders'), 405, 'POST, OPTIONS'],
    [request('REPORT', '/cart'), 405, 'GET, HEAD, POST, OPTIONS'],
    [request('OPTIONS', '/users/me'), 204, 'GET, HEAD, OPTIONS'],
    [request('OPTIONS', '/sales'), 204, 'REPORT, OPTIONS'],
    [request('OPTIONS', '*'), 204, 'DELETE, GET, HEAD, POST, PUT, REPORT, OPTIONS'],
  ], (reply, allow) => assert.equal(reply.field('Allow'), allow));
});

scenario('bodies of any size arrive whole', async (run) => {
  const connection = run.connect(await run.serve('large'));
  for (const size of [5000, 9000, 70000, 300000]) {
    const reply = await connection.exchange(request('GET', `/${size}`));
    assert.equal(reply.field('Content-Length'), String(size));
    assert.equal(reply.text, 'x'.repeat(size));
    const head = await connection.exchange(request('HEAD', `/${size}`));
    assert.equal(head.field('Content-Length'), String(size));
  }
});
