'use strict';
// krgen_add_server() of an installed krgen, used by the project in tests/package.
//
//   node add_server.js BUILD-FOLDER-OF-KRGEN [windows]

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const [krgenBuild, target] = process.argv.slice(2);
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'krt.test.package.'));
const prefix = path.join(root, 'installed');
test.after(() => fs.rmSync(root, { recursive: true, force: true }));

const cmake = (...args) => runProgram(['cmake', args]);

async function succeed(...args) {
  const result = await cmake(...args);
  assert.equal(result.code, 0, result.text);
  return result.text;
}

// A copy of the project, configured.
class Project {
  static async make(run, ...options) {
    const project = new Project();
    project.source = path.join(run.folder, 'my project');
    project.build = path.join(run.folder, 'build');
    fs.cpSync(path.join(world.source, 'tests/package'), project.source, { recursive: true });
    if (!fs.existsSync(prefix)) await succeed('--install', krgenBuild, '--prefix', prefix);
    project.options = [`-DCMAKE_PREFIX_PATH=${prefix}`, ...options];
    return project;
  }

  file(name) {
    return path.join(this.source, name);
  }

  configure() {
    return cmake('-S', this.source, '-B', this.build, ...this.options);
  }

  async change(name, from, to) {
    const text = fs.readFileSync(this.file(name), 'utf8');
    assert.ok(text.includes(from), `${name} has no ${from}`);
    await this.write(name, text.replace(from, to));
  }

  // Make knows no more than the second of a change, on some file systems.
  async write(name, text) {
    await new Promise((resolve) => { setTimeout(resolve, 1100); });
    fs.writeFileSync(this.file(name), text);
  }

  // Builds; the object files that were compiled by that.
  async make() {
    const before = this.objects();
    await succeed('--build', this.build, '--parallel', '2');
    const after = this.objects();
    return Object.keys(after).filter((name) => after[name] !== before[name]).sort();
  }

  objects() {
    const files = fs.existsSync(this.build) ? fs.readdirSync(this.build, { recursive: true }) : [];
    return Object.fromEntries(files.filter((name) => /\.o(bj)?$/.test(name)).map((name) => [
      path.basename(name), fs.statSync(path.join(this.build, name), { bigint: true }).mtimeNs]));
  }
}

async function ask(run, executable, target) {
  const pipe = run.newPipe();
  const server = run.start([executable, ['--pipe', pipe]]);
  await server.until(() => server.stdout.startsWith('ready '), 'the ready line');
  const reply = await runProgram(world.krgen(['call', pipe, 'GET', target]));
  assert.equal(reply.code, 0, reply.text);
  server.signal('SIGINT');
  assert.equal(await server.exit(), 0, server.describe());
  return reply.stdout;
}

function buildScenario(generator) {
  scenario(`${generator} builds what has changed, and no more`, async (run) => {
    const project = await Project.make(run, '-G', generator);
    const greeter = path.join(project.build, 'greeter');
    const hello = (name) => ask(run, name, '/hello/Ada');
    const configured = await project.configure();
    assert.equal(configured.code, 0, configured.text);
    assert.ok((await project.make()).length > 30, 'nothing was compiled');
    assert.equal(await hello(greeter), 'Hello Ada, I am krgen');
    assert.equal(await hello(path.join(project.build, 'shipped')), 'Hello Ada, I am krgen');
    assert.deepEqual(await project.make(), []);

    await project.change('names.c', '"krgen"', '"somebody"');
    assert.deepEqual(await project.make(), ['names.c.o']);
    assert.equal(await hello(path.join(project.build, 'shipped')), 'Hello Ada, I am somebody');
    await project.change('greeter.c', 'Hello', 'Good day');
    assert.deepEqual(await project.make(), ['greeter.c.o']);
    await project.change('greeter.yaml', '/version: 1', '/version: 2');
    assert.deepEqual(await project.make(), ['greetings.c.o']);
    assert.equal(await ask(run, greeter, '/version'), '2');

    // A change that changes nothing, and one of krgen itself that changes nothing.
    await project.change('greeter.yaml', 'krgen: 1', '# more\nkrgen: 1');
    await project.change('greeter.yaml', '# more\n', '');
    assert.deepEqual(await project.make(), []);
    const now = new Date();
    fs.utimesSync(path.join(prefix, 'bin/krgen'), now, now);
    assert.deepEqual(await project.make(), []);
    assert.deepEqual(await project.make(), []);

    // More routes than one file of matchers holds.
    const text = fs.readFileSync(project.file('greeter.yaml'), 'utf8');
    const routes = Array.from({ length: 700 }, (_, i) => `  GET /${i % 9}/a${i}/{x:int}: ${i}\n`);
    await project.write('greeter.yaml', text + routes.join(''));
    assert.ok((await project.make()).includes('routes_2.c.o'), 'no further file was compiled');
    assert.equal(await ask(run, greeter, '/6/a699/1'), '699');
  });

  scenario(`${generator}: a spec that is wrong stops the build until it is right`,
    async (run) => {
      const project = await Project.make(run, '-G', generator);
      await project.change('greeter.yaml', 'GET /version', 'GTE /version');
      const failed = await project.configure();
      assert.notEqual(failed.code, 0, failed.text);
      assert.ok(/^greeter\.yaml:7:3: error: /m.test(failed.text), failed.text);
      await project.change('greeter.yaml', 'GTE /version', 'GET /version');
      assert.equal((await project.configure()).code, 0);
      await project.make();
      await project.change('greeter.yaml', 'GET /version', 'GTE /version');
      const stopped = await cmake('--build', project.build);
      assert.notEqual(stopped.code, 0, stopped.text);
      assert.ok(stopped.text.includes("did you mean 'GET'?"), stopped.text);
      await project.change('greeter.yaml', 'GTE /version: 1', 'GET /version: 3');
      assert.deepEqual(await project.make(), ['greetings.c.o']);
    });
}

if (target !== 'windows') {
  buildScenario('Ninja');
  buildScenario('Unix Makefiles');

  scenario('what krgen_add_server() cannot do is told', async (run) => {
    const project = await Project.make(run);
    const lists = 'CMakeLists.txt';
    const call = 'krgen_add_server(greeter SPEC greeter.yaml HANDLERS names.c)';
    for (const [other, ...words] of [
      ['krgen_add_server(greeter)', 'krgen_add_server(TARGET SPEC file.yaml'],
      ['krgen_add_server(greeter SPEC greeter.yaml more)', 'krgen_add_server(TARGET SPEC'],
      ['krgen_add_server(greeter SPEC none.yaml)', 'cannot read', 'none.yaml'],
      ['krgen_add_server(greeter SPEC plain.yaml HANDLERS names.c)', "has no 'handlers'"],
    ]) {
      fs.writeFileSync(project.file('plain.yaml'),
        'krgen: 1\nname: plain\npipe: a\nroutes: { GET /: x }\n');
      await project.change(lists, call, other);
      const result = await project.configure();
      assert.notEqual(result.code, 0, other);
      for (const word of words) assert.ok(result.text.includes(word), result.text);
      await project.change(lists, other, call);
    }
  });

  scenario('several servers, OUTPUT_DIR, and KRGEN_EXECUTABLE', async (run) => {
    const log = path.join(run.folder, 'log');
    const krgen = path.join(run.folder, 'krgen');
    fs.writeFileSync(krgen, `#!/bin/sh\necho "$@" >>'${log}'\nexec '${prefix}/bin/krgen' "$@"\n`,
      { mode: 0o755 });
    const project = await Project.make(run, '-G', 'Ninja', `-DKRGEN_EXECUTABLE=${krgen}`);
    fs.mkdirSync(project.file('specs'));
    fs.writeFileSync(project.file('specs/plain.yaml'),
      'krgen: 1\npipe: a\nroutes: { GET /: x }\n');
    fs.writeFileSync(project.file('specs/CMakeLists.txt'),
      'krgen_add_server(two SPEC plain.yaml)\n');
    fs.appendFileSync(project.file('CMakeLists.txt'),
      'krgen_add_server(one SPEC specs/plain.yaml OUTPUT_DIR "made here")\n'
      + 'add_subdirectory(specs)\n');
    assert.equal((await project.configure()).code, 0);
    await project.make();
    assert.equal(fs.readFileSync(log, 'utf8').trimEnd().split('\n').length, 3);
    assert.ok(fs.existsSync(path.join(project.build, 'made here/plain-src/plain.c')));
    for (const name of ['one', 'specs/two']) {
      const server = path.join(project.build, name);
      assert.equal(await ask(run, server, '/'), 'x');
      const routes = await runProgram([server, ['--routes']]);
      assert.equal(routes.stdout, 'specs/plain.yaml:3: GET / -> 200\n');
    }
  });
} else {
  scenario('a toolchain for Windows makes a server for Windows', async (run) => {
    const project = await Project.make(run, '-G', 'Ninja',
      `-DCMAKE_TOOLCHAIN_FILE=${path.join(world.source, 'tests/package/mingw.cmake')}`,
      `-Dkrgen_DIR=${path.join(prefix, 'lib/cmake/krgen')}`,
      `-DKRGEN_EXECUTABLE=${prefix}/bin/krgen`);
    const configured = await project.configure();
    assert.equal(configured.code, 0, configured.text);
    assert.ok((await project.make()).length > 30, 'nothing was compiled');
    const head = fs.readFileSync(path.join(project.build, 'greeter.exe')).subarray(0, 2);
    assert.equal(head.toString('latin1'), 'MZ');
    assert.ok(fs.existsSync(path.join(project.build, 'shipped.exe')));
    assert.deepEqual(await project.make(), []);
  });
}
