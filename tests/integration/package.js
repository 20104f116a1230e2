'use strict';
// What cmake --install puts where, and its use from another project.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./lib/scenario');
const { run: runProgram } = require('./lib/program');
const world = require('./lib/world');

const project = `
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES NONE)
find_package(krgen 0.1 CONFIG REQUIRED)
add_custom_target(sources ALL
    COMMAND krgen::krgen \${SPEC} -o \${CMAKE_BINARY_DIR}/out --no-build VERBATIM)
`;

async function cmake(...args) {
  const result = await runProgram(['cmake', args]);
  assert.equal(result.code, 0, result.text);
}

scenario('an installed krgen is found by find_package and works from anywhere',
  async (run) => {
    const build = path.join(run.folder, 'build');
    const prefix = path.join(run.folder, 'installed');
    await cmake('-G', 'Ninja', '-S', world.source, '-B', build, '-DKRGEN_TESTS=OFF',
      '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_INSTALL_LIBDIR=lib');
    await cmake('--build', build, '--parallel', '2');
    await cmake('--install', build, '--prefix', prefix);
    const files = fs.readdirSync(prefix, { recursive: true })
      .filter((name) => fs.statSync(path.join(prefix, name)).isFile());
    for (const file of ['bin/krgen', 'lib/cmake/krgen/krgenConfig.cmake',
      'lib/cmake/krgen/krgenConfigVersion.cmake', 'lib/cmake/krgen/krgenTargets.cmake',
      'share/doc/krgen/LICENSE'])
      assert.ok(files.includes(file), `${file} is missing in:\n${files.join('\n')}`);

    const moved = path.join(run.folder, 'moved');
    fs.renameSync(prefix, moved);
    fs.rmSync(build, { recursive: true });
    const user = path.join(run.folder, 'user');
    fs.mkdirSync(user);
    fs.writeFileSync(path.join(user, 'CMakeLists.txt'), project);
    const userBuild = path.join(user, 'build');
    await cmake('-G', 'Ninja', '-S', user, '-B', userBuild, `-DCMAKE_PREFIX_PATH=${moved}`,
      `-DSPEC=${path.join(world.source, 'specs/demo.yaml')}`);
    await cmake('--build', userBuild);
    assert.ok(fs.existsSync(path.join(userBuild, 'out/demo-src/demo.c')));
  });
