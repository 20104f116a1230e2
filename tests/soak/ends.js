'use strict';
// How servers end while clients are at them, and how often they can be started.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');
const { scenario } = require('../integration/lib/scenario');
const { Random } = require('../integration/lib/random');
const { length, seed, allowance, complete, against, beset, serve } = require('./soak');
const world = require('../integration/lib/world');

const GROWTH_MAX = 512;
const random = new Random(seed);

// The requests are there before the signal, and read after it, if at all.
async function checkFlight(run, n, isKept) {
  const server = await serve(run);
  const flight = run.start(against(server, 'flight', n, isKept ? 1 : 0));
  await flight.until(() => flight.stdout.includes('ready'), 'the clients');
  server.program.signal('SIGSTOP');
  flight.child.stdin.end();
  await flight.until(() => flight.stdout.includes('sent'), 'the requests');
  server.program.signal('SIGINT');
  server.program.signal('SIGCONT');
  assert.equal(await flight.exit(), 0, flight.describe());
  assert.equal(await server.program.exit(), 0, server.describe());
}

scenario('a complete request is answered before the server ends', async (run) => {
  await checkFlight(run, 50, true);
  await checkFlight(run, 200, true);
});

// As many as the instances of a pipe, or what Linux keeps for a server that is late.
scenario('so is that of a client that was not accepted yet', async (run) => {
  await checkFlight(run, world.isWindows ? 16 : 100, false);
});

// A stop in the middle of everything: what has begun is finished, then all is gone.
async function checkStorm(run) {
  const server = await serve(run);
  const storm = run.start(against(server, 'storm', 16, random.below(1e9)));
  await storm.until(() => storm.stdout.includes('storm'), 'the storm');
  await pause(random.below(30));
  await server.stop();
  assert.equal(await storm.exit(), 0, storm.describe());
  if (!world.isWindows)
    assert.ok(!fs.existsSync(server.path), 'the socket is left over');
}

scenario('Ctrl+C ends a server in an accept storm', async (run) => {
  const rounds = length(40, { native: 10, asan: 5, windows: 4 });
  for (let i = 0; i < rounds; i++) await checkStorm(run);
});

scenario('a server can be started and stopped a thousand times', async (run) => {
  const rounds = length(1000, { native: 1000, asan: 200, windows: 60 });
  const growth = allowance(GROWTH_MAX);
  console.log(await complete(world.startStop([run.newPipe(), rounds, growth])));
});

scenario('a name can be served again and again', async (run) => {
  const rounds = length(100, { native: 20, asan: 5, windows: 5 });
  const pipe = run.newPipe();
  for (let i = 0; i < rounds; i++) {
    const server = await run.serve('soak_server', { pipe });
    await beset(server, 'cycles', 10, 2);
    await server.stop();
  }
});
