'use strict';
// What a server costs: memory, disk, and what it needs from the system.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { poll } = require('./lib/deadline');
const { scenario, nativeOnly } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const prefix = world.isWindows ? 'x86_64-w64-mingw32-' : '';
const demo = world.executable('demo');
const fromWindows = /^(kernel32|advapi32|msvcrt|ucrtbase|api-ms-win-crt-[a-z0-9-]+)\.dll$/i;

async function output(command, args) {
  const result = await runProgram([command, args]);
  assert.equal(result.code, 0, result.text);
  return result.stdout;
}

scenario('with client, journal and report the stripped executable is below 128 KiB',
  async (run) => {
    const stripped = path.join(run.folder, 'stripped');
    await output(`${prefix}strip`, ['-o', stripped, demo]);
    const { size } = fs.statSync(stripped);
    assert.ok(size < 131072, `it has ${size} bytes`);
  });

scenario('it needs no library but the system\'s own', async () => {
  const text = await output(`${prefix}objdump`, ['-p', demo]);
  const pattern = world.isWindows ? /DLL Name: (.*)$/gm : /NEEDED +(.*)$/gm;
  const libraries = [...text.matchAll(pattern)].map(([, name]) => name.trim());
  assert.ok(libraries.length > 0, text);
  for (const name of libraries)
    assert.match(name, world.isWindows ? fromWindows : /^libc\.so\.6$/);
});

// How much of the C library comes along differs from start to start. A server may put
// things in order after it is ready.
scenario('an idle server has at most 1.5 MB resident', async (run) => {
  for (let i = 0; i < 20; i++) {
    const server = await run.serve();
    let memory;
    await poll(() => {
      memory = fs.readFileSync(`/proc/${server.info.pid}/smaps_rollup`, 'utf8');
      return Number(/^Rss:\s+(\d+) kB$/m.exec(memory)[1]) <= 1536;
    }, 'a resident size of 1536 kB or less', () => memory);
    await server.stop();
  }
}, nativeOnly);
