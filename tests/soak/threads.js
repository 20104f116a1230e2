'use strict';
// A server with several workers under ThreadSanitizer, which ends it with a code of its
// own if it has seen a race.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');
const { scenario } = require('../integration/lib/scenario');
const { Random } = require('../integration/lib/random');
const { length, seed, against, beset } = require('./soak');
const world = require('../integration/lib/world');

const WORKERS = 4;
const random = new Random(seed);

async function serve(run, ...more) {
  assert.ok(fs.readFileSync(world.executable('soak')).includes('ThreadSanitizer'));
  const { stdout } = await run.call(['--help'], { program: 'soak' });
  const workers = stdout.includes('--workers') ? ['--workers', String(WORKERS)] : [];
  return run.serve('soak', {
    args: [...workers, ...more],
    env: { TSAN_OPTIONS: 'exitcode=66' },
  });
}

async function checkStop(server) {
  await server.stop();
  assert.doesNotMatch(server.program.stderr, /ThreadSanitizer/);
}

scenario('workers share nothing without a lock while clients come and go', async (run) => {
  const server = await serve(run);
  await beset(server, 'mayhem', 64, length(60, { native: 6 }), seed);
  await checkStop(server);
});

scenario('nor when each answer is logged', async (run) => {
  const server = await serve(run, '--log', 'debug');
  await beset(server, 'mayhem', 16, length(20, { native: 2 }), seed);
  await checkStop(server);
});

scenario('nor when clients have to wait for each other', async (run) => {
  const server = await serve(run);
  await beset(server, 'crowd', 300, seed);
  await checkStop(server);
});

scenario('nor when the server is stopped', async (run) => {
  for (let i = length(50, { native: 5 }); i > 0; i--) {
    const server = await serve(run);
    const storm = run.start(against(server, 'storm', 16, random.below(1e9)));
    await storm.until(() => storm.stdout.includes('storm'), 'the storm');
    await pause(random.below(30));
    await checkStop(server);
    assert.equal(await storm.exit(), 0, storm.describe());
  }
});
