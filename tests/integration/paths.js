'use strict';
// Paths and the routes they reach: decoding, values, near misses, final slashes.

const assert = require('node:assert/strict');
const { scenario } = require('./lib/scenario');
const { request } = require('./lib/http');

scenario('paths are matched decoded, once, without dot segments', async (run) => {
  const connection = run.connect(await run.serve('files'));
  for (const [target, status] of [
    ['/caf%C3%A9/men%C3%BC', 200],
    ['/caf%c3%a9/./x/../men%C3%BC', 200],
    ['/%63af%C3%A9/%2E%2E/caf%C3%A9/men%C3%BC', 200],
    ['/caf%25C3%25A9/men%C3%BC', 404],
    ['/caf%C3%A9%2Fmen%C3%BC', 404],
    ['/%7Braw%7D', 200],
    ['/{raw}', 200],
    ['/items/%31%32', 200],
    ['/items/0', 404],
    ['/items/2147483648', 404],
    ['/list', 200],
    ['/list/0', 404],
    ['/reports/2024', 200],
    ['/reports/2024/12?month=13', 200],
    ['/reports/2024/13', 404],
    ['/reports/2023-02-29', 404],
    ['/reports/2024-02-29', 200],
    ['/v1.0/status', 200],
    ['/v1/status', 404],
    ['/files', 200],
    ['/files/a/b.txt', 200],
    ['http://localhost/files/', 200],
  ]) {
    const reply = await connection.exchange(request('GET', target));
    assert.equal(reply.status, status, `${target}: ${reply.line}`);
  }
});

scenario('what does not decode is refused', async (run) => {
  const server = await run.serve('files');
  for (const target of ['/%', '/%4', '/%zz', '/%00', '/a%ff', '/%C3', '/%C0%AF', '/%ED%A0%80']) {
    const reply = await run.connect(server).exchange(request('GET', target));
    assert.equal(reply.status, 400, target);
  }
});

scenario('the debug log tells the route and its values', async (run) => {
  const server = await run.serve('files', { args: ['--log', 'debug'] });
  const connection = run.connect(server);
  const { program } = server;
  for (const [target, line] of [
    ['/items/7', 'GET /items/{id:int:min(1)} id=7'],
    ['/list', 'GET /list/{page:int:min(1)=1} page=1'],
    ['/reports/2024', 'GET /reports/{year:range(2000,2099)}/{month:range(1,12)?} year=2024'],
    ['/v2.10/status', 'GET /v{major:int}.{minor:int}/status major=2 minor=10'],
    ['/thumbs/a.b.png', 'GET /thumbs/{name}.{ext?} name=a.b ext=png'],
    ['/thumbs/a', 'GET /thumbs/{name}.{ext?} name=a'],
    ['/files/a%20b/c', 'GET /files/{*path} path=a%20b/c'],
  ]) {
    await connection.exchange(request('GET', target));
    await program.until(() => program.stderr.includes(`GET ${target} -> ${line} in `), line);
  }
});

const misses = [
  ['/items/0', 'constraint', "GET /items/{id:int:min(1)} (files.yaml:7)"],
  ['/Files/a', 'case', 'GET /files/{*path'],
  ['/files-/a', 'typo', 'GET /files/{*path'],
  ['/v1.0/status/', 'trailing-slash', 'GET /v{major:int}.{minor:int}/status'],
];

scenario('a 404 is logged with the nearest route', async (run) => {
  const server = await run.serve('files');
  const connection = run.connect(server);
  for (const [target, , route] of misses) {
    const reply = await connection.exchange(request('GET', target));
    assert.equal(reply.status, 404);
    assert.equal(reply.body.length, 0);
    const { program } = server;
    await program.until(() => program.stderr.split('\n').some(
      (line) => line.includes(`404 GET ${target}`) && line.includes(route)), `${target}: ${route}`);
  }
});

scenario('--explain tells the client the same', async (run) => {
  const connection = run.connect(await run.serve('files', { args: ['--explain'] }));
  for (const [target, reason, route] of misses) {
    const reply = await connection.exchange(request('GET', target));
    assert.equal(reply.status, 404);
    assert.equal(reply.field('Content-Type'), 'application/problem+json');
    const problem = JSON.parse(reply.body.toString());
    assert.equal(problem.status, 404);
    assert.equal(problem.nearest.reason, reason, reply.body.toString());
    assert.ok(problem.nearest.route.startsWith(route.replace(/ \(.*/, '')), problem.nearest.route);
  }
  const refused = await connection.exchange(request('DELETE', '/items/7'));
  assert.equal(refused.status, 405);
  assert.equal(refused.field('Allow'), 'GET, HEAD, OPTIONS');
  assert.equal(JSON.parse(refused.body.toString()).status, 405);
});

scenario('a final slash too many or too few is redirected', async (run) => {
  const connection = run.connect(await run.serve('slashes'));
  for (const [method, target, status, location] of [
    ['GET', '/users', 200],
    ['GET', '/USERS', 200],
    ['GET', '/users/', 308, '/users'],
    ['POST', '/Users/?a=b/', 308, '/Users?a=b/'],
    ['GET', '/users/5', 308, '/users/5/'],
    ['GET', '/users/5?x', 308, '/users/5/?x'],
    ['GET', '/users/5/', 200],
    ['GET', '/users/./', 308, '/users'],
    ['GET', '/Users/x/..', 308, '/Users'],
    ['GET', '/users/5/x/%2e./../5', 308, '/users/5/'],
    ['GET', '/users/five', 404],
    ['PUT', '/users/', 404],
    ['PUT', '/users', 405],
  ]) {
    const reply = await connection.exchange(request(method, target));
    assert.equal(reply.status, status, `${method} ${target}: ${reply.line}`);
    assert.equal(reply.field('Location'), location, `${method} ${target}`);
  }
});

scenario('a catch-all keeps its final slash', async (run) => {
  const connection = run.connect(await run.serve('slashes'));
  for (const [target, status] of [
    ['/assets/a', 200],
    ['/assets/a/', 200],
    ['/assets/a.js', 404],
    ['/assets/a.js/', 200],
  ]) assert.equal((await connection.exchange(request('GET', target))).status, status, target);
});
