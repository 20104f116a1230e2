'use strict';
// A server that runs a command: `demo [options] -- COMMAND ARG...`.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const test = require('node:test');
const { poll } = require('./lib/deadline');
const { scenario, unix } = require('./lib/scenario');
const { request } = require('./lib/http');
const world = require('./lib/world');

const windows = { worlds: ['windows'] };
const get = request('GET', '/pipe');
const hello = 'Hello over named pipe';

const errandFile = path.join(__dirname, 'lib/errand.js');
const errand = (...args) => world.isWindows ?
  [world.serverPath(world.errandProgram()), ...args] :
  [process.execPath, errandFile, ...args];
const caller = (...args) => [world.serverPath(world.executable('demo')), '--call', ...args];

// Starts a server on a name of its own that runs `command`.
function wrap(run, command, { args = [], pipe = run.newPipe(), ...options } = {}) {
  const program = run.start(
    world.server('demo', ['--pipe', pipe, '--log', 'error', ...args, '--', ...command]), options);
  program.pipe = pipe;
  return program;
}

async function end(program, input = '') {
  program.child.stdin.end(input);
  const code = await program.exit();
  checkGone(program);
  return code;
}

// On Linux the name shows in the file system.
function checkGone({ pipe }) {
  if (world.isWindows) return;
  const { path: socket } = world.endpoint(pipe);
  for (const file of [socket, `${socket}~lock`])
    assert.ok(!fs.existsSync(file), `${file} is left over`);
}

// What processes of the machine, Wine's too, have `mark` on their command line.
function processesWith(mark) {
  return fs.readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return false;
    try {
      return fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(mark);
    } catch {
      return false; // it has just ended
    }
  });
}

const newMark = () => `krt-mark-${crypto.randomBytes(8).toString('hex')}`;

function allGone(mark) {
  return poll(() => processesWith(mark).length === 0, 'the end of the tree',
    () => `left over: ${processesWith(mark)}`);
}

// Starts a command with somebody below it, which ignore all signals, and waits for both.
async function wrapSitting(run, verb, options) {
  const mark = newMark();
  const program = wrap(run, errand(verb, mark), options);
  if (verb !== 'leave')
    await program.until(() => program.stdout.includes('sitting'), 'the command');
  return { program, mark };
}

// ---- Exit codes ----

scenario('the code of the command is the code of the server', async (run) => {
  for (const code of [0, 1, 77, 255])
    assert.equal(await end(wrap(run, errand('exit', String(code)))), code);
});

scenario('a code beyond 255 is passed as well', async (run) => {
  const [, args] = world.server('demo', []);
  for (const code of ['256', '3221225786', '4294967295']) {
    const command = [world.serverPath(args[1]), '--pipe', run.newPipe(), '--', ...errand('exit', code)];
    const program = run.start(world.errand(['ended', code, ...command]));
    assert.equal(await end(program), 0, program.describe());
  }
}, windows);

scenario('a command that a signal has ended counts as 128 and its number', async (run) => {
  for (const [signal, code] of [['KILL', 137], ['TERM', 143], ['PIPE', 141], ['SEGV', 139]]) {
    const program = wrap(run, ['sh', '-c', `kill -${signal} $$`]);
    assert.equal(await end(program), code, program.describe());
  }
}, unix);

scenario('a command that is not there is 127', async (run) => {
  const missing = ['nonesuch-command', './nonesuch', path.join(errandFile, 'x'), ''];
  if (world.isWindows) missing.push('nonesuch.exe', 'C:\\nonesuch\\x.cmd', 'Z:/nonesuch');
  for (const command of missing) {
    const program = wrap(run, [command, 'argument']);
    assert.equal(await end(program), 127, program.describe());
    assert.match(program.stderr, /^demo: cannot run /, program.describe());
    assert.ok(program.stderr.includes(command), program.describe());
    assert.equal(program.stderr.split('\n').length, 2, program.describe());
  }
});

scenario('a command that cannot be run is 126', async (run) => {
  const text = path.join(run.folder, 'text.txt');
  fs.writeFileSync(text, 'no program');
  const commands = [[world.serverPath(text)], [world.serverPath(run.folder)]];
  if (world.isWindows) {
    const fake = path.join(run.folder, 'fake.exe');
    fs.writeFileSync(fake, 'no program either');
    commands.push([world.serverPath(fake)]);
  }
  for (const command of commands) {
    const program = wrap(run, command);
    assert.equal(await end(program), 126, program.describe());
    assert.match(program.stderr, /^demo: cannot run [^\n]*: [^\n]+\n$/, program.describe());
  }
});

scenario('with the name in use the command is not started', async (run) => {
  const server = await run.serve();
  const file = path.join(run.folder, 'started');
  const program = wrap(run, errand('print-to', world.serverPath(file), 'x'), { pipe: server.pipe });
  program.child.stdin.end();
  assert.equal(await program.exit(), 3, program.describe());
  assert.ok(!fs.existsSync(file), 'the command has run');
}, unix); // Wine lets two servers have one name

// ---- What the command gets ----

scenario('the first call of the command is served', async (run) => {
  for (let i = 0; i < 5; i++) {
    const program = wrap(run, caller('GET', '/pipe'));
    assert.equal(await end(program), 0, program.describe());
    assert.equal(program.stdout, hello, program.describe());
  }
});

scenario('curl finds the socket', async (run) => {
  const program = wrap(run,
    ['sh', '-c', 'curl -sS --unix-socket "$KRGEN_SOCKET" http://localhost/pipe']);
  assert.equal(await end(program), 0, program.describe());
  assert.equal(program.stdout, hello);
}, unix);

scenario('the command knows where the server is, and all else from the environment',
  async (run) => {
    const env = { KRGEN_SOCKET: 'old', KRGEN_PIPE_PATH: 'old', KRGEN_LOG: 'error', OTHER: 'x=1 ' };
    const command = world.isWindows ? ['cmd.exe', '/c', 'set'] : ['env'];
    const program = wrap(run, command, { env });
    assert.equal(await end(program), 0, program.describe());
    const lines = program.stdout.split(/\r?\n/).filter((line) => /^(KRGEN|OTHER)/i.test(line));
    const { path: place } = world.endpoint(program.pipe);
    const expected = ['KRGEN_LOG=error', `KRGEN_PIPE=${program.pipe}`, `KRGEN_PIPE_PATH=${place}`,
      ...world.isWindows ? [] : [`KRGEN_SOCKET=${place}`], 'OTHER=x=1 '];
    assert.deepEqual(lines.sort(), expected, program.describe());
  });

scenario('standard streams are the command\'s alone', async (run) => {
  const input = crypto.randomBytes(300000);
  const out = path.join(run.folder, 'out');
  const program = wrap(run, errand('copy'));
  const pieces = [];
  program.child.stdout.removeAllListeners('data').setEncoding('latin1')
    .on('data', (piece) => pieces.push(Buffer.from(piece, 'latin1')));
  assert.equal(await end(program, input), 0, program.describe());
  fs.writeFileSync(out, Buffer.concat(pieces));
  assert.ok(Buffer.concat(pieces).equals(input), 'other bytes have arrived');
  assert.equal(program.stderr, `${input.length}\n`);
});

scenario('the ready file is there while the command runs, and no ready line', async (run) => {
  const file = path.join(run.folder, 'ready');
  const program = wrap(run, errand('copy'), { args: ['--ready-file', world.serverPath(file)] });
  await program.until(() => fs.existsSync(file), 'the ready file');
  assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).pipe, program.pipe);
  assert.equal(await end(program, 'all'), 0, program.describe());
  assert.equal(program.stdout, 'all', program.describe());
  assert.ok(!fs.existsSync(file), 'the ready file is left over');
});

const awkward = ['', ' ', 'a b', '"', '""', 'a"b', '"a b"', 'a" b', '\\', 'a\\', 'a b\\', '\\"',
  'a\\\\"b c', '%PATH%', '%', '%%', '100%', '%cd:~,%', '^', 'a^b', '^^', '&', 'a&b', 'a & b',
  '"&calc"', '|', '<', '>', 'a>b', '!', '!PATH!', '(', ')', '*', '?', '*.js', '-x', '/c', ';', ',',
  '=', 'a=b', '\t', '\'', '`', '$HOME', '~', '@', '#', 'Grüße', '日本語', '😀', 'é %OS% "ü" ^&'];

const printed = (args) => args.map((arg) => `${Buffer.from(arg).toString('hex')}\n`).join('');

scenario('arguments arrive byte for byte', async (run) => {
  const args = world.isWindows ? awkward : [...awkward, 'line\nfeed', '\r'];
  const all = wrap(run, errand('print', ...args));
  assert.equal(await end(all), 0, all.describe());
  assert.equal(all.stdout, printed(args), all.describe());
});

// ---- Batch files and the search for commands ----

// A batch file that prints what it is given and ends with 7.
function writeBatch(file) {
  const program = world.serverPath(world.errandProgram());
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `@echo off\r\n"${program}" print %*\r\nexit /b 7\r\n`);
  return world.serverPath(file);
}

async function checkBatch(run, command, args, options) {
  const program = wrap(run, [command, ...args], options);
  assert.equal(await end(program), 7, program.describe());
  assert.equal(program.stdout, printed(args), program.describe());
}

// Wine's cmd.exe replaces %NAME% in what has replaced %*, too, and drops single percent
// signs; Windows' does not, see test_command_line.c for what it makes of them.
scenario('what batch files are given arrives byte for byte', async (run) => {
  const args = awkward.filter((arg) => !arg.includes('%'));
  await checkBatch(run, writeBatch(path.join(run.folder, 'print.cmd')), args);
  const odd = path.join(run.folder, 'a & b (größe) ^!', 'print.BAT');
  await checkBatch(run, writeBatch(odd), ['a"b & c', 'd']);
}, windows);

scenario('what no batch file can be given is refused', async (run) => {
  const file = writeBatch(path.join(run.folder, 'print.cmd'));
  for (const [arg, why] of [['a\nb', 'end of a line'], ['\r', 'end of a line'],
    ['x'.repeat(8200), 'characters']]) {
    const program = wrap(run, [file, 'first', arg]);
    assert.equal(await end(program), 126, program.describe());
    assert.ok(program.stderr.includes(why), program.describe());
    assert.equal(program.stdout, '', program.describe());
  }
}, windows);

scenario('commands are found on PATH by the endings of PATHEXT', async (run) => {
  const [first, second, here] = ['first', 'second ä', 'here'].map((name) => path.join(run.folder, name));
  writeBatch(path.join(first, 'both.cmd'));
  writeBatch(path.join(second, 'late.cmd'));
  writeBatch(path.join(second, 'dotted.1.cmd'));
  fs.copyFileSync(world.errandProgram(), path.join(second, 'both.exe'));
  fs.copyFileSync(world.errandProgram(), path.join(second, 'late.exe'));
  fs.writeFileSync(path.join(first, 'late'), 'no program: it has no ending');
  writeBatch(path.join(here, 'local.cmd'));
  const env = { WINEPATH: [first, second].map(world.serverPath).join(';') };
  await checkBatch(run, 'both', ['folder before ending'], { env });
  await checkBatch(run, 'late.cmd', ['as it is'], { env });
  await checkBatch(run, 'dotted.1', ['with one more'], { env });
  const late = wrap(run, ['LATE', 'exit', '3'], { env });
  assert.equal(await end(late), 3, late.describe());
  await checkBatch(run, '.\\local', ['named'], { cwd: here });
  await checkBatch(run, './local.cmd', ['named'], { cwd: here });
  const local = wrap(run, ['local'], { cwd: here });
  assert.equal(await end(local), 127, local.describe());
}, windows);

// ---- A client of another make ----

// It writes to a file: under Wine it does not know what the streams of the test are.
const ask = `require('node:http').get({ socketPath: process.env.KRGEN_PIPE_PATH, path: '/pipe' },
  (reply) => reply.on('data', (text) => require('node:fs').writeFileSync(process.argv[1], text)))`;
const node = world.nodeProgram();
const trusting = { env: { NODE_SKIP_PLATFORM_CHECK: '1' } }; // Wine says that it is Windows 7

if (fs.existsSync(node)) {
  scenario('Node finds the server', async (run) => {
    const file = path.join(run.folder, 'text');
    const program = wrap(run, [world.serverPath(node), '-e', ask, world.serverPath(file)], trusting);
    assert.equal(await end(program), 0, program.describe());
    assert.equal(fs.readFileSync(file, 'utf8'), hello, program.describe());
  });

  // It parses its command line as C libraries since 2008 do.
  scenario('Node gets from a batch file what that was given', async (run) => {
    const batch = path.join(run.folder, 'node.cmd');
    const file = path.join(run.folder, 'arguments');
    fs.writeFileSync(batch, `@"${world.serverPath(node)}" %*\r\n`);
    const args = [world.serverPath(file), '', 'a" b', '"a b" "c d"', '\\" x', 'a b\\', '& " & " &',
      '^" ^', 'ü 😀 " !'];
    const program = wrap(run, [world.serverPath(batch), '-e',
      'require("node:fs").writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(1)))',
      ...args], trusting);
    assert.equal(await end(program), 0, program.describe());
    assert.deepEqual(JSON.parse(fs.readFileSync(file, 'utf8')), args);
  }, windows);
} else {
  test('Node finds the server', { skip: `there is no ${node}` });
}

// ---- On Linux ----

scenario('the command has no descriptors and signals of the server', async (run) => {
  // Not by a shell, which has its own mind about signals.
  for (const ask of [['ls', '/proc/self/fd'], ['grep', '^Sig[BI]', '/proc/self/status']]) {
    const alone = spawnSync(ask[0], ask.slice(1), { encoding: 'utf8' }).stdout;
    const program = wrap(run, ask);
    assert.equal(await end(program), 0, program.describe());
    assert.equal(program.stdout, alone);
  }
}, unix);

scenario('nohup covers the command, too', async (run) => {
  const [command, args] = world.server('demo',
    ['--pipe', run.newPipe(), '--log', 'none', '--', 'sh', '-c', 'kill -HUP $$; exit 9']);
  const program = run.start(['nohup', [command, ...args]]);
  assert.equal(await program.exit(), 9, program.describe());
}, unix);

// A shell on a terminal of its own, which types what is written to its standard input.
function onTerminal(run, shell) {
  const program = run.start(['script', ['-qec', shell, '/dev/null']],
    { env: { TERM: 'dumb', DEMO: `${world.executable('demo')} --pipe ${run.newPipe()} --log error --` } });
  return {
    type: (text) => program.child.stdin.write(text),
    until: (text) => program.until(() => program.stdout.includes(text), text),
    exit: () => program.exit(),
    program,
  };
}

const hasTerminals = !world.isWindows && spawnSync('script', ['--version']).status === 0;
const onTerminals = hasTerminals ? unix : { worlds: [] };

scenario('the command has the terminal, and its starter has it back', async (run) => {
  const terminal = onTerminal(run,
    '$DEMO sh -c \'echo start; read x; echo "got $x"; exit 9\'; echo "code $?"; read y; echo "then $y"');
  await terminal.until('start');
  terminal.type('one\n');
  await terminal.until('got one');
  await terminal.until('code 9');
  terminal.type('two\n');
  await terminal.until('then two');
  assert.equal(await terminal.exit(), 0);
}, onTerminals);

scenario('Ctrl+C on a terminal is the command\'s', async (run) => {
  const terminal = onTerminal(run,
    '$DEMO sh -c \'trap "exit 6" INT; echo start; while :; do sleep 0.05; done\'; echo "code $?"');
  await terminal.until('start');
  terminal.type('\x03');
  await terminal.until('code 6');
  assert.equal(await terminal.exit(), 0);
}, onTerminals);

scenario('Ctrl+Z stops the server with its command, and fg goes on with both', async (run) => {
  const terminal = onTerminal(run, 'sh -im');
  terminal.type('$DEMO sh -c \'echo st""art; read x; echo "g""ot $x"; exit 8\'\n');
  await terminal.until('start');
  terminal.type('\x1a');
  await terminal.until('Stopped');
  terminal.type('fg\n');
  terminal.type('it\n');
  await terminal.until('got it');
  terminal.type('echo "co""de $?"; exit\n');
  await terminal.until('code 8');
  await terminal.exit();
}, onTerminals);

// As a pager does.
scenario('whoever reads what the command writes has the terminal still', async (run) => {
  const terminal = onTerminal(run, 'sh -im');
  terminal.type('$DEMO sh -c "echo start; sleep 1" | sh -c \'read a; echo "$a""ed"; read b </dev/tty; echo "re""ad $b"\'\n');
  await terminal.until('started');
  terminal.type('it\n');
  await terminal.until('read it');
  terminal.type('exit\n');
  await terminal.exit();
}, onTerminals);

// ---- Ends ----

scenario('what a command leaves behind ends with it', async (run) => {
  const { program, mark } = await wrapSitting(run, 'leave');
  assert.equal(await end(program), 5, program.describe());
  await allGone(mark);
});

scenario('the first stop request is the command\'s, and the server goes on', async (run) => {
  for (const [signal, code] of [['SIGINT', 42], ['SIGTERM', 43], ['SIGHUP', 44]]) {
    const call = 'curl -sS --unix-socket "$KRGEN_SOCKET" http://localhost/pipe';
    const program = wrap(run, ['sh', '-c', `for s in "INT 42" "TERM 43" "HUP 44"; do
      trap "${call.replaceAll('"', '\\"')}; exit \${s#* }" \${s% *}; done
      echo sitting; while :; do sleep 0.05; done`]);
    await program.until(() => program.stdout.includes('sitting'), 'the command');
    program.signal(signal);
    assert.equal(await end(program), code, program.describe());
    assert.equal(program.stdout, `sitting\n${hello}`, program.describe());
  }
}, unix);

scenario('a command that ignores it has its server until the second request', async (run) => {
  for (const signal of world.isWindows ? ['SIGINT'] : ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    const { program, mark } = await wrapSitting(run, 'both');
    program.signal(signal);
    const { path: place } = world.endpoint(program.pipe);
    const reply = await run.connect({ pipe: program.pipe, path: place }).exchange(get);
    assert.equal(reply.text, hello);
    assert.ok(program.isRunning, program.describe());
    await new Promise((resolve) => setTimeout(resolve, 200)); // or it is taken for the first
    program.signal(signal);
    assert.equal(await program.exit(), 1, program.describe());
    await allGone(mark);
  }
});

scenario('two signals at once are one request', async (run) => {
  const program = wrap(run, ['sh', '-c',
    'trap "sleep 0.3; exit 6" TERM; echo sitting; while :; do sleep 0.05; done']);
  await program.until(() => program.stdout.includes('sitting'), 'the command');
  program.signal('SIGTERM');
  program.signal('SIGTERM');
  assert.equal(await program.exit(), 6, program.describe());
}, unix);

scenario('--timeout ends the tree', async (run) => {
  for (const verb of ['sit', 'both']) {
    const mark = newMark();
    const program = wrap(run, errand(verb, mark), { args: ['--timeout', '300ms'] });
    assert.equal(await end(program), 124, program.describe());
    assert.match(program.stderr, /--timeout/, program.describe());
    await allGone(mark);
  }
  const program = wrap(run, errand('exit', '7'), { args: ['--timeout', '1h'] });
  assert.equal(await end(program), 7, program.describe());
});

scenario('a server that is killed takes the command with it', async (run) => {
  const { program, mark } = await wrapSitting(run, world.isWindows ? 'both' : 'sit');
  program.signal('SIGKILL');
  await program.exited;
  await allGone(mark);
});

// Whoever has begun a request before the command ends may finish it.
scenario('a request in flight when the command ends is answered', async (run) => {
  const file = path.join(run.folder, 'go');
  const program = wrap(run, ['sh', '-c', `echo started; while ! [ -e ${file} ]; do sleep 0.01; done`]);
  await program.until(() => program.stdout.includes('started'), 'the command');
  const server = { pipe: program.pipe, path: world.endpoint(program.pipe).path };
  const client = run.connect(server);
  await client.exchange(get);
  client.send(get.slice(0, 10));
  await run.connect(server).exchange(get); // the half came before this request
  fs.writeFileSync(file, '');
  await poll(() => !fs.existsSync(server.path), 'the end of the socket');
  client.send(get.slice(10));
  assert.equal((await client.reply()).text, hello);
  assert.equal(await end(program), 0);
}, unix);

scenario('a call that the command has finished is told, even if it was the last thing it did',
  async (run) => {
    for (let i = 0; i < 10; i++) {
      const program = run.start(world.server('demo', ['--pipe', run.newPipe(), '--log', 'debug', '--',
        ...caller('GET', '/pipe')]));
      assert.equal(await program.exit(), 0, program.describe());
      assert.match(program.stderr, /200 21 GET \/pipe/, program.describe());
    }
  });

scenario('a stop request at any moment leaves no command behind', async (run) => {
  for (let delay = 0; delay < 20; delay += 1) {
    const mark = newMark();
    const program = wrap(run, ['sh', '-c', 'sleep 1000', mark]);
    await new Promise((resolve) => setTimeout(resolve, delay));
    program.signal('SIGTERM');
    assert.ok([1, 143, 'SIGTERM'].includes(await program.exit()), program.describe());
    checkGone(program);
    await allGone(mark);
  }
}, unix);
