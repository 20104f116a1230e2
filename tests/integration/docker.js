'use strict';
// specs/docker-engine.yaml answers what programs ask an engine.

const assert = require('node:assert/strict');
const { scenario } = require('./lib/scenario');
const { request } = require('./lib/http');

async function ask(connection, method, path) {
  const reply = await connection.exchange(request(method, path));
  const isJson = reply.field('Content-Type') === 'application/json';
  return { status: reply.status, reply, json: isJson ? JSON.parse(reply.text) : undefined };
}

scenario('an engine tells its version before all else', async (run) => {
  const connection = run.connect(await run.serve('docker-engine'));
  for (const method of ['HEAD', 'GET']) {
    const { status, reply } = await ask(connection, method, '/_ping');
    assert.equal(status, 200);
    assert.equal(reply.field('Api-Version'), '1.43');
    assert.equal(reply.field('OSType'), 'linux');
    assert.equal(reply.text, method === 'GET' ? 'OK' : '');
  }
  const { json } = await ask(connection, 'GET', '/version');
  assert.equal(json.ApiVersion, '1.43');
});

scenario('paths may name a version of the API', async (run) => {
  const connection = run.connect(await run.serve('docker-engine'));
  for (const prefix of ['', '/v1.24', '/v1.43']) {
    const list = await ask(connection, 'GET', `${prefix}/containers/json?all=1`);
    assert.deepEqual(list.json.map((one) => one.Names), [['/web']]);
    const one = await ask(connection, 'GET', `${prefix}/containers/web/json`);
    assert.equal(one.json.Id, list.json[0].Id);
    assert.equal((await ask(connection, 'GET', `${prefix}/info`)).json.Images, 2);
    assert.equal((await ask(connection, 'GET', `${prefix}/images/json`)).json.length, 2);
  }
  assert.equal((await ask(connection, 'GET', '/v1.x/info')).status, 404);
});

scenario('containers are created, started and removed', async (run) => {
  const connection = run.connect(await run.serve('docker-engine'));
  const created = await connection.exchange(
    request('POST', '/v1.43/containers/create?name=web', { body: '{"Image":"nginx"}' }));
  assert.equal(created.status, 201);
  assert.equal(JSON.parse(created.text).Warnings.length, 0);
  assert.equal((await ask(connection, 'POST', '/v1.43/containers/web/start')).status, 204);
  assert.equal((await ask(connection, 'DELETE', '/v1.43/containers/web')).status, 204);
  const missing = await ask(connection, 'GET', '/v1.43/containers/nope/json');
  assert.equal(missing.status, 404);
  assert.equal(missing.json.message, 'no such object');
});
