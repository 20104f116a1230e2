'use strict';
// Runs the README's console blocks as a reader would, in one shell, and compares what they
// print. In expected output "..." stands for the rest of a line; log lines of servers,
// which the README leaves out, are left out here as well.
//
//   node readme.js FOLDER-OF-KRGEN WORK-FOLDER

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const ROOT = path.resolve(__dirname, '../..');
const [tools, work] = process.argv.slice(2);

// A block whose first line also names a file becomes that file, where it stands.
function readCommands(markdown) {
  const commands = [];
  for (const [, kind, file, block] of markdown.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```/gms)) {
    if (file) {
      const copy = `block.${commands.length}`;
      fs.writeFileSync(path.join(work, copy), block);
      commands.push({ text: `cp ${copy} ${file}`, expected: [] });
    }
    if (kind !== 'console') continue;
    for (const line of block.split('\n').slice(0, -1)) {
      if (line.startsWith('$ ')) commands.push({ text: line.slice(2), expected: [] });
      else commands.at(-1).expected.push(line);
    }
  }
  return commands;
}

// A command in the background is waited for until it has printed what it should.
function script(commands) {
  const steps = commands.map(({ text, expected }, i) => {
    const output = `output.${i}`;
    if (!text.endsWith('&')) return `{ ${text}; } >${output} 2>&1`;
    return `: >${output}; ${text.slice(0, -1)} >${output} 2>&1 &
      n=0; while [ "$(wc -l <${output})" -lt ${expected.length} ] && [ $n -lt 300 ]; do
        n=$((n + 1)); sleep 0.1; done`;
  });
  return `trap 'kill $(jobs -p) 2>/dev/null' EXIT\n${steps.join('\n')}\n`;
}

function printed(i) {
  const text = fs.readFileSync(path.join(work, `output.${i}`), 'utf8').replaceAll('\r', '');
  const lines = text.replace(/\n$/, '').split('\n').filter((line) => !/^\w+: info: /.test(line));
  return lines.length === 1 && lines[0] === '' ? [] : lines;
}

function isAsExpected(actual, expected) {
  if (expected.endsWith('...')) return actual.startsWith(expected.slice(0, -3));
  return actual === expected;
}

fs.rmSync(work, { recursive: true, force: true });
fs.mkdirSync(work, { recursive: true });
fs.cpSync(path.join(ROOT, 'specs'), path.join(work, 'specs'), { recursive: true });
const commands = readCommands(fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8'));
assert.ok(commands.length >= 8, 'the README lost its examples');
const env = { ...process.env, PATH: `${path.resolve(tools)}:${process.env.PATH}` };
delete env.TMPDIR; // the README shows the default
for (const name of Object.keys(env)) // and none of these is a reader's
  if (name.startsWith('KRGEN_') || name === 'GITHUB_ACTIONS') delete env[name];
const run = spawnSync('sh', ['-c', script(commands)], { cwd: work, env, encoding: 'utf8' });
assert.equal(run.error, undefined);
commands.forEach(({ text, expected }, i) => {
  const actual = printed(i);
  const isSame = actual.length === expected.length
    && actual.every((line, j) => isAsExpected(line, expected[j]));
  assert.ok(isSame, `$ ${text}\nexpected:\n${expected.join('\n')}\ngot:\n${actual.join('\n')}`);
  console.log(`ok: ${text}`);
});
