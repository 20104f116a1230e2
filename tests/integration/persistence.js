'use strict';
// Several requests on one connection, in one piece or in many.

const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { scenario, unix } = require('./lib/scenario');
const { request } = require('./lib/http');

const get = (options) => request('GET', '/pipe', options);
const hello = 'Hello over named pipe';

function checkHello(connection, reply) {
  if (reply.status !== 200 || reply.text !== hello)
    connection.fail(`not the demo's reply: ${reply.line}`);
}

scenario('a connection is kept for more requests', async (run) => {
  const connection = run.connect(await run.serve());
  for (let i = 0; i < 20; i++) checkHello(connection, await connection.exchange(get()));
  assert.equal((await connection.exchange(request('GET', '/x'))).status, 404);
  assert.equal((await connection.exchange(request('POST', '/pipe'))).status, 405);
  assert.equal((await connection.exchange(request('BREW', '/pipe'))).status, 501);
  checkHello(connection, await connection.exchange(get()));
});

scenario('Connection and the version decide on its end', async (run) => {
  const server = await run.serve();
  const close = { fields: ['Connection: close'] };
  const old = { version: 'HTTP/1.0' };
  const oldKept = { version: 'HTTP/1.0', fields: ['Connection: Keep-Alive'] };
  for (const [options, connectionField, isKept] of [
    [{}, undefined, true],
    [{ fields: ['Connection: keep-alive'] }, undefined, true],
    [{ fields: ['Connection: x, CLOSE'] }, 'close', false],
    [{ fields: ['Connection: x', 'Connection: close'] }, 'close', false],
    [close, 'close', false],
    [old, 'close', false],
    [oldKept, 'keep-alive', true],
  ]) {
    const connection = run.connect(server);
    connection.send(get(options));
    const reply = await connection.reply();
    checkHello(connection, reply);
    assert.equal(reply.field('Connection'), connectionField, connection.describe());
    if (isKept) checkHello(connection, await connection.exchange(get(close)));
    await connection.ended();
  }
});

scenario('what follows Connection: close is not answered', async (run) => {
  const connection = run.connect(await run.serve());
  connection.send(get({ fields: ['Connection: close'] }) + get());
  checkHello(connection, await connection.reply());
  await connection.ended();
});

scenario('16 pipelined requests get 16 replies in order', async (run) => {
  const connection = run.connect(await run.serve('shop'));
  const bodies = {
    '/users/7': 'one user', '/nowhere': '', '/feed': '<feed/>', '/cart': 'the cart',
  };
  const targets = Array.from({ length: 16 }, (_, i) => Object.keys(bodies)[i % 4]);
  connection.send(targets.map((target) => request('GET', target)).join(''));
  for (const [i, target] of targets.entries()) {
    const reply = await connection.reply();
    if (reply.text !== bodies[target]) connection.fail(`reply ${i} is not to ${target}`);
  }
});

scenario('many more pipelined requests than the server buffers', async (run) => {
  const connection = run.connect(await run.serve());
  const n = 3000;
  connection.send(get().repeat(n));
  for (let i = 0; i < n; i++) checkHello(connection, await connection.reply());
});

scenario('pipelined replies larger than any buffer', async (run) => {
  const connection = run.connect(await run.serve('large'));
  const sizes = [300000, 5000, 9000, 300000, 70000, 300000];
  connection.pause();
  connection.send(sizes.map((size) => request('GET', `/${size}`)).join(''));
  connection.resume();
  for (const size of sizes) assert.equal((await connection.reply()).body.length, size);
});

scenario('a request may come byte by byte', async (run) => {
  const connection = run.connect(await run.serve());
  const data = get({ fields: ['X-Some: thing'] });
  for (const byte of data) {
    connection.send(byte);
    await turn();
  }
  checkHello(connection, await connection.reply());
});

scenario('a request may be cut at any place', async (run) => {
  const connection = run.connect(await run.serve());
  const data = request('POST', '/pipe', { body: 'abc' }) + get();
  for (let at = 1; at < data.length; at++) {
    connection.send(data.slice(0, at));
    await turn();
    connection.send(data.slice(at));
    assert.equal((await connection.reply('POST')).status, 405, `cut at ${at}`);
    checkHello(connection, await connection.reply());
  }
});

scenario('a body is read and discarded, the next request answered', async (run) => {
  const connection = run.connect(await run.serve('shop'));
  const fake = 'GET /gone HTTP/1.1\r\nHost: a\r\n\r\n'; // a body that looks like a request
  for (const body of ['', 'x', fake, 'y'.repeat(200000)]) {
    connection.send(request('POST', '/cart', { body }) + request('GET', '/page'));
    assert.equal((await connection.reply('POST')).text, 'the cart');
    assert.equal((await connection.reply()).field('Content-Type'),
      'text/html; charset=utf-8');
  }
});

scenario('a body may come in pieces', async (run) => {
  const connection = run.connect(await run.serve('shop'));
  const head = request('POST', '/cart', { fields: ['Content-Length: 10'] });
  for (const piece of [head, '01', '234', '5678', '9']) {
    connection.send(piece);
    await turn();
  }
  assert.equal((await connection.reply('POST')).text, 'the cart');
  assert.equal((await connection.exchange(request('GET', '/cart'))).text, 'the cart');
});

scenario('Expect: 100-continue gets a 100 before the body', async (run) => {
  const connection = run.connect(await run.serve('shop'));
  const head = request('POST', '/cart',
    { fields: ['Expect: 100-continue', 'Content-Length: 4'] });
  const interim = await connection.exchange(head);
  assert.equal(interim.line, 'HTTP/1.1 100 Continue');
  assert.equal((await connection.exchange('body', 'POST')).text, 'the cart');
  const whole = await connection.exchange(head + 'body');
  assert.equal(whole.status, 200, 'no 100 is needed when the body came along');
});

scenario('a client that closes its half still gets the reply', async (run) => {
  const connection = run.connect(await run.serve());
  connection.send(get() + get());
  connection.endOutput();
  checkHello(connection, await connection.reply());
  checkHello(connection, await connection.reply());
  await connection.ended();
}, unix);
