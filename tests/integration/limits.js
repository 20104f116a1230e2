'use strict';
// The limits that a spec sets: just as much is served, one more is not.

const assert = require('node:assert/strict');
const { scenario, unix } = require('./lib/scenario');
const { request } = require('./lib/http');

const SECOND = 1000;
const DEFAULT_TIMEOUT = 30 * SECOND;
const TIMEOUT = 3 * SECOND;

// A request line and a head of `n` bytes, `n` fields, a body of `n` bytes.
const line = (n) => request('GET', `/a?${'x'.repeat(n - 'GET /a? HTTP/1.1\r\n'.length)}`);
const head = (n) => {
  const frame = request('GET', '/a', { fields: ['X-Fill: '] }).length;
  return request('GET', '/a', { fields: [`X-Fill: ${'y'.repeat(n - frame)}`] });
};
const fields = (n) =>
  request('GET', '/a', { fields: Array.from({ length: n - 1 }, (_, i) => `X-${i}: y`) });
const post = (n) => request('POST', '/a', { body: 'x'.repeat(n) });

// What is limited, how to ask for `n` of it, how much the spec allows, and the refusal.
const amounts = [
  ['request line', line, 200, 414],
  ['head', head, 600, 431],
  ['fields', fields, 8, 431],
  ['body', post, 1000, 413],
];

async function answer(run, server, data) {
  const connection = run.connect(server);
  const reply = await connection.exchange(data);
  if (reply.status !== 200) await connection.ended();
  connection.close();
  return reply;
}

scenario('as much as a limit says is served, one more refused', async (run) => {
  const server = await run.serve('limits');
  for (const [name, ask, limit, status] of amounts) {
    for (const n of [limit - 1, limit]) {
      const reply = await answer(run, server, ask(n));
      assert.equal(reply.text, 'hi', `${name} of ${n}`);
    }
    const reply = await answer(run, server, ask(limit + 1));
    assert.equal(reply.status, status, name);
    assert.equal(reply.field('Connection'), 'close', name);
    assert.equal(reply.field('Date'), undefined, name);
  }
});

scenario('answers of a server without Date are the same, byte for byte', async (run) => {
  const connection = run.connect(await run.serve('limits'));
  for (const [target, line] of [['/a', '200 OK'], ['/b', '404 Not Found']]) {
    const { head } = await connection.exchange(request('GET', target));
    assert.match(head, new RegExp(`^HTTP/1.1 ${line}\r\n((Content-|ETag|Accept-Ranges)[^\r]*(\r\n|$))+$`));
  }
});

scenario('time is limited', async (run) => {
  const server = await run.serve('limits');
  const start = Date.now();
  const [slow, stuck, idle] = [run.connect(server), run.connect(server), run.connect(server)];
  slow.send('GET /a HTTP/1.1\r\n');
  stuck.send(request('POST', '/a', { fields: ['Content-Length: 3'] }) + 'ab');
  idle.send(request('GET', '/a'));
  assert.equal((await idle.reply()).status, 200);
  const [head, body] = [await slow.reply('GET'), await stuck.reply('POST')];
  assert.deepEqual([head.status, body.status], [408, 408]);
  await Promise.all([slow.ended(), stuck.ended(), idle.ended()]);
  const took = Date.now() - start;
  assert.ok(took >= TIMEOUT - 100, `gave up after ${took} ms`);
  assert.ok(took < DEFAULT_TIMEOUT, `gave up only after ${took} ms`);
});

scenario('of as many connections as may be, the oldest idle one yields', async (run) => {
  const server = await run.serve('limits');
  const get = request('GET', '/a');
  const [first, ...others] = [run.connect(server), run.connect(server), run.connect(server)];
  for (const connection of [first, ...others]) await connection.exchange(get);
  const next = run.connect(server);
  assert.equal((await next.exchange(get)).text, 'hi');
  await first.ended();
  for (const connection of [...others, next])
    assert.equal((await connection.exchange(get)).text, 'hi');
}, unix);
