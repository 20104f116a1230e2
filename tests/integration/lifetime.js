'use strict';
// Servers that end by themselves, and several of one server side by side.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { request } = require('./lib/http');
const world = require('./lib/world');

const get = request('GET', '/pipe');
const hello = 'Hello over named pipe';

// How a server has ended that was not asked to.
async function checkEnd(server, code, words) {
  assert.equal(await server.program.exit(), code, server.describe());
  assert.equal(server.program.stdout, server.readyLine, server.describe());
  assert.ok(server.program.stderr.includes(words), server.describe());
  for (const file of [server.readyFile, ...world.isWindows ? [] : [server.path]])
    assert.ok(!fs.existsSync(file), `${file} is left over`);
}

// ---- After some requests ----

scenario('--max-requests ends a server with the last of them', async (run) => {
  for (const workers of ['1', '4']) {
    const server = await run.serve('demo',
      { args: ['--max-requests', '3', '--workers', workers] });
    const first = run.connect(server);
    const second = run.connect(server);
    for (const client of [first, second])
      assert.equal((await client.exchange(get)).field('Connection'), undefined);
    const last = await second.exchange(get);
    assert.equal(last.text, hello);
    assert.equal(last.field('Connection'), 'close');
    await first.ended();
    await second.ended();
    await checkEnd(server, 0, '--max-requests');
  }
});

scenario('what is pipelined behind the last request is not answered', async (run) => {
  for (const workers of ['1', '4']) {
    const server = await run.serve('demo',
      { args: ['--max-requests', '3', '--workers', workers] });
    const client = run.connect(server);
    client.send(get.repeat(5));
    const fields = [];
    for (let i = 0; i < 3; i++) fields.push((await client.reply()).field('Connection'));
    assert.deepEqual(fields, [undefined, undefined, 'close']);
    await client.ended();
    await checkEnd(server, 0, '--max-requests');
  }
});

// Who asks once more when the last request has been answered is in flight, or too late.
scenario('many clients get no more than what was in flight', async (run) => {
  const max = 50;
  const server = await run.serve('demo',
    { args: ['--max-requests', `${max}`, '--workers', '4'] });
  const clients = Array.from({ length: 8 }, () => run.connect(server));
  const counts = await Promise.all(clients.map(async (client) => {
    for (let n = 0; ; n++) {
      client.send(get);
      const reply = await client.reply().catch((error) => {
        if (client.end === undefined) throw error;
      });
      if (!reply) return n;
      assert.equal(reply.text, hello);
      if (reply.field('Connection') === 'close') return n + 1;
    }
  }));
  const total = counts.reduce((sum, n) => sum + n, 0);
  assert.ok(total >= max && total < max + clients.length, `${counts}`);
  await checkEnd(server, 0, '--max-requests');
});

// ---- After some time ----

scenario('--timeout ends a server with 124', async (run) => {
  const pipe = run.newPipe();
  const readyFile = path.join(run.folder, 'ready');
  const program = run.start(world.server('demo',
    ['--pipe', pipe, '--ready-file', world.serverPath(readyFile), '--timeout', '300ms']));
  const { path: place, url } = world.endpoint(pipe);
  await checkEnd({
    program, readyFile, path: place, readyLine: `ready ${url}\n`,
    describe: () => program.describe(),
  }, 124, '--timeout');
});

scenario('--idle-exit ends a server for which nobody has asked', async (run) => {
  const start = Date.now();
  const program = run.start(world.server('demo',
    ['--pipe', run.newPipe(), '--idle-exit', '300ms']));
  assert.equal(await program.exit(), 0, program.describe());
  assert.ok(Date.now() - start >= 300, 'it has not waited');
  assert.ok(program.stderr.includes('--idle-exit'), program.describe());
});

// Tries `body` with longer and longer times, until the machine is fast enough for one.
async function withTimes(body) {
  for (let ms = 500; ; ms *= 4) {
    try {
      return await body(ms);
    } catch (error) {
      if (ms > world.patience / 8) throw error;
    }
  }
}

scenario('a kept connection does not keep a server from idleness', (run) =>
  withTimes(async (ms) => {
    const server = await run.serve('demo', { args: ['--idle-exit', `${ms}ms`] });
    const kept = run.connect(server);
    run.connect(server); // and one that has never said anything
    for (let i = 0; i < 2; i++) {
      const start = Date.now();
      assert.equal((await kept.exchange(get)).text, hello);
      kept.askedAt = start;
    }
    await kept.ended();
    const waited = Date.now() - kept.askedAt;
    assert.ok(waited >= ms - 2, `the server ended ${waited} ms after a request`);
    await checkEnd(server, 0, '--idle-exit');
  }));

// ---- Side by side ----

function startUnique(run, base, number, options) {
  const readyFile = path.join(run.folder, `unique-${number}`);
  const program = run.start(world.server('demo',
    ['--pipe', base, '--unique', '--ready-file', world.serverPath(readyFile)]), options);
  return { program, readyFile };
}

scenario('twenty --unique instances serve at once', async (run) => {
  const base = run.newPipe();
  const servers = Array.from({ length: 20 }, (_, i) => startUnique(run, base, i));
  const names = new Set();
  for (const server of servers) {
    const { program, readyFile } = server;
    await program.until(() => program.stdout.includes('\n'), 'the ready line');
    const info = JSON.parse(fs.readFileSync(readyFile, 'utf8'));
    const { path: place, url } = world.endpoint(info.pipe);
    assert.match(info.pipe, new RegExp(`^${base}-${info.pid}-\\d{10}$`));
    assert.equal(program.stdout, `ready ${url}\n`);
    assert.equal(info.path, place);
    await program.until(() => program.stderr.includes(`${place} `), 'the log');
    server.pipe = info.pipe;
    server.path = place;
    names.add(info.pipe);
  }
  assert.equal(names.size, 20);
  const replies = await Promise.all(
    servers.map((server) => run.connect(server).exchange(get)));
  for (const reply of replies) assert.equal(reply.text, hello);
  for (const { program } of servers) program.signal('SIGINT');
  for (const { program, path: place, readyFile } of servers) {
    assert.equal(await program.exit(), 0, program.describe());
    for (const file of [readyFile, ...world.isWindows ? [] : [place, `${place}~lock`]])
      assert.ok(!fs.existsSync(file), `${file} is left over`);
  }
});

scenario('--unique tells a name to which nothing can be appended', async (run) => {
  const longest = 'a'.repeat(58);
  const { program } = startUnique(run, longest, 0);
  await program.until(() => program.stdout.includes('\n'), 'the ready line');
  program.signal('SIGINT');
  assert.equal(await program.exit(), 0, program.describe());
  const result = await run.call(['--pipe', `${longest}a`, '--unique']);
  assert.equal(result.code, 2, result.text);
  assert.match(result.stderr, /longer than the 58 characters .*--unique/);
});

// ---- The environment ----

scenario('the environment says what the command line does not', async (run) => {
  const pipe = run.newPipe();
  const env = { KRGEN_PIPE: pipe, KRGEN_MAX_REQUESTS: '2', KRGEN_LOG: 'none' };
  const program = run.start(world.server('demo', []), { env });
  const { url } = world.endpoint(pipe);
  await program.until(() => program.stdout === `ready ${url}\n`, 'the ready line');
  for (let i = 0; i < 2; i++) {
    const call = await run.call(['--call', 'GET', '/pipe', '--wait', '1m'], { env });
    assert.equal(call.stdout, hello, call.text);
  }
  assert.equal(await program.exit(), 0, program.describe());
  assert.equal(program.stderr, '', program.describe());
  const fault = await run.call([], { env: { KRGEN_STRICT: 'perhaps' } });
  assert.equal(fault.code, 2, fault.text);
  assert.match(fault.stderr, /KRGEN_STRICT takes 1 or 0, not 'perhaps'/);
});
