'use strict';
// Many clients, most of them bad company.

const assert = require('node:assert/strict');
const { scenario, unix } = require('./lib/scenario');
const { request } = require('./lib/http');

const get = request('GET', '/pipe');
const hello = 'Hello over named pipe';

async function checkServed(connection) {
  const reply = await connection.exchange(get);
  if (reply.text !== hello) connection.fail(`not the demo's reply: ${reply.line}`);
}

async function checkServedAnew(run, server) {
  const connection = run.connect(server);
  await checkServed(connection);
  connection.close();
  return connection.closed;
}

// A connection that has been accepted for sure.
async function connected(run, server) {
  const connection = run.connect(server);
  await checkServed(connection);
  return connection;
}

scenario('a ninth client is served beside eight that idle or misbehave', async (run) => {
  const server = await run.serve();
  const others = await Promise.all(
    Array.from({ length: 8 }, () => connected(run, server)));
  const [, , half, halfBody, halfLine, garbage, large, killed] = others;
  half.send(get.slice(0, -2));
  halfBody.send('POST /pipe HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc');
  halfLine.send('GE');
  garbage.send('\x00\x01\x02\r\n\r\n');
  large.send('POST /pipe HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n');
  killed.kill();
  for (let i = 0; i < 5; i++) await checkServedAnew(run, server);
  assert.equal((await garbage.reply()).status, 400);
  assert.equal((await large.reply('POST')).status, 413);
  half.send('\r\n');
  assert.equal((await half.reply()).text, hello);
  halfLine.send(get.slice(2));
  assert.equal((await halfLine.reply()).text, hello);
  halfBody.send('x'.repeat(997));
  assert.equal((await halfBody.reply('POST')).status, 405);
  await checkServed(others[0]);
});

scenario('clients that connect and leave do no harm', async (run) => {
  const server = await run.serve();
  for (let i = 0; i < 50; i += 10) {
    await Promise.all(Array.from({ length: 10 }, () => {
      const connection = run.connect(server);
      connection.close();
      return connection.closed;
    }));
  }
  await checkServedAnew(run, server);
});

scenario('clients that are killed in the middle do no harm', async (run) => {
  const server = await run.serve('large');
  const big = request('GET', '/300000');
  const pieces = ['G', big.slice(0, -1), big, big.repeat(50),
    'POST /300000 HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc'];
  for (const piece of [...pieces, ...pieces]) {
    const connection = run.connect(server);
    await connection.exchange(request('HEAD', '/300000'));
    connection.pause(); // so that the server's write is still under way
    connection.send(piece);
    connection.kill();
  }
  const reply = await run.connect(server).exchange(big);
  assert.equal(reply.body.length, 300000);
});

scenario('a client that does not read holds up nobody', async (run) => {
  const server = await run.serve('large');
  const lazy = run.connect(server);
  await lazy.exchange(request('HEAD', '/300000'));
  lazy.pause();
  lazy.send(request('GET', '/300000').repeat(20));
  for (let i = 0; i < 5; i++) {
    const reply = await run.connect(server).exchange(request('GET', '/9000'));
    assert.equal(reply.body.length, 9000);
  }
  lazy.resume();
  for (let i = 0; i < 20; i++)
    assert.equal((await lazy.reply()).body.length, 300000);
});

scenario('200 connections, one after the other', async (run) => {
  const server = await run.serve();
  for (let i = 0; i < 200; i++) await checkServedAnew(run, server);
});

scenario('the connection that idles longest yields to a client too many', async (run) => {
  const server = await run.serve();
  const oldest = await connected(run, server);
  const others = await Promise.all(
    Array.from({ length: 253 }, () => connected(run, server)));
  await checkServed(await connected(run, server));
  await oldest.ended();
  await Promise.all(others.map(checkServed));
}, unix);

// Connections whose requests lack their bodies, which the server waits for.
async function busy(run, server) {
  const connection = run.connect(server);
  const reply = await connection.exchange(
    'GET /pipe HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n');
  assert.equal(reply.status, 100);
  return connection;
}

scenario('where no client idles, one too many waits for the next that does', async (run) => {
  const server = await run.serve();
  const first = await Promise.all(Array.from({ length: 254 }, () => busy(run, server)));
  const late = run.connect(server);
  late.send(get);
  await Promise.all(first.slice(1).map((connection) => connection.send('a')));
  assert.equal(late.received.length, 0, 'the 255th client was served at once');
  assert.equal((await first[0].exchange('ab', 'GET')).text, hello);
  await first[0].ended();
  assert.equal((await late.reply()).text, hello);
  for (const connection of first.slice(1)) {
    connection.send('b');
    assert.equal((await connection.reply()).text, hello);
  }
}, unix);
