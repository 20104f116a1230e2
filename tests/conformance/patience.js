'use strict';
// How long the server waits for clients that are slow, and what it does when there are
// more of them than it has room for. Only what must not be early is timed; nothing fails
// because it took long.

const assert = require('node:assert/strict');
const { setTimeout: pause } = require('node:timers/promises');
const { scenario, unix } = require('../integration/lib/scenario');
const { poll, within } = require('../integration/lib/deadline');
const { request } = require('../integration/lib/http');
const world = require('../integration/lib/world');

// As in patience.yaml; clocks may differ by a little.
const HEAD_MS = 300;
const BODY_MS = 400;
const IDLE_MS = 700;
const SLACK_MS = 50;

const get = request('GET', '/hello');
const post = (...fields) => request('POST', '/cart', { fields });
const chunked = post('Transfer-Encoding: chunked');

async function checkHello(connection) {
  const reply = await connection.exchange(get);
  if (reply.text !== 'hello') connection.fail(`not the greeting: ${reply.line}`);
}

// A 408, then the end, not before `ms` have passed since `start`.
async function checkTimeout(connection, start, ms) {
  const reply = await connection.reply();
  const took = Date.now() - start;
  if (reply.status !== 408) connection.fail(`expected 408, got ${reply.line}`);
  assert.equal(reply.field('Connection'), 'close', connection.describe());
  assert.equal(reply.field('Content-Length'), '0', connection.describe());
  if (took < ms - SLACK_MS) connection.fail(`gave up after only ${took} ms`);
  await connection.ended();
}

// Sends `piece(i)` every `ms` until the connection ends.
async function trickle(connection, piece, ms) {
  for (let i = 0; connection.end === undefined; i++) {
    connection.send(piece(i));
    await pause(ms);
  }
}

// Heads and bodies that stop somewhere.
const halfHeads = {
  'a letter': 'G',
  'a method': 'GET ',
  'half a request line': 'GET /hel',
  'a request line': 'GET /hello HTTP/1.1\r\n',
  'a CR': 'GET /hello HTTP/1.1\r',
  'half a field': 'GET /hello HTTP/1.1\r\nHo',
  'all but the last byte': get.slice(0, -1),
  'all but the empty line': get.slice(0, -2),
  'an empty line and a letter': '\r\nG',
};
const halfBodies = {
  'no byte of a body': post('Content-Length: 5'),
  'all but the last byte of a body': post('Content-Length: 5') + 'hell',
  'no chunk': chunked,
  'half a chunk\'s size': `${chunked}1`,
  'a chunk\'s size': `${chunked}5\r\n`,
  'half a chunk': `${chunked}5\r\nhe`,
  'a chunk without its end': `${chunked}5\r\nhello`,
  'a chunk with half its end': `${chunked}5\r\nhello\r`,
  'no last chunk': `${chunked}5\r\nhello\r\n`,
  'half an extension': `${chunked}5;a="b`,
  'a last chunk': `${chunked}0\r\n`,
  'half a trailer': `${chunked}0\r\nX: y`,
  'all but the last byte of chunks': `${chunked}0\r\n\r`,
};

// More at once than the server has room for would wait for each other.
const AT_ONCE = 5;

async function checkTimeouts(run, texts, ms) {
  const server = await run.serve('patience');
  const all = Object.entries(texts);
  for (let at = 0; at < all.length; at += AT_ONCE) {
    await Promise.all(all.slice(at, at + AT_ONCE).map(async ([name, text]) => {
      const connection = run.connect(server);
      const start = Date.now();
      connection.send(text);
      try {
        await checkTimeout(connection, start, ms);
      } catch (error) {
        error.message = `${name}: ${error.message}`;
        throw error;
      }
    }));
  }
  await checkHello(run.connect(server));
}

scenario('a head that does not end is answered with 408', async (run) => {
  await checkTimeouts(run, halfHeads, HEAD_MS);
});

scenario('a body that does not end is answered with 408', async (run) => {
  await checkTimeouts(run, halfBodies, BODY_MS);
});

scenario('a second request that does not end is answered with 408', async (run) => {
  const connection = run.connect(await run.serve('patience'));
  await checkHello(connection);
  const start = Date.now();
  connection.send('GET /hello');
  await checkTimeout(connection, start, HEAD_MS);
});

scenario('a head that trickles in is given up all the same', async (run) => {
  const connection = run.connect(await run.serve('patience'));
  const start = Date.now();
  connection.send('GET /hello HTTP/1.1\r\n');
  const trickling = trickle(connection, (i) => `X-${i}: y\r\n`, 20);
  await checkTimeout(connection, start, HEAD_MS);
  await trickling;
});

scenario('empty lines that trickle in are no reason to wait', async (run) => {
  const connection = run.connect(await run.serve('patience'));
  const trickling = trickle(connection, () => '\r\n', 20);
  await within(connection.closed, 'the end', () => connection.describe());
  await trickling;
});

scenario('a body that trickles in is waited for', async (run) => {
  const connection = run.connect(await run.serve('patience'));
  const PIECES = 20;
  connection.send(post(`Content-Length: ${PIECES}`));
  for (let i = 0; i < PIECES; i++) {
    await pause(2 * BODY_MS / PIECES);
    connection.send('x');
  }
  const reply = await connection.reply('POST');
  // Where the machine slept for longer than the limit, giving up is right as well.
  if (reply.status !== 408) assert.equal(reply.text, 'the cart', connection.describe());
});

scenario('a client that says nothing is left without a word', async (run) => {
  const connection = run.connect(await run.serve('patience'));
  await connection.ended();
});

scenario('a kept connection that idles ends without a word', async (run) => {
  const connection = run.connect(await run.serve('patience'));
  await checkHello(connection);
  const start = Date.now();
  await connection.ended();
  const took = Date.now() - start;
  if (took < IDLE_MS - SLACK_MS) connection.fail(`gave up after only ${took} ms`);
});

scenario('each answer begins the idle time anew', async (run) => {
  const connection = run.connect(await run.serve('patience'));
  const start = Date.now();
  while (Date.now() - start < 2 * IDLE_MS) {
    const before = Date.now();
    await pause(IDLE_MS / 4);
    if (Date.now() - before > IDLE_MS / 2) return; // the machine slept
    await checkHello(connection);
  }
});

scenario('a refused client that keeps sending is dropped', async (run) => {
  const connection = run.connect(await run.serve('patience'));
  connection.send('hello\r\n\r\n');
  assert.equal((await connection.reply()).status, 400);
  // A socket's output can go on behind the end of its input; it breaks at last.
  const isOver = () => world.isWindows ? connection.end : connection.stream.output.destroyed;
  await poll(() => {
    connection.send('x'.repeat(1000));
    return isOver();
  }, 'the end', () => connection.describe().slice(0, 2000));
  assert.equal(connection.received.length, 0);
});

scenario('a refused client that sends a lot is dropped', async (run) => {
  const server = await run.serve('patience');
  const connection = run.connect(server);
  connection.send('POST /cart HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n');
  assert.equal((await connection.reply('POST')).status, 413);
  for (let i = 0; i < 64; i++) connection.send(Buffer.alloc(256 * 1024, 'x'));
  await within(connection.closed, 'the end');
  await checkHello(run.connect(server));
});

scenario('a client that does not read its answers is dropped', async (run) => {
  const server = await run.serve('patience');
  const connection = run.connect(server);
  connection.pause();
  connection.send(request('GET', '/large').repeat(50));
  await poll(() => {
    connection.send(get); // breaks once the server has closed
    return connection.stream.output.destroyed;
  }, 'the end', () => connection.describe().slice(0, 2000));
  await checkHello(run.connect(server));
}, unix);

scenario('clients that trickle hold their own connections only, and not for long',
  async (run) => {
    const server = await run.serve('patience');
    const loris = Array.from({ length: 6 }, () => run.connect(server));
    const trickling = loris.map((connection) => {
      connection.send('GET /hello HTTP/1.1\r\n');
      return trickle(connection, (i) => `X-${i}: y\r\n`, 40);
    });
    await serve(run, server);
    await Promise.all(trickling);
    await checkHello(run.connect(server));
  });

// ---- More clients than there is room for: four, as in crowded.yaml ----

const ROOM = 4;

// A client that is served, whatever it takes: a full pipe turns it away at first.
async function serve(run, server) {
  for (const end = Date.now() + world.patience; ;) {
    const connection = run.connect(server);
    try {
      await checkHello(connection);
      return connection;
    } catch (error) {
      if (!/PIPE_BUSY|\(231\)/.test(error.message) || Date.now() > end) throw error;
      await pause(20);
    }
  }
}

// As many as there is room for, from the one that has idled longest on.
async function fill(run, server) {
  const all = [];
  for (let i = 0; i < ROOM; i++) {
    all.push(await serve(run, server));
    await pause(5); // so that the server's clock tells them apart
  }
  return all;
}

async function checkAlive(connections) {
  for (const connection of connections) {
    if (connection.end !== undefined) connection.fail('closed for another client');
    await checkHello(connection);
  }
}

scenario('the client that has idled longest yields to a new one', async (run) => {
  const server = await run.serve('crowded');
  const [oldest, ...others] = await fill(run, server);
  const added = await serve(run, server);
  await oldest.ended();
  await checkAlive([...others, added]);
});

scenario('who was served last has not idled longest', async (run) => {
  const server = await run.serve('crowded');
  const [first, second, ...others] = await fill(run, server);
  await checkHello(first);
  const added = await serve(run, server);
  await second.ended();
  await checkAlive([first, ...others, added]);
});

scenario('a client that has begun a request does not yield', async (run) => {
  const server = await run.serve('crowded');
  const [busy, oldest, ...others] = await fill(run, server);
  busy.send(get.slice(0, 10));
  await checkHello(others[0]); // the server has read that by now
  const added = await serve(run, server);
  await oldest.ended();
  await checkAlive([...others, added]);
  busy.send(get.slice(10));
  assert.equal((await busy.reply()).text, 'hello');
});

scenario('a client in the middle of a body does not yield', async (run) => {
  const server = await run.serve('crowded');
  const [busy, oldest, ...others] = await fill(run, server);
  busy.send(`${post('Content-Length: 5')}he`);
  await checkHello(others[0]);
  const added = await serve(run, server);
  await oldest.ended();
  await checkAlive([...others, added]);
  busy.send('llo');
  assert.equal((await busy.reply('POST')).text, 'the cart');
});

scenario('where all have begun requests, a new client waits', async (run) => {
  const server = await run.serve('crowded');
  const all = await fill(run, server);
  for (const connection of all) {
    connection.send(get.slice(0, 10));
    await pause(5);
  }
  const waiting = serve(run, server);
  await pause(100);
  for (const connection of all) {
    connection.send(get.slice(10));
    assert.equal((await connection.reply()).text, 'hello');
  }
  await waiting;
});

scenario('a stream of new clients is served, one after the other', async (run) => {
  const server = await run.serve('crowded');
  for (let i = 0; i < 3 * ROOM; i++) await serve(run, server);
});
