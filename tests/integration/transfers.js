'use strict';
// The client's connections and bodies: `demo --call METHOD /path ...`, to generated
// servers everywhere and, on Linux, to Node's.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { within } = require('./lib/deadline');
const { run: runProgram } = require('./lib/program');
const { scenario, unix, nativeOnly } = require('./lib/scenario');
const world = require('./lib/world');

const MIB = 1024 * 1024;

const callTo = (pipe, args) =>
  world.server('demo', ['--pipe', pipe, '--call', ...args]);

// A file of `size` bytes, and what -d calls it.
function dataFile(run, size) {
  const file = path.join(run.folder, `${size} bytes`);
  fs.writeFileSync(file, Buffer.alloc(size, 'krgen '));
  return { file, data: `@${world.serverPath(file)}` };
}

// A server of Node's, and `krgen call` to it.
async function serveNode(run, handler) {
  const place = path.join(run.folder, 'node');
  const server = http.createServer(handler);
  server.nConnections = 0;
  server.on('connection', () => { server.nConnections++; });
  await new Promise((resolve) => { server.listen(place, resolve); });
  server.unref();
  server.call = (args, options) =>
    runProgram(world.krgen(['call', place, ...args]), options);
  server.place = place;
  return server;
}

scenario('several calls are answered in order', async (run) => {
  const server = await run.serve('uploads');
  const result = await runProgram(
    callTo(server.pipe, ['PUT', '/a', 'POST', '/b', '-d', 'x', 'GET', '/c', 'GET', '/a']));
  assert.equal(result.code, 0, result.text);
  assert.equal(result.stdout, 'firstsecondthirdfirst', result.text);
  assert.match(result.stderr, /^demo: the server answered 404 Not Found\n$/);
  const heads = await runProgram(callTo(server.pipe, ['-i', 'GET', '/a', 'GET', '/a']));
  assert.equal(heads.stdout.match(/HTTP\/1\.1 200 OK/g).length, 2, heads.text);
  // Only the last is asked to be that.
  assert.match(heads.stdout, /first[^]*Connection: close[^]*first$/, heads.text);
  assert.equal(heads.stdout.match(/Connection: close/g).length, 1, heads.text);
});

scenario('several calls share one connection', async (run) => {
  const seen = [];
  const server = await serveNode(run, (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.connection}`);
    request.resume().on('end', () => response.end(`${seen.length} `));
  });
  const result = await server.call(['GET', '/1', 'POST', '/2', 'GET', '/3', '-d', 'x']);
  assert.equal(result.code, 0, result.text);
  assert.equal(result.stdout, '1 2 3 ', result.text);
  assert.deepEqual(seen, ['GET /1 undefined', 'POST /2 undefined', 'GET /3 close']);
  assert.equal(server.nConnections, 1);
}, unix);

scenario('a connection that the server ends between two calls is replaced', async (run) => {
  const server = await serveNode(run, (request, response) => {
    response.setHeader('Connection', 'close');
    response.end(request.url);
  });
  const result = await server.call(['POST', '/1', 'POST', '/2', 'POST', '/3']);
  assert.equal(result.stdout, '/1/2/3', result.text);
  assert.equal(server.nConnections, 3);
}, unix);

scenario('calls end with the first that fails', async (run) => {
  const server = await serveNode(run, (request, response) => {
    if (request.url === '/2') request.socket.destroy();
    else response.end(request.url);
  });
  const result = await server.call(['POST', '/1', 'POST', '/2', 'POST', '/3']);
  assert.equal(result.code, 3, result.text);
  assert.equal(result.stdout, '/1', result.text);
  assert.match(result.stderr, /^krgen: the server closed the connection without a reply\n$/);
}, unix);

scenario('a body goes up without limit, from a file and from standard input', async (run) => {
  const server = await run.serve('uploads');
  const { file, data } = dataFile(run, 16 * MIB);
  const whole = await runProgram(callTo(server.pipe, ['POST', '/b', '-d', data]));
  assert.equal(whole.stdout, 'second', whole.text);
  const twice = await runProgram(
    callTo(server.pipe, ['PUT', '/a', 'POST', '/b', '-d', data]));
  assert.equal(twice.stdout, 'firstsecond', twice.text);
  const stream = await runProgram(callTo(server.pipe, ['POST', '/b', '-d', '@-']),
    { input: fs.readFileSync(file) });
  assert.equal(stream.stdout, 'second', stream.text);
  assert.equal(stream.code, 0, stream.text);
});

scenario('a body that is refused on its way is not sent to its end', async (run) => {
  const server = await run.serve('limits');
  // Below a MiB the server is not asked first.
  for (const size of [900 * 1024, 2 * MIB]) {
    const { data } = dataFile(run, size);
    const result = await runProgram(callTo(server.pipe, ['POST', '/a', '-d', data]));
    assert.equal(result.code, 0, result.text);
    assert.match(result.stderr, /^demo: the server answered 413 /, result.text);
  }
});

scenario('what is refused does not spoil the next call', async (run) => {
  const server = await run.serve('limits');
  const { data } = dataFile(run, 900 * 1024);
  const result = await runProgram(
    callTo(server.pipe, ['POST', '/a', 'POST', '/a', '-d', data]));
  assert.equal(result.code, 0, result.text);
  assert.match(result.stderr,
    /^(demo: the server answered 413 Content Too Large\n){2}$/, result.text);
});

// Answers a request when its body has come, with what it was.
function report(request, response) {
  let length = 0;
  request.on('data', (data) => { length += data.length; });
  request.on('end', () => {
    const { 'content-length': announced, 'transfer-encoding': coding, expect } =
      request.headers;
    response.end(JSON.stringify({ length, announced, coding, expect }));
  });
}

scenario('a body is announced by its length or comes in chunks', async (run) => {
  const server = await serveNode(run, report);
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    report(request, response);
  });
  const { file, data } = dataFile(run, 3 * MIB);
  const small = dataFile(run, 9).data;
  const up = async (value, options) =>
    JSON.parse((await server.call(['POST', '/', '-d', value], options)).stdout);
  const input = fs.readFileSync(file);
  const expect = '100-continue';
  assert.deepEqual(await up('abc'), { length: 3, announced: '3' });
  assert.deepEqual(await up(small), { length: 9, announced: '9' });
  assert.deepEqual(await up(data), { length: 3 * MIB, announced: `${3 * MIB}`, expect });
  assert.deepEqual(await up('@-', { input }),
    { length: 3 * MIB, coding: 'chunked', expect });
  assert.deepEqual(await up('@-', { input: '' }), { length: 0, coding: 'chunked', expect });
  // Standard input may be a file as well.
  const result = await runProgram(['sh', ['-c', 'exec "$0" "$@" <"$FILE"',
    ...world.krgen(['call', server.place, 'POST', '/', '-d', '@-']).flat()]],
  { env: { FILE: file } });
  assert.deepEqual(JSON.parse(result.stdout),
    { length: 3 * MIB, announced: `${3 * MIB}`, expect });
}, unix);

scenario('a body without the consent that it asks for is not sent', async (run) => {
  const server = await serveNode(run, report);
  let received = 0;
  server.on('checkContinue', (request, response) => {
    request.on('data', (data) => { received += data.length; });
    response.writeHead(401, { 'Content-Length': 2 });
    response.end('no');
  });
  const { data } = dataFile(run, 3 * MIB);
  const result = await server.call(['POST', '/', '-d', data]);
  assert.equal(result.stdout, 'no', result.text);
  assert.match(result.stderr, /401 Unauthorized/);
  assert.equal(received, 0);
}, unix);

scenario('a file that becomes shorter while it is sent is told', async (run) => {
  const { file, data } = dataFile(run, 8 * MIB);
  const server = await serveNode(run, (request) => {
    request.on('error', () => {});
    request.once('readable', () => {
      fs.truncateSync(file, 0);
      request.resume();
    });
  });
  const result = await server.call(['POST', '/', '-d', data]);
  assert.equal(result.code, 3, result.text);
  assert.equal(result.stderr, 'krgen: the body became shorter while it was sent\n');
}, unix);

// The most memory that a process has had, in KiB.
function peak(pid) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(
    fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

scenario('64 MiB go up and down in little memory', async (run) => {
  const size = 64 * MIB;
  const { file, data } = dataFile(run, size);
  const copy = path.join(run.folder, 'copy');
  const peaks = {};
  let program;
  const server = await serveNode(run, (request, response) => {
    let length = 0;
    request.on('data', (piece) => { length += piece.length; });
    request.on('end', () => {
      if (request.method === 'POST') {
        peaks.up = peak(program.child.pid);
        response.end(`${length}`);
        return;
      }
      // The last byte waits until all others are taken.
      response.writeHead(200, { 'Content-Length': size });
      const body = fs.createReadStream(file, { end: size - 2 });
      body.on('end', () => within((async () => {
        while (fs.statSync(copy).size < size - 1)
          await new Promise((resolve) => { setTimeout(resolve, 5); });
        peaks.down = peak(program.child.pid);
        response.end(fs.readFileSync(file).subarray(-1));
      })(), 'the arrival of the body'));
      body.pipe(response, { end: false });
    });
  });
  const start = (args, options) => {
    const command = world.krgen(['call', server.place, ...args]).flat();
    program = run.start(['sh', ['-c', 'exec "$0" "$@" >"$COPY"', ...command]],
      { env: { COPY: copy }, ...options });
    return program;
  };
  assert.equal(await start(['POST', '/', '-d', data]).exit(), 0, program.describe());
  assert.equal(fs.readFileSync(copy, 'utf8'), `${size}`);
  assert.equal(await start(['GET', '/']).exit(), 0, program.describe());
  assert.ok(fs.readFileSync(copy).equals(fs.readFileSync(file)), 'another body came');
  for (const [way, kib] of Object.entries(peaks))
    assert.ok(kib < 16 * 1024, `${way}: ${kib} KiB`);
  assert.deepEqual(Object.keys(peaks), ['up', 'down']);
}, nativeOnly);

scenario('output without a reader ends the call', async (run) => {
  const server = await run.serve('large');
  const command = callTo(server.pipe, ['GET', '/300000', 'GET', '/300000']).flat();
  const result = await runProgram(
    ['sh', ['-c', '{ "$0" "$@"; echo "code $?" >&2; } | head -c 1', ...command]]);
  assert.equal(result.stdout, 'x', result.text);
  assert.equal(result.stderr, 'demo: cannot write to standard output: its reader has ' +
    'gone, or the disk is full\ncode 1\n', result.text);
});

scenario('a server of another user gets nothing', async (run) => {
  if (process.geteuid() !== 0) {
    console.log('skipped: only root can start one');
    return;
  }
  let nRequests = 0;
  fs.chmodSync(run.folder, 0o777);
  const place = path.join(run.folder, 'stranger');
  const server = http.createServer((request, response) => {
    nRequests++;
    response.end('strange');
  });
  // Linux keeps the user that listens.
  process.seteuid(65534);
  try {
    await new Promise((resolve) => { server.listen(place, resolve); });
  } finally {
    process.seteuid(0);
  }
  server.unref();
  const call = (args) => runProgram(world.krgen(['call', place, 'GET', '/', ...args]));
  const refused = await call([]);
  assert.equal(refused.code, 3, refused.text);
  assert.equal(refused.stdout, '', refused.text);
  assert.match(refused.stderr,
    /^krgen: nothing was sent to .+: its server belongs to \S+( \S+)? \(uid 65534\), /);
  assert.equal(nRequests, 0);
  const trusted = await call(['--any-owner']);
  assert.equal(trusted.stdout, 'strange', trusted.text);
}, unix);
