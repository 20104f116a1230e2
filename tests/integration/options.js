'use strict';
// The command line of a generated program.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const { poll } = require('./lib/deadline');
const { scenario, nativeOnly } = require('./lib/scenario');
const { request } = require('./lib/http');

function checkUsageError(result, ...words) {
  assert.equal(result.code, 2, result.text);
  assert.equal(result.stdout, '', result.text);
  for (const word of words) assert.ok(result.stderr.includes(word), result.text);
}

scenario('--help, --version and --routes print and exit with 0', async (run) => {
  const help = await run.call(['--help']);
  assert.equal(help.code, 0, help.text);
  assert.equal(help.stderr, '', help.text);
  for (const word of ['--pipe', '--ready-file', '--log', '--log-format', '--routes', '--version',
    '--call'])
    assert.ok(help.stdout.includes(word), help.text);
  const version = await run.call(['--version']);
  assert.equal(version.code, 0, version.text);
  assert.match(version.stdout, /^demo\b.*\d+\.\d+\.\d+\n$/, version.text);
  const routes = await run.call(['--routes'], { program: 'shop' });
  assert.equal(routes.code, 0, routes.text);
  for (const route of ['GET /users/{id}/orders/{order}', 'GET,POST /cart', 'REPORT /sales'])
    assert.ok(routes.stdout.includes(route), routes.text);
  assert.match(routes.stdout, /shop\.yaml:\d+/, routes.text);
  const site = await run.call(['--routes'], { program: 'site' });
  assert.match(site.stdout, /^site\.yaml:\d+: GET \/\{\*path\} -> 200$/m, site.text);
});

scenario('a wrong command line exits with 2 and says why', async (run) => {
  for (const [args, ...words] of [
    [['--nonsense'], '--nonsense', '--help'],
    [['nonsense'], 'nonsense'],
    [['-x'], '-x'],
    [['--pipe'], '--pipe'],
    [['--ready-file'], '--ready-file'],
    [['--log'], '--log'],
    [['--spec'], 'not supported yet', '--spec'],
    [['--'], 'a command is missing'],
    [['--log', 'loud'], 'loud', 'none', 'error', 'info', 'debug'],
    [['--log-format'], '--log-format'],
    [['--log-format', 'xml'], 'xml', 'text', 'json'],
    [['--workers'], '--workers'],
    ...['0', '65', '1x', '-1', '', '999999999999'].map(
      (n) => [['--workers', n], n, '1 to 64', 'auto']),
    [['--pipe', ''], 'pipe'],
    [['--pipe', 'a/b'], 'a/b'],
    [['--pipe', 'a\\b'], 'a\\b'],
    [['--pipe', '\\\\.\\pipe\\a'], '\\\\.\\pipe\\a'],
    [['--pipe', '.hidden'], '.hidden'],
    [['--pipe', 'dot.'], 'dot.'],
    [['--pipe', 'anonymous'], 'anonymous'],
    [['--pipe', 'a'.repeat(81)], 'a'.repeat(81)],
    [['--pipe', 'Grüße'], 'Grüße'],
  ]) checkUsageError(await run.call(args), ...words);
});

// One thread more writes the log.
const half = Math.ceil(os.availableParallelism() / 2);
scenario('--workers says how many threads serve', async (run) => {
  for (const [n, threads] of [['1', 2], ['5', 6], ['auto', Math.min(half, 16) + 1]]) {
    const server = await run.serve('demo', { args: ['--workers', n] });
    const count = () => Number(/^Threads:\s+(\d+)$/m.exec(
      fs.readFileSync(`/proc/${server.info.pid}/status`, 'utf8'))[1]);
    await poll(() => count() === threads, `${threads} threads`,
      () => `there are ${count()}`);
    await server.stop();
  }
}, nativeOnly);

scenario('--log debug tells each access on standard error', async (run) => {
  const server = await run.serve('demo', { args: ['--log', 'debug'] });
  const connection = run.connect(server);
  await connection.exchange(request('GET', '/pipe?x=1'));
  await connection.exchange(request('DELETE', '/pipe'));
  await connection.exchange(request('GET', '/nowhere'));
  const { program } = server;
  for (const line of ['200 21 GET /pipe?x=1 -> GET /pipe', '405 0 DELETE /pipe', '404 0 GET /nowhere'])
    await program.until(() => program.stderr.includes(` ${line} in `), `the line '${line}'`);
  await server.stop();
});

scenario('the log cannot be forged by a request', async (run) => {
  const server = await run.serve('demo', { args: ['--log', 'debug'] });
  const reply = await run.connect(server).exchange(
    'GET /pipe\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal(reply.status, 400);
  const { program } = server;
  await program.until(() => program.stderr.includes('400'), 'an access line');
  assert.ok(!program.stderr.includes('\x1b'), program.describe());
});

scenario('other levels keep quiet about accesses', async (run) => {
  for (const [args, isQuiet] of [
    [['--log', 'none'], true],
    [['--log', 'error'], true],
    [['--log', 'info'], false],
    [[], false],
  ]) {
    const server = await run.serve('demo', { args });
    await run.connect(server).exchange(request('GET', '/pipe'));
    await server.stop();
    assert.equal(server.program.stderr === '', isQuiet, server.describe());
    assert.ok(!server.program.stderr.includes('GET'), server.describe());
  }
});
