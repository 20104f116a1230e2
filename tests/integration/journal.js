'use strict';
// The journal in a file: whole, in order, and there before a client has its answer.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario, unix } = require('./lib/scenario');
const { request } = require('./lib/http');
const world = require('./lib/world');

// The entries, each a line of JSON, numbered from 1 without gaps.
function entriesOf(file) {
  const text = fs.readFileSync(file, 'utf8');
  assert.ok(text === '' || text.endsWith('\n'), `the last line is whole: ${text.slice(-200)}`);
  return text.split('\n').slice(0, -1).map((line, i) => {
    const entry = JSON.parse(line);
    assert.equal(entry.number, i + 1, line);
    assert.match(entry.time, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, line);
    return entry;
  });
}

async function serve(run, program = 'demo', args = []) {
  const journal = path.join(run.folder, 'journal.jsonl');
  const server = await run.serve(program,
    { args: ['--journal', world.serverPath(journal), ...args] });
  return { server, journal };
}

const target = (client, i) => `/none/${client}?i=${i}`;

// Each client's requests are in the order in which it sent them.
function checkClients(entries, n) {
  const next = new Map();
  for (const { path: name, query } of entries) {
    const client = name.split('/')[2];
    const i = next.get(client) ?? 0;
    assert.equal(query, `i=${i}`, `client ${client}`);
    next.set(client, i + 1);
  }
  for (const [client, count] of next) assert.equal(count, n, `client ${client}`);
}

scenario('an entry tells the request and its answer', async (run) => {
  const { server, journal } = await serve(run, 'typed');
  const connection = run.connect(server);
  await connection.exchange(request('GET', '/page/3?a=b', { fields: [
    'AUTHORIZATION: secret', 'Cookie: secret', 'cookie: secret', 'X-A: \xc3\xa9', 'X-A: 2'] }));
  const [entry] = entriesOf(journal);
  assert.ok(Math.abs(Date.now() - Date.parse(entry.time)) < 3600000, entry.time);
  assert.ok(entry.us >= 0 && (world.isWindows || entry.pid === process.pid));
  const { method, path: name, query, fields, status, route, line, values } = entry;
  assert.deepEqual({ method, name, query, fields, status, route, line, values }, {
    method: 'GET', name: '/page/3', query: 'a=b', status: 200,
    fields: [['host', 'localhost'], ['authorization', '[redacted]'], ['cookie', '[redacted]'],
      ['cookie', '[redacted]'], ['x-a', 'é'], ['x-a', '2']],
    route: 'GET /page/{page:int?}', line: 13, values: { page: '3' },
  });
  await connection.exchange(request('GET', '/page/x'));
  const miss = entriesOf(journal)[1];
  assert.equal(miss.invalid, true);
  assert.match(miss.message, /'x' is not int/);
  assert.deepEqual([miss.nearest, miss.nearest_line], ['GET /page/{page:int?}', 13]);
  await connection.exchange(request('GET', '/search/a?page=0'));
  const refused = entriesOf(journal)[2];
  assert.deepEqual([refused.status, refused.invalid, refused.route, refused.message],
    [400, true, 'GET /search/{in}', "the query's q is missing"]);
  assert.ok(!fs.readFileSync(journal, 'utf8').includes('secret'));
  const mode = fs.statSync(journal).mode & 0o777;
  assert.ok(world.isWindows || mode === 0o600, mode.toString(8));
});

scenario('bodies are text or base64, and cut', async (run) => {
  const { server, journal } = await serve(run, 'uploads');
  const connection = run.connect(server);
  const bodies = [Buffer.from('Grüße\0\n'), Buffer.from([0xff, 0, 0xfe]), Buffer.alloc(5000, 'é'),
    Buffer.alloc(300000, 0x80)];
  for (const body of bodies) {
    connection.send(request('POST', '/b', { fields: [`Content-Length: ${body.length}`] }));
    connection.send(body);
    assert.equal((await connection.reply('POST')).status, 200);
  }
  await connection.exchange(
    request('POST', '/b', { fields: ['Transfer-Encoding: chunked'] }) +
    '3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n');
  const entries = entriesOf(journal).map(
    ({ body, base64, received, cut }) => ({ body, base64, received, cut }));
  const none = { body: undefined, base64: undefined, cut: undefined };
  assert.deepEqual(entries, [
    { ...none, body: 'Grüße\0\n', received: 9 },
    { ...none, base64: '/wD+', received: 3 },
    { ...none, body: 'é'.repeat(2048), received: 5000, cut: true },
    { ...none, base64: Buffer.alloc(4096, 0x80).toString('base64'), received: 300000, cut: true },
    { ...none, body: 'abcde', received: 5 },
  ]);
});

scenario('what is no request is in the journal, too', async (run) => {
  const { server, journal } = await serve(run);
  for (const bytes of ['\x16\x03\x01\x02 \r\n\r\n', 'GET /pipe HTTP/1.1\r\nHost: a\r\n b\r\n\r\n']) {
    const connection = run.connect(server);
    assert.equal((await connection.exchange(bytes, 'GET')).status, 400);
    await connection.ended();
  }
  const [first, second] = entriesOf(journal);
  assert.deepEqual([first.start, first.status, first.invalid, first.method],
    ['\x16\x03\x01\x02 ', 400, true, undefined]);
  assert.deepEqual([second.path, second.status, second.invalid, second.fields],
    ['/pipe', 400, true, [['host', 'a']]]);
});

// Read by another process that has only the answer to go by.
scenario('an entry is in the file when the client has its answer', async (run) => {
  const { server, journal } = await serve(run, 'typed', ['--workers', '2']);
  const connection = run.connect(server);
  const targets = ['/static', '/page/1', '/slow/1', '/none', '/search/a'];
  for (let i = 0; i < 200; i += 1) {
    const { status } = await connection.exchange(request('GET', `${targets[i % 5]}?${i}`));
    const entries = entriesOf(journal);
    assert.equal(entries.length, i + 1);
    assert.deepEqual([entries[i].query, entries[i].status], [String(i), status]);
  }
});

scenario('the journal is whole and in order under eight clients', async (run) => {
  const n = world.isWindows ? 100 : 500;
  const { server, journal } = await serve(run, 'demo', ['--workers', '4']);
  await Promise.all(Array.from({ length: 8 }, async (_, client) => {
    const connection = run.connect(server);
    for (let i = 0; i < n; i += 1) {
      const reply = await connection.exchange(request('GET', target(client, i)));
      assert.equal(reply.status, 404);
    }
  }));
  const entries = entriesOf(journal);
  assert.equal(entries.length, 8 * n);
  checkClients(entries, n);
});

scenario('pipelined requests have an entry each, in order', async (run) => {
  const { server, journal } = await serve(run);
  const connection = run.connect(server);
  connection.send(Array.from({ length: 300 }, (_, i) => request('GET', target(0, i))).join(''));
  for (let i = 0; i < 300; i += 1) {
    assert.equal((await connection.reply()).status, 404);
    assert.ok(entriesOf(journal).length > i);
  }
  checkClients(entriesOf(journal), 300);
});

scenario('a server that is killed has lost no entry of what it answered', async (run) => {
  const { server, journal } = await serve(run, 'demo', ['--workers', '2']);
  const counts = new Array(4).fill(0);
  const clients = counts.map(async (_, client) => {
    const connection = run.connect(server);
    for (let i = 0; ; i += 1) {
      await connection.exchange(request('GET', target(client, i)));
      counts[client] += 1;
      if (counts[0] + counts[1] + counts[2] + counts[3] === 400) server.program.signal('SIGKILL');
    }
  });
  await Promise.allSettled(clients);
  await server.program.exit();
  fs.rmSync(server.path, { force: true });
  const found = new Array(4).fill(0);
  for (const { path: name } of entriesOf(journal)) found[name.split('/')[2]] += 1;
  for (const [client, count] of counts.entries())
    assert.ok(found[client] >= count, `client ${client}: ${found[client]} of ${count}`);
}, unix);

scenario('the file is made anew', async (run) => {
  const { server, journal } = await serve(run);
  await run.connect(server).exchange(request('GET', '/pipe'));
  assert.equal(entriesOf(journal).length, 1);
  await server.stop();
  const { journal: again } = await serve(run);
  assert.equal(again, journal);
  assert.deepEqual(entriesOf(journal), []);
});

// Wine lets two servers have one name.
scenario('a server that has not got the name leaves the file alone', async (run) => {
  const { server, journal } = await serve(run);
  await run.connect(server).exchange(request('GET', '/pipe'));
  const second = await run.call(['--pipe', server.pipe, '--journal', journal]);
  assert.equal(second.code, 3, second.text);
  assert.equal(entriesOf(journal).length, 1);
}, unix);

scenario('a file that cannot be made ends the server with 1', async (run) => {
  const file = path.join(run.folder, 'none', 'journal.jsonl');
  const result = await run.call(
    ['--pipe', run.newPipe(), '--journal', world.serverPath(file)]);
  assert.equal(result.code, 1, result.text);
  assert.ok(result.stderr.includes('journal.jsonl: E'), result.text);
  assert.equal(result.stdout, '', result.text);
});

scenario('a full disk is told once; the server serves on and exits with 1', async (run) => {
  const server = await run.serve('demo', { args: ['--journal', '/dev/full'] });
  const connection = run.connect(server);
  for (let i = 0; i < 3; i += 1)
    assert.equal((await connection.exchange(request('GET', '/pipe'))).status, 200);
  server.program.signal('SIGINT');
  assert.equal(await server.program.exit(), 1, server.describe());
  const told = server.program.stderr.match(/cannot write \/dev\/full: ENOSPC \(28\)/g);
  assert.equal(told?.length, 2, server.describe()); // when it happened, and at the end
}, unix);
