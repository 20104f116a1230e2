'use strict';
// The client: `demo --call` everywhere, `krgen call` where krgen runs.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { scenario, unix } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

// The ways to call the server on `pipe`, with the exit code of each for a failure.
function callers(pipe, program = 'demo') {
  const own = {
    name: '--call',
    failure: 1,
    command: (args) => world.server(program, ['--pipe', pipe, '--call', ...args]),
  };
  if (world.isWindows) return [own];
  return [own, {
    name: 'krgen call',
    failure: 3,
    command: (args) => world.krgen(['call', pipe, ...args]),
  }];
}

async function each(pipe, body, program) {
  for (const caller of callers(pipe, program)) {
    try {
      await body((args, options) => runProgram(caller.command(args), options), caller);
    } catch (error) {
      error.message = `${caller.name}: ${error.message}`;
      throw error;
    }
  }
}

function check(result, { code = 0, stdout, stderr = '' }) {
  if (code === 'failure') assert.notEqual(result.code, 0, result.text);
  else assert.equal(result.code, code, result.text);
  if (stdout !== undefined) assert.equal(result.stdout, stdout, result.text);
  if (stderr instanceof RegExp) assert.match(result.stderr, stderr, result.text);
  else assert.equal(result.stderr, stderr, result.text);
}

scenario('the body goes to standard output, byte for byte', async (run) => {
  const demo = await run.serve();
  await each(demo.pipe, async (call) => {
    check(await call(['GET', '/pipe']), { stdout: 'Hello over named pipe' });
    check(await call(['GET', '/pipe?x=%20']), { stdout: 'Hello over named pipe' });
    check(await call(['HEAD', '/pipe']), { stdout: '' });
  });
  const shop = await run.serve('shop');
  await each(shop.pipe, async (call) => {
    check(await call(['GET', '/page']),
      { stdout: '<!doctype html>\n<p>Tea &amp; biscuits</p>\n' });
    check(await call(['GET', '/greeting']), { stdout: 'Grüße, ??/ "quoted"\ttab' });
    check(await call(['GET', '/health']), { stdout: '' });
  }, 'shop');
  const large = await run.serve('large');
  await each(large.pipe, async (call) => {
    check(await call(['GET', '/300000']), { stdout: 'x'.repeat(300000) });
  }, 'large');
});

scenario('-i prints the status line and the header fields as well', async (run) => {
  const server = await run.serve();
  await each(server.pipe, async (call) => {
    const result = await call(['-i', 'GET', '/pipe']);
    check(result, {});
    const [head, body] = result.stdout.split('\r\n\r\n');
    const [line, ...fields] = head.split('\r\n');
    assert.equal(line, 'HTTP/1.1 200 OK', result.text);
    assert.ok(fields.includes('Content-Length: 21'), result.text);
    assert.ok(fields.includes('Content-Type: text/plain; charset=utf-8'), result.text);
    assert.equal(body, 'Hello over named pipe', result.text);
    const head405 = await call(['DELETE', '/pipe', '-i']);
    check(head405, {});
    assert.match(head405.stdout, /^HTTP\/1\.1 405 /, head405.text);
    assert.match(head405.stdout, /\r\nAllow: GET, HEAD, OPTIONS\r\n/, head405.text);
  });
});

scenario('a status that tells of a failure is named on standard error', async (run) => {
  const server = await run.serve();
  await each(server.pipe, async (call) => {
    check(await call(['GET', '/nowhere']), { stdout: '', stderr: /404 Not Found/ });
  });
});

scenario('-H, -d, -d @FILE and --json make the request', async (run) => {
  const server = await run.serve('shop', { args: ['--log', 'debug'] });
  const file = path.join(run.folder, 'body of a request');
  fs.writeFileSync(file, 'x'.repeat(200000));
  await each(server.pipe, async (call) => {
    const data = (value) => call(['POST', '/cart', '-d', value]);
    check(await data('plain'), { stdout: 'the cart' });
    check(await data(''), { stdout: 'the cart' });
    check(await data(`@${world.serverPath(file)}`), { stdout: 'the cart' });
    check(await call(['POST', '/cart', '-d', '@-'], { input: 'from standard input' }),
      { stdout: 'the cart' });
    check(await call(['POST', '/orders', '--json', '-d', '{}', '-H', 'X-Some: thing']), {});
    // Fields that the server judges show that they arrive.
    check(await call(['GET', '/cart', '-H', 'Expect: a-miracle']),
      { stderr: /417 Expectation Failed/ });
    check(await call(['GET', '/cart', '-H', 'Host: not a host']),
      { stderr: /400 Bad Request/ });
    check(await call(['GET', '/cart', '-H', 'host: example.org', '-H', 'X-A: 1']),
      { stdout: 'the cart' });
    check(await call(['POST', '/cart', '-d', '@no such file']),
      { code: 'failure', stdout: '', stderr: /no such file/ });
  }, 'shop');
});

scenario('a body over the limit gets its 413', async (run) => {
  const server = await run.serve('shop');
  const file = path.join(run.folder, 'large');
  fs.writeFileSync(file, 'x'.repeat(2 * 1024 * 1024));
  await each(server.pipe, async (call) => {
    check(await call(['POST', '/cart', '-d', `@${world.serverPath(file)}`]),
      { stdout: '', stderr: /413/ });
  }, 'shop');
});

scenario('without a server the failure is prompt and says what is missing',
  async (run) => {
    const pipe = run.newPipe();
    const symbol = world.isWindows ? /ERROR_FILE_NOT_FOUND \(2\)/ : /ENOENT \(2\)/;
    // A later program starts faster than the first, so the fastest counts.
    await each(pipe, async (call, { failure }) => {
      let fastest = Infinity;
      for (let i = 0; i < 3; i++) {
        const result = await call(['GET', '/pipe']);
        check(result, { code: failure, stdout: '', stderr: symbol });
        assert.match(result.stderr, /no server listens on this pipe/, result.text);
        assert.ok(result.stderr.includes(world.endpoint(pipe).path), result.text);
        fastest = Math.min(fastest, result.ms);
      }
      assert.ok(fastest < 2000, `it took ${fastest} ms`);
    });
  });

scenario('a dead server is told from a missing one', async (run) => {
  const pipe = run.newPipe();
  const server = await run.serve('demo', { pipe });
  server.program.signal('SIGKILL');
  await server.program.exit();
  await each(pipe, async (call, { failure }) => {
    check(await call(['GET', '/pipe']), { code: failure, stderr: /ECONNREFUSED \(111\)/ });
  });
  await run.serve('demo', { pipe }); // takes the socket away
}, unix);

scenario('--wait waits for the server, and not forever', async (run) => {
  for (const [i] of callers('').entries()) {
    const pipe = run.newPipe();
    const caller = callers(pipe)[i];
    const early = run.start(caller.command(['--wait', '5m', 'GET', '/pipe']));
    // It has tried in vain by the time that another call, started later, gave up.
    check(await runProgram(caller.command(['GET', '/pipe'])),
      { code: caller.failure, stderr: /no server/ });
    assert.ok(early.isRunning, early.describe());
    await run.serve('demo', { pipe });
    assert.equal(await early.exit(), 0, early.describe());
    assert.equal(early.stdout, 'Hello over named pipe', early.describe());
    const inVain = callers(run.newPipe())[i];
    const result = await runProgram(inVain.command(['GET', '/pipe', '--wait', '300ms']));
    check(result, {
      code: caller.failure,
      stderr: /^\w+: no server appeared within 300ms: cannot open .+: no server listens/,
    });
    assert.ok(result.ms >= 300, `it waited ${result.ms} ms`);
  }
});

scenario('a wrong call exits with 2 and sends nothing', async (run) => {
  const server = await run.serve('demo', { args: ['--log', 'debug'] });
  await each(server.pipe, async (call) => {
    for (const args of [
      [], ['GET'], ['/pipe'], ['GET', 'pipe'], ['GET', '/pipe', 'more'],
      ['GET', '/a b'], ['GET', '/ü'], ['G ET', '/pipe'], ['', '/pipe'],
      ['GET', '/pipe', '--nonsense'], ['GET', '/pipe', '-H'], ['GET', '/pipe', '-d'],
      ['GET', '/pipe', '--wait'], ['GET', '/pipe', '--wait', 'soon'],
      ['GET', '/pipe', '--wait', '-1s'], ['GET', '/pipe', '-H', 'no colon'],
      ['GET', '/pipe', '-H', 'X: a\r\nY: b'],
    ]) {
      const result = await call(args);
      check(result, { code: 2, stdout: '', stderr: /./ });
    }
  });
  await server.stop();
  assert.ok(!/ (200|400|404) /.test(server.program.stderr), server.describe());
});

scenario('a pipe may be named in every usual way', async (run) => {
  const server = await run.serve();
  for (const pipe of [server.pipe, `\\\\.\\pipe\\${server.pipe}`, `//./pipe/${server.pipe}`,
    `npipe:////./pipe/${server.pipe}`, server.path, `unix:${server.path}`]) {
    const result = await runProgram(world.krgen(['call', pipe, 'GET', '/pipe']));
    check(result, { stdout: 'Hello over named pipe' });
  }
}, unix);

// A server that answers whatever comes with `bytes`, and closes the connection unless
// it `keepsOpen`. Gives its socket's path.
async function pretend(run, bytes, keepsOpen = false) {
  const place = path.join(run.folder, `socket.${pretend.count = (pretend.count ?? 0) + 1}`);
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(bytes);
      if (!keepsOpen) socket.end();
    });
  });
  await new Promise((resolve) => { server.listen(place, resolve); });
  server.unref();
  return place;
}

scenario('replies of other servers: every framing is read', async (run) => {
  const ok = 'HTTP/1.1 200 OK\r\n';
  for (const [bytes, body, keepsOpen] of [
    [`${ok}Content-Length: 3\r\n\r\nabc`, 'abc', true],
    [`${ok}content-LENGTH:3\r\n\r\nabc and more`, 'abc', true],
    [`${ok}\r\nuntil the end`, 'until the end'],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`,
      'abc0123456789', true],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n`, '', true],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' +
      `${ok}Content-Length: 1\r\n\r\nx`, 'x', true],
    ['HTTP/1.1 204 No Content\r\n\r\n', '', true],
    ['HTTP/1.0 200 OK\r\n\r\nold', 'old'],
  ]) {
    const place = await pretend(run, bytes, keepsOpen);
    check(await runProgram(world.krgen(['call', place, 'GET', '/'])), { stdout: body });
  }
}, unix);

scenario('replies of other servers: what is broken is a failure', async (run) => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  for (const [bytes, keepsOpen] of [
    [''],
    ['garbage'],
    ['SSH-2.0-OpenSSH_9.2\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc', true],
    [`${chunked}5\r\nabc`],
    [`${chunked}x\r\nabc\r\n`, true],
    [`${chunked}3\r\nabcdef\r\n0\r\n\r\n`, true],
    [`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100000)}`, true],
  ]) {
    const place = await pretend(run, bytes, keepsOpen);
    const result = await runProgram(world.krgen(['call', place, 'GET', '/']));
    check(result, { code: 3, stderr: /^krgen: .+\n$/ });
  }
}, unix);

scenario('a server that does not answer is given up', async (run) => {
  const place = await pretend(run, 'HTTP/1.1 200 OK\r\n', true);
  const result = await runProgram(
    world.krgen(['call', place, 'GET', '/', '--timeout', '300ms']));
  check(result, { code: 3, stdout: '', stderr: /time limit/ });
  assert.ok(result.ms >= 300 && result.ms < 20000, `it took ${result.ms} ms`);
}, unix);
