'use strict';
// What the soak tests share: how long they take, their hostile client, and a look at what
// a server holds.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { poll, within } = require('../integration/lib/deadline');
const { Program } = require('../integration/lib/program');
const world = require('../integration/lib/world');

const isFull = process.env.KRGEN_SOAK === 'full';

// One of the lengths: in full, or for each place where the tests run all the time.
function length(full, lengths) {
  return isFull ? full : lengths[world.name];
}

// What is random can be repeated with KRGEN_SEED, as far as threads allow.
const seed = Number(process.env.KRGEN_SEED ?? crypto.randomInt(1e9));
console.log(`KRGEN_SEED=${seed}`);

// The hostile client's arguments against a server.
const against = (server, ...args) => world.hostile([server.path, ...args]);

// Runs a program, which may take minutes, to its end and gives what it printed.
async function complete(command) {
  const program = new Program(command);
  program.child.stdin.end();
  try {
    await within(program.exited, 'the end of the program', () => program.describe(),
      4 * world.patience);
  } finally {
    if (program.isRunning) program.signal('SIGKILL');
  }
  assert.equal(program.code, 0, program.describe());
  return program.stdout;
}

// Runs the hostile client against a server.
const beset = (server, ...args) => complete(against(server, ...args));

// { handles, threads, memory } of a server.
async function look(server) {
  return JSON.parse(await beset(server, 'vitals', server.info.pid));
}

// KiB by which memory may grow: what a C library keeps, not what clients leave. Sanitizers
// keep what was freed for a while, and find what was not.
const allowance = (growth) => (world.name === 'asan' ? 1e9 : growth);

// Waits until a server holds no more than it did, but for `growth` KiB of memory.
async function checkRecovered(server, before, growth) {
  let now;
  await poll(async () => {
    now = await look(server);
    return now.handles === before.handles && now.threads === before.threads &&
      now.memory <= before.memory + allowance(growth);
  }, 'the return to what the server held before',
  () => `before: ${JSON.stringify(before)}\nnow: ${JSON.stringify(now)}`);
  return now;
}

// A server that has served already, so that it holds what it keeps. `args` are those of
// soak_server.c.
async function serve(run, ...args) {
  const server = await run.serve('soak_server', { args });
  await beset(server, 'cycles', 16, 4);
  return server;
}

module.exports = {
  seed, length, allowance, complete, against, beset, look, checkRecovered, serve,
};
