'use strict';
// The log: what its lines say, and that nobody but the log waits for whoever reads them.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { poll } = require('./lib/deadline');
const { scenario, unix } = require('./lib/scenario');
const { request } = require('./lib/http');
const world = require('./lib/world');

const json = ['--log-format', 'json'];
const debug = ['--log', 'debug'];

const linesOf = (text) => text.split('\n').slice(0, -1);

// Every line an object with the members that all lines have.
function objectsOf(text, program = 'demo') {
  return linesOf(text).map((line) => {
    const object = JSON.parse(line);
    assert.deepEqual(Object.keys(object).slice(0, 3), ['time', 'level', 'program'], line);
    assert.equal(object.program, program, line);
    assert.match(object.time, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, line);
    assert.ok(Math.abs(Date.now() - Date.parse(object.time)) < 3600000, line);
    assert.ok(line.length < 2048, line);
    // What a terminal would obey.
    assert.ok(!/[\x00-\x1f\x7f-\x9f]/.test(line), line);
    return object;
  });
}

// A pipe for standard error, which is read only when that is asked for.
class Reader {
  constructor(run) {
    const file = path.join(run.folder, 'stderr');
    execFileSync('mkfifo', [file]);
    this.fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    this.writeEnd = fs.openSync(file, 'w');
    this.text = '';
  }

  // The server has its own by now.
  letGo() {
    fs.closeSync(this.writeEnd);
  }

  // Reads what there is; false when nobody writes any more.
  read() {
    const bytes = Buffer.alloc(65536);
    try {
      const n = fs.readSync(this.fd, bytes);
      this.text += bytes.toString('utf8', 0, n);
      return n > 0;
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      return true;
    }
  }

  toEnd() {
    return poll(() => !this.read(), 'the end of standard error', () => this.text);
  }

  close() {
    fs.closeSync(this.fd);
  }
}

async function serveTo(reader, run, program, args) {
  const server = await run.serve(program, { args, stderr: reader.writeEnd });
  reader.letGo();
  return server;
}

// More than a pipe and the log hold.
async function talkMuch(connection) {
  for (let i = 0; i < 60; i += 1) {
    const batch = Array.from({ length: 20 }, (_, j) =>
      request('GET', `/${'x'.repeat(200)}/${i}/${j}`));
    connection.send(batch.join(''));
    for (let j = 0; j < batch.length; j += 1)
      assert.equal((await connection.reply()).status, 404);
  }
}

// ---- Lines ----

scenario('an access is told with its route, its time and its peer', async (run) => {
  const server = await run.serve('shop', { args: debug });
  const connection = run.connect(server);
  await connection.exchange(request('GET', '/users/7/orders/%C3%A4?x=1'));
  const { program } = server;
  await program.until(() => program.stderr.includes(' us'), 'an access line');
  const line = linesOf(program.stderr).find((text) => text.includes('debug'));
  const match = new RegExp('^shop: debug: 200 9 GET /users/7/orders/%C3%A4\\?x=1 -> ' +
    'GET /users/{id}/orders/{order} id=7 order=%C3%A4 in (\\d+) us, pid (\\d+), ' +
    'user (\\S+)$').exec(line);
  assert.ok(match, line);
  if (world.isWindows) return;
  assert.equal(Number(match[2]), process.pid);
  assert.equal(Number(match[3]), process.getuid());
});

scenario('the same in JSON, in members of their own', async (run) => {
  const server = await run.serve('shop', { args: [...debug, ...json] });
  const connection = run.connect(server);
  await connection.exchange(request('GET', '/users/7/orders/%C3%A4?x=1'));
  await connection.exchange(request('GET', '/usres/me'));
  await server.stop();
  const [start, access, missed, miss, stopped] = objectsOf(server.program.stderr, 'shop');
  assert.match(start.message, /^serving \d+ routes on /);
  assert.equal(stopped.message, 'stopped');
  for (const object of [start, miss, stopped]) assert.equal(object.level, 'info');
  const { time, us, pid, user, ...rest } = access;
  assert.deepEqual(rest, {
    level: 'debug', program: 'shop', status: 200, bytes: 9, method: 'GET',
    path: '/users/7/orders/%C3%A4', query: 'x=1',
    route: 'GET /users/{id}/orders/{order}', line: 13, values: { id: '7', order: 'ä' },
  });
  assert.ok(Number.isInteger(us) && us >= 0);
  assert.equal(typeof user, 'string');
  assert.ok(Number.isInteger(pid) && pid > 0);
  assert.equal(missed.status, 404);
  assert.deepEqual(miss, {
    time: miss.time, level: 'info', program: 'shop', status: 404, method: 'GET',
    path: '/usres/me', message: 'did you mean GET /users/me (shop.yaml:10)?',
  });
  if (world.isWindows) return;
  assert.equal(pid, process.pid);
  assert.equal(user, String(process.getuid()));
});

scenario('a line is JSON, whatever a request is', async (run) => {
  const long = 'ä"\\'.repeat(500);
  const targets = [
    '/users/%22%5C%0A%0D%1B%7F', '/users/%C2%9B31m', '/users/%F0%9F%98%80', '/users/%ED%A0%80',
    '/users/%FF', '/users/%C3', '/users/%00', '/users/"quoted"\\', '/users/a?"b\\', '/"\\%22',
    `/users/${encodeURIComponent(long)}`, `/${encodeURIComponent(long)}`, `/users/x?${'"'.repeat(5000)}`,
    '/users/\xff\xfe', '/users/\x1b[31m', '/users/a\tb', '/users/{"time":0}', '*', '?', '', '#',
    'http://a"/users/x', 'http://localhost/users/%22',
  ];
  const server = await run.serve('shop', { args: [...debug, ...json] });
  const statuses = [];
  for (const target of targets) {
    const connection = run.connect(server);
    statuses.push((await connection.exchange(request('GET', target))).status);
    connection.close();
  }
  const odd = run.connect(server);
  statuses.push((await odd.exchange(request('"\x80\n', '/'), 'GET')).status);
  odd.close();
  await server.stop();
  const accesses = objectsOf(server.program.stderr, 'shop')
    .filter((object) => object.level === 'debug');
  assert.deepEqual(accesses.map((object) => object.status), statuses);
  const value = (i) => accesses[i].values.id;
  assert.equal(value(0), '"\\\n\r\x1b\x7f');
  assert.equal(value(1), '\x9b31m');
  assert.equal(value(2), '😀');
  assert.match(value(targets.findIndex((target) => target.length > 5000)), /^ä"\\.*\.\.\.$/);
});

scenario('what ends the program is told in either form at any level', async (run) => {
  const file = world.serverPath(path.join(run.folder, 'missing', 'ready'));
  const args = ['--pipe', run.newPipe(), '--log', 'none', '--ready-file', file];
  const text = await run.call(args);
  assert.equal(linesOf(text.stderr).length, 1, text.text);
  assert.match(text.stderr, /^demo: cannot write .*missing/, text.text);
  const object = await run.call([...args, ...json]);
  const [line, ...others] = objectsOf(object.stderr);
  assert.deepEqual(others, [], object.text);
  assert.equal(line.level, 'fatal', object.text);
  assert.equal(`demo: ${line.message}\n`, text.stderr, object.text);
});

scenario('nothing is lost at the end', async (run) => {
  const server = await run.serve('demo', { args: debug });
  const connection = run.connect(server);
  const n = 300;
  connection.send(request('GET', '/pipe').repeat(n));
  for (let i = 0; i < n; i += 1) await connection.reply();
  await server.stop();
  const lines = linesOf(server.program.stderr);
  assert.equal(lines.filter((line) => line.includes(' GET /pipe')).length, n);
  assert.equal(lines.at(-1), 'demo: info: stopped');
});

// ---- Standard error ----

// A pipe that is full makes its writer wait.
scenario('a standard error that nobody reads stops nothing', async (run) => {
  const reader = new Reader(run);
  const server = await serveTo(reader, run, 'files', []);
  await talkMuch(run.connect(server));
  await server.stop();
  await reader.toEnd();
  reader.close();
  for (const line of linesOf(reader.text)) assert.match(line, /^files: (info|error): .*[^ ]$/);
});

scenario('how many lines were left out is told, and what comes later is not lost',
  async (run) => {
    const reader = new Reader(run);
    const server = await serveTo(reader, run, 'files', json);
    await talkMuch(run.connect(server));
    const isTold = () => reader.read() && reader.text.includes('left out');
    await poll(isTold, 'the number of lines', () => reader.text);
    const stopped = server.stop();
    await reader.toEnd();
    await stopped;
    reader.close();
    const objects = objectsOf(reader.text, 'files');
    const messages = objects.map((object) => object.message);
    const notices = messages.map((text) => /^(\d+) lines were left out/.exec(text))
      .filter(Boolean);
    const nLeftOut = notices.reduce((sum, [, n]) => sum + Number(n), 0);
    const nMisses = objects.filter((object) => object.status === 404).length;
    assert.equal(nMisses + nLeftOut, 1200);
    assert.equal(messages.at(-1), 'stopped');
  });

scenario('a standard error whose reader is gone stops nothing', async (run) => {
  const reader = new Reader(run);
  const server = await serveTo(reader, run, 'files', debug);
  reader.close();
  await talkMuch(run.connect(server));
  await server.stop();
});

// Its number must not become that of something else.
scenario('a closed standard error stops nothing', async (run) => {
  const pipe = run.newPipe();
  const [command, args] = world.server('demo', ['--pipe', pipe, ...debug]);
  const program = run.start(['sh', ['-c', 'exec "$0" "$@" 2>&-', command, ...args]]);
  await program.until(() => program.stdout.startsWith('ready'), 'the ready line');
  const { path: socket } = world.endpoint(pipe);
  const reply = await run.connect({ path: socket }).exchange(request('GET', '/pipe'));
  assert.equal(reply.text, 'Hello over named pipe');
  assert.equal(fs.readlinkSync(`/proc/${program.child.pid}/fd/2`), '/dev/null');
  program.signal('SIGINT');
  assert.equal(await program.exit(), 0, program.describe());
}, unix);
