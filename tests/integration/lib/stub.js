'use strict';
// Runs a server around a command. Its streams are files, for Node for Windows does not know
// what Wine makes of the streams that Node gives its children here.

const fs = require('node:fs');
const path = require('node:path');
const { run } = require('./program');
const world = require('./world');

// `folder` is where it runs and keeps what was printed. Gives what run() does.
async function runStub(stub, args, command, { folder, env }) {
  const output = path.join(folder, 'output');
  const [program, programArgs] = world.program(stub, [...args, '--', ...command]);
  const result = await run(
    ['sh', ['-c', 'exec "$@" </dev/null >"$0"', output, program, ...programArgs]],
    { cwd: folder, env: { NODE_SKIP_PLATFORM_CHECK: '1', ...env } }); // Wine is Windows 7
  result.stdout = fs.readFileSync(output, 'utf8');
  result.text += `\n--- in the file\n${result.stdout}`;
  return result;
}

// Ends a test as skipped where there is no Node for Windows.
function requireNode() {
  if (fs.existsSync(world.nodeProgram())) return;
  console.log(`skipped: there is no ${world.nodeProgram()}`);
  process.exit(77);
}

module.exports = { requireNode, runStub };
