'use strict';
// Clients that are many, slow, deaf, killed, or gone in the middle: everybody else is
// served, and afterwards the server holds what it held before.

const assert = require('node:assert/strict');
const { setTimeout: pause } = require('node:timers/promises');
const { scenario, unix } = require('../integration/lib/scenario');
const { poll } = require('../integration/lib/deadline');
const { request } = require('../integration/lib/http');
const { run: runProgram } = require('../integration/lib/program');
const { length, seed, against, beset, look, checkRecovered, serve } = require('./soak');
const world = require('../integration/lib/world');

const GROWTH_MAX = 512;
const CROWD_GROWTH_MAX = 8 * 1024;

scenario('clients that come and go leave nothing behind', async (run) => {
  const n = length(10000, { native: 10000, asan: 2000, windows: 1000 });
  const server = await serve(run);
  const before = await look(server);
  await beset(server, 'cycles', n, 4);
  await checkRecovered(server, before, GROWTH_MAX);
});

// As many clients as instances get in although the server does not move.
async function checkInstances(run, server) {
  const INSTANCES = 16;
  server.program.signal('SIGSTOP');
  try {
    const arrival = run.start(against(server, 'arrive', INSTANCES + 1));
    await arrival.until(() => arrival.stdout.includes('in:'), 'the arrival');
    assert.match(arrival.stdout, new RegExp(`in: ${INSTANCES}\\b`), arrival.describe());
    arrival.child.stdin.end();
    assert.equal(await arrival.exit(), 0, arrival.describe());
  } finally {
    server.program.signal('SIGCONT');
  }
}

scenario('64 clients that leave wherever they like leave nothing behind', async (run) => {
  const N = 64;
  const seconds = length(60, { native: 6, asan: 6, windows: 10 });
  const server = await serve(run);
  await beset(server, 'mayhem', N, 1, seed); // until as much memory is used as ever
  const before = await look(server);
  const counts = await beset(server, 'mayhem', N, seconds, seed + 1);
  console.log(counts);
  for (const line of counts.trim().split('\n'))
    assert.doesNotMatch(line, / 0\b/, 'nobody did this');
  await checkRecovered(server, before, CROWD_GROWTH_MAX);
  if (world.isWindows) await checkInstances(run, server);
  await checkRecovered(server, before, CROWD_GROWTH_MAX);
  await beset(server, 'cycles', 50, 1);
});

scenario('of 300 clients each is served in the end', async (run) => {
  const server = await serve(run);
  const before = await look(server);
  console.log(await beset(server, 'crowd', 300, seed));
  await checkRecovered(server, before, 4 * CROWD_GROWTH_MAX);
});

scenario('large bodies arrive whole, both ways', async (run) => {
  const MiB = 1024 * 1024;
  const server = await serve(run, '--large');
  const large = length(64, { native: 64, asan: 64, windows: 10 });
  for (const size of [2, large]) await beset(server, 'bodies', size * MiB);
});

scenario('a client that never reads is given up, and nobody waits for it', async (run) => {
  const WRITE_MS = 2000; // of soak_server.c
  const SLACK_MS = 50;
  const server = await serve(run, '--strict');
  const before = await look(server);
  const deaf = run.start(against(server, 'deaf', 10 * 1024 * 1024));
  await deaf.until(() => deaf.stdout.includes('asked'), 'the request');
  await beset(server, 'cycles', 200, 2);
  assert.equal(await deaf.exit(), 0, deaf.describe());
  const took = Number(/given up after (\d+) ms/.exec(deaf.stdout)[1]);
  assert.ok(took >= WRITE_MS - SLACK_MS, `given up after only ${took} ms`);
  await checkRecovered(server, before, CROWD_GROWTH_MAX);
});

scenario('who sends a byte a second is answered, and nobody waits for it', async (run) => {
  const ms = length(1000, { native: 20, asan: 20, windows: 20 });
  const server = await serve(run);
  const slow = [request('GET', '/24'), request('POST', '/upload', { body: 'x'.repeat(9) })]
    .map((text) => ({ text, connection: run.connect(server) }));
  const longest = Math.max(...slow.map(({ text }) => text.length));
  for (let i = 0; i < longest; i++) {
    for (const { text, connection } of slow)
      if (i < text.length) connection.send(text[i]);
    await pause(ms);
    if (i % 20 === 10) await beset(server, 'cycles', 10, 1);
  }
  for (const { connection } of slow)
    assert.equal((await connection.reply()).body.length, 24);
});

scenario('clients that are killed in the middle leave nothing behind', async (run) => {
  const server = await serve(run, '--large');
  const meet = async () => {
    const victim = run.start(against(server, 'victim', seed));
    await victim.until(() => victim.stdout.includes('ready'), 'the middle');
    victim.signal('SIGKILL');
    await victim.exit();
  };
  await meet();
  const before = await look(server);
  for (let i = 0; i < 3; i++) await meet();
  await checkRecovered(server, before, CROWD_GROWTH_MAX);
  await beset(server, 'cycles', 50, 4);
});

// A client that came before goes on being served, all others wait until there is room.
scenario('lack of descriptors ends nothing', async (run) => {
  const LIMIT = 40;
  const server = await run.serve('soak_server');
  const limited = await runProgram(
    ['prlimit', ['--pid', String(server.info.pid), `--nofile=${LIMIT}`]]);
  assert.equal(limited.code, 0, limited.text);
  const old = run.connect(server);
  await old.exchange(request('GET', '/24'));
  const before = await look(server);
  for (let i = 0; i < 2; i++) {
    const crowd = run.start(against(server, 'arrive', 2 * LIMIT));
    await crowd.until(() => crowd.stdout.includes(`in: ${2 * LIMIT}`), 'the arrival');
    await poll(async () => (await look(server)).handles >= LIMIT, 'the last descriptor');
    await poll(() => server.program.stderr.includes('no client can be accepted'),
      'the message');
    assert.equal((await old.exchange(request('GET', '/300000'))).body.length, 300000);
    crowd.child.stdin.end();
    assert.equal(await crowd.exit(), 0, crowd.describe());
    await beset(server, 'cycles', 50, 4);
    await checkRecovered(server, before, CROWD_GROWTH_MAX);
  }
}, unix);
