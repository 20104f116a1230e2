'use strict';
// docker_client.js DOCKER FOLDER: the docker client takes specs/docker-engine.yaml for an
// engine. FOLDER is for the client's own files.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const SKIPPED = 77;
const [docker, folder] = process.argv.slice(2);
if (!fs.existsSync(docker)) {
  console.log('skipped: there is no docker client');
  process.exit(SKIPPED);
}
fs.mkdirSync(folder, { recursive: true });

async function run(server, ...args) {
  const env = {
    DOCKER_CONFIG: folder,
    DOCKER_HOST: `unix://${server.path}`,
    DOCKER_CONTEXT: undefined,
    DOCKER_API_VERSION: undefined,
  };
  const result = await runProgram([docker, args], { env });
  assert.equal(result.code, 0, result.text);
  return result.stdout;
}

// The rows of a table under its title.
const rows = (table) => table.trim().split('\n').slice(1);

scenario('docker version and docker info', async (scene) => {
  const server = await scene.serve('docker-engine');
  const version = await run(server, 'version');
  assert.match(version, /Server: krgen stub\n Engine:\n  Version: +24\.0\.9\n/);
  const info = await run(server, 'info');
  assert.match(info, /^ Containers: 2$/m);
  assert.match(info, /^ Operating System: krgen stub$/m);
  assert.match(info, /^ Total Memory: 4GiB$/m);
  assert.equal(await run(server, 'info', '--format', '{{.NCPU}} {{.Driver}}'), '2 overlay2\n');
});

scenario('docker ps, images, network ls and volume ls', async (scene) => {
  const server = await scene.serve('docker-engine');
  const containers = rows(await run(server, 'ps'));
  assert.equal(containers.length, 1);
  assert.match(containers[0],
    /^5f0c8b1d3a7e +nginx:1\.25 .* Up 2 hours +127\.0\.0\.1:8080->80\/tcp +web$/);
  const images = rows(await run(server, 'images', '--format',
    'table {{.Repository}} {{.Tag}} {{.ID}} {{.Size}}'));
  assert.deepEqual(images, ['nginx 1.25 a6bd71f48f68 187MB', 'alpine 3.19 05455a08881e 7.38MB']);
  assert.match(rows(await run(server, 'network', 'ls'))[0], /bridge +bridge +local$/);
  assert.match(rows(await run(server, 'volume', 'ls'))[0], /^local +data$/);
});

scenario('docker inspect, logs, stop, start and rm', async (scene) => {
  const server = await scene.serve('docker-engine');
  const [container] = JSON.parse(await run(server, 'inspect', 'web'));
  assert.equal(container.Name, '/web');
  assert.equal(container.State.Status, 'running');
  const [image] = JSON.parse(await run(server, 'image', 'inspect', 'nginx:1.25'));
  assert.deepEqual(image.RepoTags, ['nginx:1.25']);
  assert.equal(await run(server, 'logs', 'web'), 'hello from the stub\n');
  for (const action of ['stop', 'start', 'rm'])
    assert.equal(await run(server, action, 'web'), 'web\n');
});
