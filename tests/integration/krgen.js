'use strict';
// krgen's command line and what it writes.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const demo = path.join(world.source, 'specs/demo.yaml');
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
  checkDone(await krgen([shop, '-o', folders[0], '--no-build']));
  checkDone(await krgen(['elsewhere/shop.yaml', '-o', 'two words/three', '--no-build'],
    { cwd: run.folder, env: { LC_ALL: 'C', TZ: 'Asia/Tokyo', HOME: '/nonexistent' } }));
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
    ['CMakeLists.txt', 'demo.c', 'demo.h', 'routes.c', 'routes.re', 'runtime']);
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
  'a feature to come': ['krgen: 1\npipe: a\nroutes: {GET /: {expect: 1, text: x}}\n',
    'not supported yet', "'expect'"],
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
    [[demo, '-o', out, '--check'], 'not supported yet', '--check'],
    [['handlers', demo], 'not supported yet', 'handlers'],
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
    'routes SPEC', 'explain [CHECK]', 'schema', 'call PIPE', 'Exit codes: 0 '])
    assert.ok(help.stdout.includes(word), help.text);
  for (const command of ['check', 'routes', 'explain', 'schema', 'call'])
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
