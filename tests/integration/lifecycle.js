'use strict';
// Starting, taking the name, stopping.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { once } = require('node:events');
const { poll } = require('./lib/deadline');
const { run: runProgram } = require('./lib/program');
const { scenario, unix } = require('./lib/scenario');
const { request } = require('./lib/http');
const world = require('./lib/world');

const get = request('GET', '/pipe');
const hello = 'Hello over named pipe';

async function checkServed(run, server) {
  assert.equal((await run.connect(server).exchange(get)).text, hello);
}

// The JSON in `file`, as soon as the file exists.
async function firstContent(file) {
  const text = await poll(() => {
    try {
      return fs.readFileSync(file, 'utf8');
    } catch (error) {
      if (error.code === 'ENOENT') return null;
      throw error;
    }
  }, `the appearance of ${file}`);
  return JSON.parse(text);
}

scenario('the ready file tells pipe, path and pid, and goes with the server',
  async (run) => {
    const server = await run.serve();
    assert.deepEqual(Object.keys(server.info), ['pipe', 'path', 'pid']);
    assert.equal(server.info.pipe, server.pipe);
    assert.equal(server.info.path, server.path);
    assert.ok(Number.isInteger(server.info.pid) && server.info.pid > 0);
    if (!world.isWindows) assert.equal(server.info.pid, server.program.child.pid);
    await server.stop();
    assert.ok(!fs.existsSync(server.readyFile), 'the ready file is left over');
    assert.deepEqual(fs.readdirSync(run.folder), [], 'temporary files are left over');
  });

scenario('the ready file is whole from its first moment, when clients can connect',
  async (run) => {
    for (let i = 0; i < 5; i++) {
      const pipe = run.newPipe();
      const file = path.join(run.folder, `early-${i}`);
      fs.writeFileSync(file, '{"pipe":"of an earlier run"}');
      const started = run.serve('demo', { pipe, readyFile: file });
      const info = await poll(async () => {
        const content = await firstContent(file);
        return content.pid && content;
      }, 'the new ready file');
      assert.equal(info.pipe, pipe);
      await checkServed(run, { pipe, path: world.endpoint(pipe).path });
      await started;
    }
  });

scenario('the ready file may have any name', async (run) => {
  const folder = path.join(run.folder, 'Tür und Tor');
  fs.mkdirSync(folder);
  const server = await run.serve('demo', { readyFile: path.join(folder, 'größe 1.json') });
  assert.equal(server.info.pipe, server.pipe);
});

scenario('an unwritable ready file is an error and leaves nothing', async (run) => {
  const pipe = run.newPipe();
  const file = world.serverPath(path.join(run.folder, 'missing', 'ready'));
  const result = await run.call(['--pipe', pipe, '--ready-file', file]);
  assert.notEqual(result.code, 0, result.text);
  assert.equal(result.stdout, '', result.text);
  assert.match(result.stderr, /missing/, result.text);
  if (!world.isWindows) assert.ok(!fs.existsSync(world.endpoint(pipe).path));
});

// Only requests that are under way are worth waiting for. The fastest of three counts,
// so that a slow machine is no fault.
scenario('Ctrl+C ends a server at once when its clients idle', async (run) => {
  for (const n of [0, 2]) {
    let fastest = Infinity;
    for (let i = 0; i < 3; i++) {
      const server = await run.serve();
      const clients = Array.from({ length: n }, () => run.connect(server));
      for (const client of clients) await client.exchange(get);
      const start = Date.now();
      await server.stop();
      fastest = Math.min(fastest, Date.now() - start);
      for (const client of clients) await client.ended();
    }
    assert.ok(fastest < 4500, `with ${n} clients it took ${fastest} ms`);
  }
});

scenario('Ctrl+C ends a server with requests half sent', async (run) => {
  const server = await run.serve();
  const clients = [get.slice(0, 10), `${get.slice(0, -2)}Content-Length: 9\r\n\r\nabc`]
    .map((part) => [run.connect(server), part]);
  for (const [client, part] of clients) {
    await client.exchange(get);
    client.send(part);
  }
  const start = Date.now();
  await server.stop();
  assert.ok(Date.now() - start < 30000, 'the server waited for its clients too long');
  for (const [client] of clients) await client.closed;
});

scenario('a request in flight is answered before the server ends', async (run) => {
  const server = await run.serve();
  const client = run.connect(server);
  await client.exchange(get);
  client.send(get.slice(0, 10));
  await checkServed(run, server); // the half came before this request
  const stopped = server.stop();
  if (!world.isWindows)
    await poll(() => !fs.existsSync(server.path), 'the end of the socket');
  client.send(get.slice(10));
  const reply = await client.reply();
  assert.equal(reply.text, hello);
  await stopped;
  await client.ended();
}, unix);

// Workers that meet each other.
const workers = { args: ['--workers', '4'] };

scenario('who waits for room when the server is stopped is answered', async (run) => {
  const ask = request('GET', '/hello');
  for (let round = 0; round < 5; round++) {
    const server = await run.serve('crowded', workers);
    const clients = Array.from({ length: 40 }, () => run.connect(server));
    await Promise.all(clients.map(({ stream }) => once(stream.output, 'connect')));
    for (const client of clients) client.send(ask.slice(0, -2));
    const stopped = server.stop();
    await poll(() => !fs.existsSync(server.path), 'the end of the socket');
    for (const client of clients) client.send(ask.slice(-2));
    for (const client of clients) assert.equal((await client.reply()).text, 'hello');
    await stopped;
  }
}, unix);

// Asks on one connection until the server ends it; how it did.
async function askToTheEnd(run, server) {
  const client = run.connect(server);
  for (;;) {
    client.send(get);
    const reply = await client.reply().catch((error) => {
      if (client.end === undefined) throw error;
    });
    if (!reply) return client.end;
    assert.equal(reply.text, hello);
    if (reply.field('Connection') === 'close') return client.closed;
  }
}

scenario('a stop leaves no request of a kept connection unread', async (run) => {
  for (let round = 0; round < 8; round++) {
    const server = await run.serve('demo', workers);
    const clients = Array.from({ length: 24 }, () => askToTheEnd(run, server));
    await checkServed(run, server);
    await server.stop();
    assert.ok(!(await Promise.all(clients)).includes('ECONNRESET'));
  }
}, unix);

scenario('SIGTERM and SIGHUP end the server as Ctrl+C does', async (run) => {
  for (const signal of ['SIGTERM', 'SIGHUP']) {
    const server = await run.serve();
    await run.connect(server).exchange(get);
    await server.stop(signal);
    assert.ok(!fs.existsSync(server.path), 'the socket is left over');
    assert.ok(!fs.existsSync(server.readyFile), 'the ready file is left over');
  }
}, unix);

scenario('nohup keeps a server from the end of its terminal', async (run) => {
  const pipe = run.newPipe();
  const [command, args] = world.server('demo', ['--pipe', pipe]);
  const program = run.start(['nohup', [command, ...args]]);
  await program.until(() => program.stdout.startsWith('ready'), 'the ready line');
  program.signal('SIGHUP');
  await checkServed(run, { pipe, path: world.endpoint(pipe).path });
  program.signal('SIGINT');
  assert.equal(await program.exit(), 0, program.describe());
}, unix);

scenario('a stop request at any moment leaves nothing behind', async (run) => {
  for (let delay = 0; delay < 12; delay += 1) {
    const pipe = run.newPipe();
    const program = run.start(world.server('demo', ['--pipe', pipe]));
    await new Promise((resolve) => setTimeout(resolve, delay));
    program.signal('SIGINT');
    await program.exit(); // by the signal itself where it came before main()
    const { path } = world.endpoint(pipe);
    for (const file of [path, `${path}~lock`])
      assert.ok(!fs.existsSync(file), `${file} is left over after ${delay} ms`);
  }
}, unix);

scenario('the name is free again at once', async (run) => {
  const pipe = run.newPipe();
  for (let i = 0; i < 5; i++) {
    const server = await run.serve('demo', { pipe });
    await checkServed(run, server);
    await server.stop();
  }
});

scenario('the socket is for this user only and goes with the server', async (run) => {
  const server = await run.serve();
  const status = fs.lstatSync(server.path);
  assert.ok(status.isSocket());
  assert.equal(status.mode & 0o777, 0o600);
  await server.stop();
  assert.ok(!fs.existsSync(server.path), 'the socket is left over');
  assert.ok(!fs.existsSync(`${server.path}~lock`), 'the lock is left over');
}, unix);

scenario('a server says whom it serves', async (run) => {
  for (const [name, audience] of [
    ['demo', 'this user only'],
    ['open', 'all users of this machine'],
  ]) {
    const server = await run.serve(name);
    const reply = await run.connect(server).exchange(request('GET', '/'));
    assert.ok(reply.status === 200 || reply.status === 404, server.describe());
    await server.stop();
    assert.match(server.program.stderr, new RegExp(`serving .* for ${audience}\\n`),
      server.describe());
  }
});

scenario('the socket for all users is open to all', async (run) => {
  const server = await run.serve('open');
  assert.equal(fs.lstatSync(server.path).mode & 0o777, 0o666);
  await server.stop();
}, unix);

scenario('a group that does not exist keeps the server from starting', async (run) => {
  const result = await run.call([], { program: 'strange' });
  assert.equal(result.code, 1, result.text);
  assert.equal(result.stdout, '', result.text);
  assert.ok(result.stderr.includes("group 'krgen-no-such-group'"), result.text);
  assert.ok(!fs.existsSync('/tmp/CoreFxPipe_krgen.test.strange'), 'a socket is left over');
});

scenario('a second server on the same pipe is told so', async (run) => {
  const server = await run.serve();
  const before = fs.lstatSync(server.path).ino;
  const second = await run.call(['--pipe', server.pipe]);
  assert.equal(second.code, 3, second.text);
  assert.equal(second.stdout, '', second.text);
  assert.ok(second.stderr.includes(server.pipe), second.text);
  assert.match(second.stderr, /in use/, second.text);
  assert.equal(fs.lstatSync(server.path).ino, before, 'the socket was replaced');
  await checkServed(run, server);
}, unix);

scenario('ten starters at once: one wins, the others are told', async (run) => {
  const pipe = run.newPipe();
  const starters = Array.from({ length: 10 }, () =>
    run.start(world.server('demo', ['--pipe', pipe])));
  const winner = await poll(() => starters.find((one) => one.stdout !== ''),
    'a ready line', () => starters.map((one) => one.describe()).join('\n'));
  const losers = starters.filter((one) => one !== winner);
  for (const loser of losers) assert.equal(await loser.exit(), 3, loser.describe());
  await checkServed(run, { pipe, path: world.endpoint(pipe).path });
  winner.signal('SIGINT');
  assert.equal(await winner.exit(), 0, winner.describe());
}, unix);

scenario('the socket of a killed server is replaced', async (run) => {
  const pipe = run.newPipe();
  const killed = await run.serve('demo', { pipe });
  killed.program.signal('SIGKILL');
  await killed.program.exit();
  assert.ok(fs.existsSync(killed.path), 'a killed server cannot have cleaned up');
  await checkServed(run, await run.serve('demo', { pipe }));
}, unix);

scenario('what is not a dead server of ours is left alone', async (run) => {
  const pipe = run.newPipe();
  const place = world.endpoint(pipe).path;
  const other = net.createServer().listen(place).unref();
  await new Promise((resolve) => { other.on('listening', resolve); });
  const beside = await run.call(['--pipe', pipe]);
  assert.equal(beside.code, 3, beside.text);
  assert.ok(fs.lstatSync(place).isSocket(), 'a foreign socket was removed');
  await new Promise((resolve) => { other.close(resolve); });
  fs.writeFileSync(place, 'precious');
  try {
    const onFile = await run.call(['--pipe', pipe]);
    assert.equal(onFile.code, 3, onFile.text);
    assert.equal(fs.readFileSync(place, 'utf8'), 'precious');
  } finally {
    fs.unlinkSync(place);
  }
}, unix);

// Who may do everything becomes somebody else for this.
scenario('in a folder that it may not write to, a server says so', async (run) => {
  const server = path.join(run.folder, 'demo');
  const folder = path.join(run.folder, 'locked');
  const other = process.getuid() === 0
    ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  fs.chmodSync(run.folder, 0o755);
  fs.copyFileSync(world.executable('demo'), server);
  fs.mkdirSync(folder, { mode: 0o555 });
  const [command, ...args] = [...other, server, '--pipe', run.newPipe()];
  const result = await runProgram([command, args], { env: { TMPDIR: folder } });
  assert.equal(result.code, 3, result.text);
  assert.equal(result.stdout, '', result.text);
  assert.match(result.stderr, /EACCES \(13\): this user may not write in that folder/);
  assert.ok(result.stderr.includes(folder), result.text);
  assert.deepEqual(fs.readdirSync(folder), []);
}, unix);
