'use strict';
// Handlers in C: what they are given, and an example that keeps users.

const assert = require('node:assert/strict');
const { request } = require('./lib/http');
const { scenario } = require('./lib/scenario');

const get = (target) => request('GET', target);

// Asks for each row [request, status, body] on one connection.
async function askEach(connection, rows) {
  for (const [data, status, body] of rows) {
    const reply = await connection.exchange(data);
    if (reply.status !== status || (body !== undefined && reply.text !== body)) {
      connection.fail(`expected ${status} and ${JSON.stringify(body)}, got `
        + `${reply.status} and ${JSON.stringify(reply.text)}`);
    }
  }
}

scenario('parameters come as the types that the spec gives them', async (run) => {
  await askEach(run.connect(await run.serve('typed')), [
    [get('/numbers/1/2/3'), 200, '1 2 3'],
    [get('/numbers/-2147483648/-9223372036854775808/-5'), 200,
      '-2147483648 -9223372036854775808 -5'],
    [get('/numbers/2147483647/9223372036854775807/+05'), 200,
      '2147483647 9223372036854775807 5'],
    [get('/numbers/2147483648/1/1'), 404],
    [get('/others/TRUE/-1.5e3/a%20b/x'), 200, '1 -1500 a b x'],
    [get('/others/false/0.1/%C3%A4/y'), 200, '0 0.10000000000000001 ä y'],
    [get('/others/false/0.1/c/z'), 404],
    [get('/static'), 200, 'beside them'],
  ]);
});

scenario('parameters of the query come beside those of the path', async (run) => {
  await askEach(run.connect(await run.serve('typed')), [
    [get('/search/all?q=a+b&in=body'), 200, "all 'a b' 1 -1 'body'"],
    [get('/search/all?q=&page=12&exact=false'), 200, "all '' 12 0 ''"],
    [get('/search/all?page=0&exact=maybe'), 400],
  ]);
});

scenario('what may be absent says so, defaults stand for what is', async (run) => {
  await askEach(run.connect(await run.serve('typed')), [
    [get('/page'), 200, '0 0'],
    [get('/page/12'), 200, '1 12'],
    [get('/default'), 200, '7'],
    [get('/default/8'), 200, '8'],
    [get('/files/a/b%20c'), 200, "1 'a/b c'"],
    [get('/files'), 200, "0 ''"],
  ]);
});

scenario('one handler answers routes with another order of parameters', async (run) => {
  await askEach(run.connect(await run.serve('typed')), [
    [get('/ab/1/x'), 200, '1 x'],
    [get('/ba/x/1'), 200, '1 x'],
  ]);
});

scenario('bodies come whole, or in pieces to a function of their own', async (run) => {
  const body = Buffer.alloc(500000, 'a');
  const put = (target, data) => request('PUT', target, { body: data });
  await askEach(run.connect(await run.serve('typed')), [
    [request('POST', '/echo', { body: 'hello' }), 200, 'hello'],
    [request('POST', '/echo', { body }), 200, body.toString()],
    [put('/upload/one', body), 200, `one 500000 ${500000 * 97}`],
    [put('/upload/two', 'abc'), 200, 'two 3 294'],
    [put('/upload/none', ''), 200, 'none 0 0'],
    [put('/slow-upload/three', body), 200, `three 500000 ${500000 * 97}`],
  ]);
});

scenario('a handler that waits is in nobody\'s way', async (run) => {
  const server = await run.serve('typed', { args: ['--workers', '1'] });
  const slow = run.connect(server);
  const quick = run.connect(server);
  let isOver = false;
  const waiting = slow.exchange(get('/slow/1500')).then((reply) => {
    isOver = true;
    return reply;
  });
  await askEach(quick, [[get('/static'), 200, 'beside them'], [get('/page/1'), 200, '1 1']]);
  assert.ok(!isOver, 'the slow handler was waited for');
  assert.equal((await waiting).text, 'waited');
});

scenario('a handler that fails is 500 and a line with its place in the spec', async (run) => {
  const server = await run.serve('typed');
  const connection = run.connect(server);
  await askEach(connection, [[get('/fail/-7'), 500], [get('/fail/0'), 200, '']]);
  await server.stop();
  assert.match(server.describe(), /typed\.yaml:22\b/);
  assert.match(server.describe(), /typed: closed/);
});

scenario('users are listed, added, renamed and removed', async (run) => {
  const connection = run.connect(await run.serve('users'));
  const send = (method, target, body) => request(method, target, { body });
  const added = await connection.exchange(send('POST', '/users', 'Ada "L" \\'));
  assert.equal(added.status, 201);
  assert.equal(added.field('Location'), '/users/1');
  assert.equal(added.field('Content-Type'), 'application/json');
  assert.deepEqual(JSON.parse(added.text), { id: 1, name: 'Ada "L" \\' });
  await askEach(connection, [
    [send('POST', '/users', 'Grace'), 201, '{"id":2,"name":"Grace"}'],
    [get('/users/2'), 200, '{"id":2,"name":"Grace"}'],
    [send('PUT', '/users/1', 'Ada'), 200, '{"id":1,"name":"Ada"}'],
    [get('/users'), 200, '[{"id":1,"name":"Ada"},{"id":2,"name":"Grace"}]'],
    [request('DELETE', '/users/1'), 204, ''],
    [request('DELETE', '/users/1'), 404],
    [get('/users/1'), 404],
    [send('PUT', '/users/1', 'Ada'), 404],
    [get('/users/me'), 404],
    [send('POST', '/users', ''), 400],
    [send('POST', '/users', 'x'.repeat(81)), 400],
    [send('POST', '/users', 'a\nb'), 400],
    [send('POST', '/users', Buffer.from([0xe4])), 400],
    [send('POST', '/users', Buffer.from([0xed, 0xa0, 0x80])), 400],
    [send('POST', '/users', Buffer.from([0xc3])), 400],
    [get('/users'), 200, '[{"id":2,"name":"Grace"}]'],
    [get('/'), 200, 'Users are at /users'],
  ]);
});

scenario('several clients at a time add users, each once', async (run) => {
  const server = await run.serve('users', { args: ['--workers', '4'] });
  const ids = [];
  await Promise.all([1, 2, 3, 4, 5].map(async (n) => {
    const connection = run.connect(server);
    for (let i = 0; i < 20; i++) {
      const reply = await connection.exchange(
        request('POST', '/users', { body: `user ${n}.${i}` }));
      ids.push(JSON.parse(reply.text).id);
    }
  }));
  assert.deepEqual(ids.sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i + 1));
  const list = await run.connect(server).exchange(get('/users'));
  assert.equal(JSON.parse(list.text).length, 100);
});
