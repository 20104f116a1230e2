'use strict';
// Clients that people use: curl and Node's own.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { scenario, unix } = require('./lib/scenario');
const { within } = require('./lib/deadline');
const { run: runProgram } = require('./lib/program');

const hello = 'Hello over named pipe';
const MIB = 1024 * 1024;

function curl(server, ...args) {
  return runProgram(['curl', ['--silent', '--show-error', '--max-time', '60',
    '--unix-socket', server.path, ...args]]);
}

// One request of Node's client. Gives { status, headers, text, socket }.
function ask(options, body) {
  const answer = new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      const { socket } = request;
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({
        status: response.statusCode,
        headers: response.headers,
        text: Buffer.concat(chunks).toString(),
        socket,
      }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
  return within(answer, `the reply to ${options.method ?? 'GET'} ${options.path}`);
}

scenario('curl --unix-socket', async (run) => {
  const server = await run.serve();
  const get = await curl(server, 'http://localhost/pipe');
  assert.equal(get.code, 0, get.text);
  assert.equal(get.stdout, hello, get.text);
  const twice = await curl(server, '-v', 'http://localhost/pipe', 'http://localhost/pipe');
  assert.equal(twice.stdout, hello + hello, twice.text);
  assert.match(twice.stderr, /Re-using existing connection/, twice.text);
  const head = await curl(server, '--head', 'http://localhost/pipe');
  assert.match(head.stdout, /^HTTP\/1\.1 200 OK\r\n/, head.text);
  assert.match(head.stdout, /^Content-Length: 21\r$/m, head.text);
  const missing = await curl(server, '--fail', 'http://localhost/nowhere');
  assert.equal(missing.code, 22, missing.text);
  const old = await curl(server, '--http1.0', 'http://localhost/pipe');
  assert.equal(old.stdout, hello, old.text);
  const upgrade = await curl(server, '--http2', 'http://localhost/pipe');
  assert.equal(upgrade.stdout, hello, upgrade.text);
}, unix);

scenario('curl sends bodies', async (run) => {
  const server = await run.serve('shop');
  const file = path.join(run.folder, 'body');
  const post = (size, ...args) => {
    fs.writeFileSync(file, 'x'.repeat(size));
    return curl(server, '--data-binary', `@${file}`, '--write-out', '|%{http_code}',
      ...args, 'http://localhost/cart');
  };
  // curl expects 100-continue for the second.
  for (const size of [10, MIB]) {
    const result = await post(size);
    assert.equal(result.stdout, 'the cart|200', result.text);
  }
  const expecting = await post(100, '-v', '--header', 'Expect: 100-continue');
  assert.match(expecting.stderr, /< HTTP\/1\.1 100 Continue/, expecting.text);
  assert.equal(expecting.stdout, 'the cart|200', expecting.text);
  for (const args of [[], ['--header', 'Expect:']]) {
    const refused = await post(2 * MIB, ...args);
    assert.equal(refused.stdout, '|413', refused.text);
  }
}, unix);

scenario('Node http.request with socketPath', async (run) => {
  const server = await run.serve();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const options = { socketPath: server.path, path: '/pipe', agent };
  try {
    const first = await ask(options);
    assert.equal(first.text, hello);
    assert.equal(first.headers['content-type'], 'text/plain; charset=utf-8');
    const second = await ask(options);
    assert.equal(second.text, hello);
    assert.ok(second.socket === first.socket, 'the connection was not kept');
    const head = await ask({ ...options, method: 'HEAD' });
    assert.equal(head.headers['content-length'], '21');
    assert.equal(head.text, '');
    const small = await ask({ ...options, method: 'POST' }, 'x'.repeat(MIB));
    assert.equal(small.status, 405);
    assert.equal(small.headers.allow, 'GET, HEAD, OPTIONS');
    const after = await ask(options);
    assert.ok(after.socket === first.socket, 'the connection was not kept after a body');
    const replies = await Promise.all(Array.from({ length: 40 }, () => ask(options)));
    for (const reply of replies) assert.equal(reply.text, hello);
  } finally {
    agent.destroy();
  }
}, unix);

scenario('Node sends a body over the limit', async (run) => {
  const server = await run.serve('shop');
  const agent = new http.Agent({ keepAlive: true });
  const options = { socketPath: server.path, path: '/cart', method: 'POST', agent };
  try {
    const refused = await ask({ ...options, headers: { 'Content-Length': 2 * MIB } },
      'x'.repeat(2 * MIB));
    assert.equal(refused.status, 413);
    assert.equal(refused.headers.connection, 'close');
    assert.equal((await ask(options, 'small')).status, 200);
  } finally {
    agent.destroy();
  }
}, unix);

scenario('Node with 40 connections at once', async (run) => {
  const server = await run.serve();
  const options = { socketPath: server.path, path: '/pipe', agent: false };
  const replies = await Promise.all(Array.from({ length: 40 }, () => ask(options)));
  for (const reply of replies) assert.equal(reply.text, hello);
}, unix);
