'use strict';
// krgen's command line and what it writes.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario, nativeOnly } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const demo = path.join(world.source, 'specs/demo.yaml');
const users = path.join(world.source, 'specs/users.yaml');
const handlers = path.join(world.source, 'tests/golden/handlers.yaml');
const shop = path.join(__dirname, 'shop.yaml');
const krgen = (args, options) => runProgram(world.krgen(args), options);

// Every file below `folder`: relative path -> { text, mtime, inode }.
function snapshot(folder) {
  const files = {};
  for (const entry of fs.readdirSync(folder, { recursive: true }).sort()) {
    const file = path.join(folder, entry);
    const status = fs.statSync(file, { bigint: true });
    if (status.isFile()) {
      files[entry] = {
        text: fs.readFileSync(file),
        mtime: status.mtimeNs,
        inode: status.ino,
      };
    }
  }
  return files;
}

function texts(files) {
  return Object.fromEntries(
    Object.entries(files).map(([name, { text }]) => [name, text.toString('latin1')]));
}

function checkDone(result) {
  assert.equal(result.code, 0, result.text);
  assert.equal(result.stderr, '', result.text);
}

function checkFailed(result, code, ...words) {
  assert.equal(result.code, code, result.text);
  for (const word of words) assert.ok(result.stderr.includes(word), result.text);
}

async function checkServer(executable, run, target = '/pipe') {
  const pipe = run.newPipe();
  const server = run.start([executable, ['--pipe', pipe]]);
  await server.until(() => server.stdout.startsWith('ready '), 'the ready line');
  const reply = await krgen(['call', pipe, 'GET', target]);
  checkDone(reply);
  server.signal('SIGINT');
  assert.equal(await server.exit(), 0, server.describe());
  return reply.stdout;
}

scenario('a build, and a second one that has nothing to do', async (run) => {
  const out = path.join(run.folder, 'made', 'on demand');
  checkDone(await krgen([demo, '-o', out]));
  const first = snapshot(out);
  assert.equal(await checkServer(path.join(out, 'demo'), run), 'Hello over named pipe');
  checkDone(await krgen([demo, '-o', out]));
  const second = snapshot(out);
  for (const [name, { mtime, inode }] of Object.entries(second)) {
    if (name.startsWith('.krgen')) continue; // CMake's own
    assert.equal(mtime, first[name].mtime, `${name} was touched`);
    assert.equal(inode, first[name].inode, `${name} was replaced`);
  }
});

scenario('only the files that a change concerns are written', async (run) => {
  const spec = path.join(run.folder, 'a.yaml');
  const text = fs.readFileSync(demo, 'utf8');
  fs.writeFileSync(spec, text);
  checkDone(await krgen([spec, '-o', run.folder, '--no-build']));
  const first = snapshot(run.folder);
  fs.writeFileSync(spec, text.replace('Hello', 'Goodbye'));
  checkDone(await krgen([spec, '-o', run.folder, '--no-build']));
  const second = snapshot(run.folder);
  const changed = Object.keys(second)
    .filter((name) => second[name].mtime !== first[name].mtime);
  assert.deepEqual(changed, ['a-src/a.c', 'a.yaml']);
});

scenario('the same spec gives the same bytes wherever and whenever', async (run) => {
  const folders = ['one', 'two words/three'].map((name) => path.join(run.folder, name));
  const copy = path.join(run.folder, 'elsewhere', 'shop.yaml');
  fs.mkdirSync(path.dirname(copy));
  fs.copyFileSync(shop, copy);
  checkDone(await krgen(['shop.yaml', '-o', folders[0], '--no-build'],
    { cwd: path.dirname(shop) }));
  checkDone(await krgen(['shop.yaml', '-o', '../two words/three', '--no-build'],
    { cwd: path.dirname(copy), env: { LC_ALL: 'C', TZ: 'Asia/Tokyo', HOME: '/nonexistent' } }));
  const [one, two] = folders.map((folder) => texts(snapshot(folder)));
  assert.deepEqual(two, one);
  for (const [name, text] of Object.entries(one)) {
    assert.ok(!text.includes(run.folder) && !text.includes(world.source), name);
    assert.ok(!text.includes('\r\n'), `${name} has a CR LF`);
    if (!name.includes('runtime/')) assert.match(text, /^[\x00-\x7f]*$/, name);
  }
});

scenario('--no-build stops at the sources', async (run) => {
  checkDone(await krgen([demo, '-o', run.folder, '--no-build']));
  assert.deepEqual(fs.readdirSync(run.folder), ['demo-src']);
  const files = fs.readdirSync(path.join(run.folder, 'demo-src')).sort();
  assert.deepEqual(files,
    ['CMakeLists.txt', 'demo.c', 'routes.c', 'routes.h', 'routes.re', 'runtime']);
});

scenario('the sources build without krgen and re2c', async (run) => {
  const tools = path.join(run.folder, 'bin');
  fs.mkdirSync(tools);
  for (const tool of ['krgen', 're2c'])
    fs.writeFileSync(path.join(tools, tool), '#!/bin/sh\nexit 99\n', { mode: 0o755 });
  const env = { PATH: `${tools}:${world.env.PATH}` };
  checkDone(await krgen([demo, '-o', run.folder, '--no-build']));
  const build = path.join(run.folder, 'build');
  const source = path.join(run.folder, 'demo-src');
  const cmake = (...args) => runProgram(['cmake', args], { env });
  checkDone(await cmake('-G', 'Ninja', '-S', source, '-B', build));
  checkDone(await cmake('--build', build));
  assert.equal(await checkServer(path.join(build, 'demo'), run), 'Hello over named pipe');
});

scenario('several specs share a folder', async (run) => {
  checkDone(await krgen([demo, shop, '-o', run.folder]));
  const ask = (name, target) => checkServer(path.join(run.folder, name), run, target);
  assert.equal(await ask('demo', '/pipe'), 'Hello over named pipe');
  assert.equal(await ask('shop', '/feed'), '<feed/>');
});

scenario('a moved output folder is built anew', async (run) => {
  const [old, moved] = ['old', 'moved'].map((name) => path.join(run.folder, name));
  checkDone(await krgen([demo, '-o', old]));
  fs.renameSync(old, moved);
  checkDone(await krgen([demo, '-o', moved]));
  await checkServer(path.join(moved, 'demo'), run);
  assert.ok(!fs.existsSync(old));
});

scenario('"-" reads the spec from standard input', async (run) => {
  const text = `name: piped\n${fs.readFileSync(demo, 'utf8')}`;
  checkDone(await krgen(['-', '-o', run.folder], { input: text }));
  await checkServer(path.join(run.folder, 'piped'), run);
});

scenario('paths may hold blanks, quotes and letters of any language', async (run) => {
  const folder = path.join(run.folder, "Tür & Tor's 名前 $HOME");
  fs.mkdirSync(folder);
  const spec = path.join(folder, 'größe 1.yaml');
  fs.writeFileSync(spec, `name: odd\n${fs.readFileSync(demo, 'utf8')}`);
  const out = path.join(folder, 'out put');
  checkDone(await krgen([spec, '-o', out]));
  assert.equal(await checkServer(path.join(out, 'odd'), run), 'Hello over named pipe');
  checkDone(await krgen([spec, '-o', out]));
});

scenario('a spec that cannot be read exits with 3', async (run) => {
  const out = path.join(run.folder, 'out');
  const missing = path.join(run.folder, 'missing.yaml');
  checkFailed(await krgen([missing, '-o', out]), 3, missing, 'No such file');
  checkFailed(await krgen([run.folder, '-o', out]), 3, run.folder, 'irectory');
  assert.ok(!fs.existsSync(out), 'something was written');
});

scenario('an output folder that cannot be made exits with 3', async (run) => {
  const file = path.join(run.folder, 'file');
  fs.writeFileSync(file, '');
  checkFailed(await krgen([demo, '-o', path.join(file, 'out')]), 3, file);
  checkFailed(await krgen([demo, '-o', file]), 3, file);
});

const faulty = {
  'nothing': ['', ':1:1: error: '],
  'a comment only': ['# nothing\n', ': error: '],
  'no YAML': ['krgen: [1\n', ': error: '],
  'a list': ['- krgen: 1\n', ':1:1: error: '],
  'two documents': ['krgen: 1\n---\nkrgen: 1\n', ': error: '],
  'a duplicate key': ['krgen: 1\npipe: a\npipe: b\nroutes: {GET /: x}\n', ':3:1: error: '],
  'two equal routes': ['krgen: 1\npipe: a\nroutes:\n  GET /{a}: x\n  GET /{b}: y\n',
    ':5:', ':4:'],
  'a path as pipe name': ["krgen: 1\npipe: '\\\\.\\pipe\\a'\nroutes: {GET /: x}\n",
    ':2:8: error: ', '\\\\.\\pipe\\'],
  'a backslash in the pipe name':
    ["krgen: 1\npipe: a\\b\nroutes: {GET /: x}\n", ':2:8: error: '],
  'a feature to come': ['krgen: 1\npipe: a\nroutes: {GET /: {cases: 1, text: x}}\n',
    'not supported yet', "'cases'"],
  'an unknown constraint': ['krgen: 1\npipe: a\nroutes:\n  GET /{id:itn}: x\n',
    ':4:12: error: ', "did you mean 'int'?"],
  'bytes that are not UTF-8':
    [Buffer.from('krgen: 1\npipe: \xff\n', 'latin1'), ':2:7: error: '],
};

scenario('a faulty spec exits with 1, points at the place, and nothing is written',
  async (run) => {
    const out = path.join(run.folder, 'out');
    for (const [name, [text, ...words]] of Object.entries(faulty)) {
      const spec = path.join(run.folder, 'faulty.yaml');
      fs.writeFileSync(spec, text);
      const result = await krgen([spec, '-o', out]);
      try {
        checkFailed(result, 1, `${spec}:`, ...words);
        assert.equal(result.stdout, '', result.text);
        assert.ok(!fs.existsSync(out), 'something was written');
      } catch (error) {
        error.message = `${name}: ${error.message}`;
        throw error;
      }
    }
  });

scenario('every fault is told in one run, in order', async (run) => {
  const spec = path.join(run.folder, 'two.yaml');
  fs.writeFileSync(spec, 'krgen: 1\npipe: [a]\nroutes:\n  GTE /a: x\n  GET b: y\n');
  const result = await krgen([spec, '-o', path.join(run.folder, 'out')]);
  assert.equal(result.code, 1, result.text);
  const places = [...result.stderr.matchAll(/:(\d+):(\d+): error: .* \[[a-z-]+\]$/gm)];
  assert.deepEqual(places.map(([, line]) => line), ['2', '4', '5'], result.text);
  const ofSecond = result.stderr.split('\n').findIndex((line) => line.includes(':4:3:'));
  assert.deepEqual(result.stderr.split('\n').slice(ofSecond + 1, ofSecond + 3),
    ['    4 |   GTE /a: x', "      |   ^~~ did you mean 'GET'?"], result.text);
});

scenario('a fault in one of several specs', async (run) => {
  const bad = path.join(run.folder, 'bad.yaml');
  fs.writeFileSync(bad, 'krgen: 2\n');
  const result = await krgen([bad, demo, '-o', path.join(run.folder, 'out'), '--no-build']);
  checkFailed(result, 1, `${bad}:1:8: error: `);
});

scenario('a wrong command line exits with 2', async (run) => {
  const out = path.join(run.folder, 'out');
  for (const [args, ...words] of [
    [[], 'krgen --help'],
    [['-o', out], 'spec'],
    [[demo], '-o'],
    [[demo, '-o'], '-o'],
    [[demo, '-o', ''], '-o'],
    [[demo, '-o', out, '--nonsense'], '--nonsense'],
    [[demo, '-o', out, '--target'], '--target'],
    [[demo, '-o', out, '--target', 'amiga'], 'amiga', 'windows'],
    [[demo, '-o', out, '--check', '--depfile', 'a.d'], '--check', 'a.d'],
    [['check', demo, '--depfile', 'a.d'], '--depfile'],
    [['handlers'], 'spec'],
    [['handlers', users, users], "'handlers'", users],
    [[demo, '-o', out, '--error-format', 'xml'], 'xml', 'github-actions'],
    [[demo, '-o', out, '--no-build=1'], '--no-build=1'],
    [['check'], 'spec'],
    [['check', demo, '-o', out], '-o'],
    [['routes', demo, shop], shop],
    [['schema', demo], demo],
    [['explain', 'status', 'method'], 'method'],
    [['explain', 'statsu'], "did you mean 'status'?"],
    [['explain', 'weather'], 'weather', 'krgen explain'],
    [['call'], 'PIPE'],
    [['call', 'x', 'GET'], '/path'],
  ]) {
    const result = await krgen(args);
    checkFailed(result, 2, ...words);
    assert.equal(result.stdout, '', result.text);
  }
  assert.ok(!fs.existsSync(out), 'something was written');
});

scenario('--help and --version', async () => {
  const help = await krgen(['--help']);
  checkDone(help);
  for (const word of ['-o DIR', '--no-build', '--target', '--error-format', 'check SPEC',
    'routes SPEC', 'handlers SPEC', '--check', '--depfile', 'explain [CHECK]', 'schema', 'call PIPE', 'Exit codes: 0 '])
    assert.ok(help.stdout.includes(word), help.text);
  for (const command of ['check', 'routes', 'handlers', 'explain', 'schema', 'call'])
    assert.equal((await krgen([command, '--help'])).stdout, help.stdout, command);
  const version = await krgen(['--version']);
  checkDone(version);
  assert.match(version.stdout, /^krgen \d+\.\d+\.\d+\n$/);
});

scenario('a tool that is missing is named', async (run) => {
  const tools = path.join(run.folder, 'bin');
  fs.mkdirSync(tools);
  const env = { PATH: tools };
  const out = path.join(run.folder, 'out');
  const build = () => krgen([demo, '-o', out], { env });
  checkFailed(await build(), 3, 're2c', 'installed');
  const re2c = world.env.PATH.split(':').map((folder) => path.join(folder, 're2c'))
    .find((file) => fs.existsSync(file));
  fs.symlinkSync(re2c, path.join(tools, 're2c'));
  checkFailed(await build(), 3, 'cmake', 'installed');
});

// ---- What tells programs that build ----

scenario('--check exits with 4 and names what is stale, and writes nothing', async (run) => {
  const out = path.join(run.folder, 'out');
  const check = () => krgen([demo, users, '-o', out, '--check']);
  checkFailed(await check(), 4, `${out}/demo-src/demo.c is missing\n`,
    `${out}/users-src/users.h is missing\n`);
  assert.ok(!fs.existsSync(out), 'something was written');
  checkDone(await krgen([demo, users, '-o', out, '--no-build']));
  const before = snapshot(out);
  checkDone(await check());
  fs.appendFileSync(path.join(out, 'demo-src/demo.c'), '// mine\n');
  fs.rmSync(path.join(out, 'users-src/runtime/krt.h'));
  const stale = await check();
  assert.equal(stale.code, 4, stale.text);
  assert.equal(stale.stderr, `${out}/demo-src/demo.c is stale\n`
    + `${out}/users-src/runtime/krt.h is missing\n`);
  assert.equal(Object.keys(snapshot(out)).length, Object.keys(before).length - 1);
});

scenario('--depfile names what the output is made of', async (run) => {
  const depfile = path.join(run.folder, 'made', 'x.d');
  const source = path.join(world.source, 'specs/users.c');
  const rules = (target, ...inputs) => `${target}:`
    + inputs.map((input) => ` \\\n ${input}`).join('')
    + `\n${inputs.map((input) => `${input}:\n`).join('')}`;
  checkDone(await krgen([users, '-o', run.folder, '--no-build', '--depfile', depfile]));
  assert.equal(fs.readFileSync(depfile, 'utf8'),
    rules(`${run.folder}/users-src/users.c`, users));
  checkDone(await krgen([users, '-o', run.folder, `--depfile=${depfile}`]));
  assert.equal(fs.readFileSync(depfile, 'utf8'),
    rules(`${run.folder}/users`, users, source));
  const none = path.join(run.folder, 'none.d');
  const bad = path.join(run.folder, 'bad.yaml');
  fs.writeFileSync(bad, 'krgen: 2\n');
  checkFailed(await krgen([bad, '-o', run.folder, '--depfile', none]), 1);
  assert.ok(!fs.existsSync(none), 'a depfile of a faulty spec');
});

// ---- Handlers ----

const c = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow',
  '-Wmissing-prototypes', '-Werror', '-fsyntax-only'];
const cxx = ['-x', 'c++', '-std=c++17', '-Wall', '-Wextra', '-Wpedantic', '-Werror',
  '-fsyntax-only'];

scenario('handlers prints stubs that compile as they are, as C and as C++', async (run) => {
  for (const spec of [users, handlers]) {
    const name = path.basename(spec, '.yaml');
    const stubs = await krgen(['handlers', spec]);
    checkDone(stubs);
    const file = path.join(run.folder, `${name}-stubs.c`);
    fs.writeFileSync(file, stubs.stdout);
    checkDone(await krgen([spec, '-o', run.folder, '--no-build']));
    const include = `-I${path.join(run.folder, `${name}-src`)}`;
    for (const [compiler, flags] of [['gcc', c], ['clang', c], ['g++', cxx], ['clang++', cxx]]) {
      const result = await runProgram([compiler, [...flags, include, file]]);
      checkDone(result);
    }
  }
});

scenario('handlers needs no file that is named, but routes that name some', async (run) => {
  const spec = path.join(run.folder, 'new.yaml');
  fs.writeFileSync(spec,
    'krgen: 1\npipe: a\nhandlers: new.c\nroutes: {GET /: {handler: hello}}\n');
  const stubs = await krgen(['handlers', spec]);
  checkDone(stubs);
  assert.match(stubs.stdout, /^int hello\(/m);
  checkFailed(await krgen([spec, '-o', run.folder]), 1, 'new.c', '[handler-file]');
  fs.writeFileSync(path.join(run.folder, 'new.c'), stubs.stdout);
  checkDone(await krgen([spec, '-o', run.folder]));
  checkFailed(await krgen(['handlers', demo]), 1, demo, 'handler');
});

scenario('a handler that is missing or mistyped is told with its route', async (run) => {
  const spec = path.join(run.folder, 'bad.yaml');
  const file = path.join(run.folder, 'bad.c');
  fs.writeFileSync(spec, `krgen: 1
pipe: a
handlers: { files: bad.c, init: setup }
routes:
  GET /a/{id:int}: { handler: one }
  PUT /b: { handler: two, streamed: true }
`);
  const build = () => krgen([spec, '-o', run.folder]);
  const two = 'int two(struct krt_exchange *e, const struct two_params *p) '
    + '{ return !e && !p; }\n';
  fs.writeFileSync(file, `#include "bad.h"\n${two}`
    + 'int one(struct krt_exchange *e, int id) { return !e && id; }\n');
  checkFailed(await build(), 3, `${file}:3:5: error: `,
    `${spec}:5:31: note: 'one' is the handler of 'GET /a/{id:int}'`);
  fs.writeFileSync(file, `#include "bad.h"\n${two}`);
  const missing = await build();
  checkFailed(missing, 3, 'bad_call_get_a_id', 'undefined reference',
    `${spec}:3:33: note: 'setup' is what 'init' names`,
    `${spec}:5:31: note: 'one' is the handler of 'GET /a/{id:int}'`,
    `${spec}:6:22: note: 'two_take' is for the bodies of 'PUT /b'`);
  assert.ok(!missing.stderr.includes("'two' is"), missing.text);
});

scenario('files of handlers stay where they are, in C or C++, whatever they are called',
  async (run) => {
    const specs = path.join(run.folder, 'my specs');
    const shared = path.join(run.folder, 'shared');
    for (const folder of [specs, shared]) fs.mkdirSync(folder);
    const spec = path.join(specs, 'time.yaml'); // and so time.h
    fs.writeFileSync(spec, `krgen: 1
pipe: a
handlers: [a b.c, ../shared/c.cc]
routes: { GET /: { handler: hello }, GET /pipe: { handler: later } }
`);
    fs.writeFileSync(path.join(specs, 'a b.c'), `#include "time.h"
#include <time.h>
int hello(struct krt_exchange *exchange, const struct hello_params *params)
{
    struct timespec moment = {0, 1}; /* more than C11 has */
    (void)params;
    nanosleep(&moment, NULL);
    krt_respond_static(exchange, "text/plain", "hello", 5);
    return KRT_DONE;
}
`);
    fs.writeFileSync(path.join(shared, 'c.cc'), `#include "time.h"
#include <stdexcept>
#include <string>
int later(struct krt_exchange *exchange, const struct later_params *)
{
    try {
        throw std::runtime_error("thrown");
    } catch (const std::exception &error) {
        std::string text = error.what();
        krt_respond(exchange, "text/plain", text.data(), text.size());
    }
    return KRT_DONE;
}
`);
    const out = path.join(run.folder, 'out', 'put');
    checkDone(await krgen([spec, '-o', out]));
    assert.equal(await checkServer(path.join(out, 'time'), run, '/'), 'hello');
    assert.equal(await checkServer(path.join(out, 'time'), run), 'thrown');
    const made = Object.values(texts(snapshot(path.join(out, 'time-src')))).join('');
    assert.ok(!made.includes(run.folder), 'an absolute path');
    const moved = path.join(run.folder, '..', `${path.basename(run.folder)} moved`);
    fs.cpSync(run.folder, moved, { recursive: true });
    try {
      fs.rmSync(path.join(moved, 'out/put/.krgen'), { recursive: true });
      const build = path.join(moved, 'build');
      checkDone(await runProgram(['cmake', ['-S', path.join(moved, 'out/put/time-src'), '-B',
        build]]));
      checkDone(await runProgram(['cmake', ['--build', build]]));
      assert.equal(await checkServer(path.join(build, 'time'), run, '/'), 'hello');
    } finally {
      fs.rmSync(moved, { recursive: true, force: true });
    }
  });

scenario('a runtime of another version is refused', async (run) => {
  checkDone(await krgen([demo, users, '-o', run.folder, '--no-build']));
  for (const name of ['demo', 'users']) {
    const sources = path.join(run.folder, `${name}-src`);
    const header = path.join(sources, 'runtime/krt.h');
    const compile = () => runProgram(['cc',
      ['-std=c11', '-fsyntax-only', path.join(sources, `${name}.c`)]]);
    checkDone(await compile());
    const text = fs.readFileSync(header, 'utf8');
    fs.writeFileSync(header, text.replace(/(?<=#define KRT_ABI )\d+/, (abi) => abi - 1));
    const result = await compile();
    assert.notEqual(result.code, 0, result.text);
    assert.match(result.stderr, /error.*different versions of krgen/, result.text);
  }
});

scenario('a folder of two thousand files and a large one are compiled', async (run) => {
  const site = path.join(run.folder, 'site');
  fs.mkdirSync(site);
  for (let i = 0; i < 2000; i++)
    fs.writeFileSync(path.join(site, `${i}.txt`), `${i} `.repeat(200));
  let seed = 1;
  const bytes = Buffer.alloc(5 * 1024 * 1024, 0).map(() => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed >>> 16;
  });
  fs.writeFileSync(path.join(site, 'large.bin'), bytes);
  fs.writeFileSync(path.join(run.folder, 'files.yaml'), 'krgen: 1\npipe: krt.files\n'
    + 'routes:\n  GET /{*path}: { dir: site }\n');
  checkDone(await krgen([path.join(run.folder, 'files.yaml'), '-o', path.join(run.folder, 'out')]));
  const files = path.join(run.folder, 'out/files');
  assert.equal(await checkServer(files, run, '/1999.txt'), '1999 '.repeat(200));
  assert.ok(fs.statSync(files).size > bytes.length);
}, nativeOnly);
