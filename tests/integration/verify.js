'use strict';
// What a run is told to have been: on standard error, in the exit code, in a JUnit file,
// and to GitHub Actions.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { request } = require('./lib/http');
const { scenario } = require('./lib/scenario');
const world = require('./lib/world');

const UNEXPECTED = 4;
const ACTIONS = { GITHUB_ACTIONS: 'true' };

// Calls that meet all expectations of verify.yaml.
const enough = [
  ...Array(3).fill(['GET', '/three']), ['HEAD', '/one'], ['POST', '/carts'],
  ...Array(2).fill(['GET', '/range']),
];

async function send(run, server, requests) {
  const connection = run.connect(server);
  for (const [method, target] of requests)
    await connection.exchange(request(method, target));
  connection.close();
}

// One request that may be the last of its connection.
async function sendRaw(run, server, bytes) {
  const connection = run.connect(server);
  const reply = await connection.exchange(bytes, bytes.split(' ', 1)[0]);
  connection.close();
  return reply.status;
}

const isOfLog = (line) => line.startsWith('verify: ');

// A run of the server, during which `body` sends it requests. Gives what the report says:
// all lines that are not the log's; and the last line of the log.
async function report(run, body, { code = 0, args = [], env = {} } = {}) {
  const server = await run.serve('verify', { args, env });
  await body(server);
  await server.stop('SIGINT', code);
  const lines = server.program.stderr.split('\n').slice(0, -1);
  return { lines: lines.filter((line) => !isOfLog(line)), last: lines.filter(isOfLog).at(-1) };
}

// ---- Expectations ----

scenario('a run that is as expected ends with 0 and says so', async (run) => {
  const { lines, last } = await report(run, (server) => send(run, server, enough));
  assert.deepEqual(lines, []);
  assert.equal(last, 'verify: info: 7 expectations are met');
});

scenario('what is not met is told with its place, and what came near', async (run) => {
  const requests = [
    ['GET', '/three'], ['GET', '/three'], ['GET', '/thre'], ['GET', '/thre'],
    ['POST', '/three'], ['GET', '/one'], ['GET', '/one'], ['POST', '/cart'],
    ['GET', '/never'], ['GET', '/range'], ['GET', '/most'], ['HEAD', '/most'],
    ['GET', '/most'], ['GET', '/far/away'],
  ];
  const { lines, last } = await report(run, (server) => send(run, server, requests),
    { code: UNEXPECTED });
  assert.deepEqual(lines, [
    'verify.yaml:7: GET /three: expected 3 calls, got 2',
    '  note: GET /thre came near it: 404, did you mean GET /three (verify.yaml:7)? (2 times)',
    '  note: POST /three came near it: 405, it takes GET, HEAD, OPTIONS',
    'verify.yaml:8: GET /one: expected 1 call, got 2',
    'verify.yaml:9: POST /carts: expected 1 or more calls, got 0',
    '  note: POST /cart came near it: 404, did you mean POST /carts (verify.yaml:9)?',
    'verify.yaml:10: GET /never: expected no calls, got 1',
    'verify.yaml:11: GET /range: expected 2 to 4 calls, got 1',
    'verify.yaml:12: GET /most: expected at most 2 calls, got 3',
  ]);
  assert.equal(last, 'verify: error: 6 of 7 expectations are not met');
});

scenario('--no-verify leaves that out; no level of the log does', async (run) => {
  const nothing = async () => {};
  const silent = await report(run, nothing, { args: ['--no-verify'] });
  assert.deepEqual(silent.lines, []);
  assert.equal(silent.last, 'verify: info: stopped');
  const told = await report(run, nothing, { args: ['--log', 'none'], code: UNEXPECTED });
  assert.equal(told.lines.length, 4);
  assert.equal(told.last, undefined);
});

scenario('calls of clients that come at once are all counted', async (run) => {
  const calls = world.isWindows ? 25 : 250;
  const clients = Array(8).fill(Array(calls).fill(['GET', '/never']));
  const { lines } = await report(run,
    (server) => Promise.all(clients.map((requests) => send(run, server, requests))),
    { code: UNEXPECTED, args: ['--workers', '4', '--log', 'none'] });
  assert.ok(lines.includes(
    `verify.yaml:10: GET /never: expected no calls, got ${8 * calls}`), lines.join('\n'));
});

scenario('a call whose response has come is counted, however soon the end is',
  async (run) => {
    for (let i = 0; i < (world.isWindows ? 10 : 50); i++) {
      const { lines } = await report(run, async (server) => {
        const reply = await run.connect(server).exchange(request('GET', '/one'));
        assert.equal(reply.text, 'one');
      }, { code: UNEXPECTED });
      assert.ok(!lines.some((line) => line.includes('GET /one')), lines.join('\n'));
    }
  });

// ---- Strict runs ----

const STRICT = ['--strict', '--no-verify'];

const strays = {
  'a path that nothing answers': [request('GET', '/far/away'), 404,
    'verify.yaml: unexpected request GET /far/away: 404, no route is near'],
  'a path that is misspelt': [request('GET', '/thre'), 404, 'verify.yaml:7: unexpected ' +
    'request GET /thre: 404, did you mean GET /three (verify.yaml:7)?'],
  'a value that is none': [request('GET', '/users/abc'), 404,
    'verify.yaml:17: unexpected request GET /users/abc: 404, ' +
    "nearest is GET /users/{id:int} (verify.yaml:17), but id 'abc' is not int"],
  'another method': [request('DELETE', '/one'), 405,
    'verify.yaml:8: unexpected request DELETE /one: 405, it takes GET, HEAD, OPTIONS'],
  'a method that nothing has': [request('BREW', '/one'), 501,
    'verify.yaml: unexpected request BREW /one: 501, Not Implemented'],
  'a request without its host': ['GET /one HTTP/1.1\r\n\r\n', 400,
    'verify.yaml: unexpected request GET /one: 400, Bad Request'],
  'what is no request': ['\x1b[31m::error::x\r\n\r\n', 400,
    'verify.yaml: unexpected request %1B[31m::error::x: 400, Bad Request'],
};

for (const [name, [bytes, status, line]] of Object.entries(strays))
  scenario(`a strict run fails by one stray request: ${name}`, async (run) => {
    const { lines, last } = await report(run, async (server) => {
      await send(run, server, enough);
      assert.equal(await sendRaw(run, server, bytes), status);
    }, { code: UNEXPECTED, args: STRICT });
    assert.deepEqual(lines, [line]);
    assert.equal(last, 'verify: error: 1 request was unexpected');
  });

scenario('a strict run fails by a query that its route refuses', async (run) => {
  const { lines } = await report(run, async (server) => {
    assert.equal(await sendRaw(run, server, request('GET', '/search?q=abc')), 400);
  }, { code: UNEXPECTED, args: STRICT });
  assert.equal(lines.length, 1);
  assert.match(lines[0], /^verify\.yaml:14: unexpected request GET \/search\?q=abc: 400, /);
});

scenario('HEAD, OPTIONS and another slash are no failures of a strict run', async (run) => {
  const { lines, last } = await report(run, (server) => send(run, server, [
    ...enough, ['OPTIONS', '/one'], ['OPTIONS', '*'], ['HEAD', '/most'], ['GET', '/most/'],
    ['GET', '/search?q=7'], ['GET', '/users/7'],
  ]), { args: ['--strict'] });
  assert.deepEqual(lines, []);
  assert.equal(last, 'verify: info: 7 expectations are met, no request was unexpected');
});

scenario('the report of many stray requests is bounded', async (run) => {
  const requests = Array.from({ length: 130 }, (_, i) => ['GET', `/far/away/${i}`]);
  const { lines, last } = await report(run, (server) => send(run, server, requests),
    { code: UNEXPECTED, args: STRICT });
  assert.equal(lines.length, 101);
  assert.equal(lines[99],
    'verify.yaml: unexpected request GET /far/away/99: 404, no route is near');
  assert.equal(lines[100], 'and 30 more');
  assert.equal(last, 'verify: error: 130 requests were unexpected');
});

// ---- JSON ----

scenario('with --log-format json the report consists of lines of the log', async (run) => {
  const { lines } = await report(run, async (server) => {
    await send(run, server, [...enough.slice(1), ['GET', '/thre']]);
  }, { code: UNEXPECTED, args: ['--strict', '--log-format', 'json'] });
  const objects = lines.map((line) => JSON.parse(line)).slice(-3);
  for (const object of objects) {
    assert.equal(object.level, 'error');
    assert.equal(object.program, 'verify');
  }
  const reason = '404, did you mean GET /three (verify.yaml:7)?';
  assert.deepEqual(objects.map(({ file, line, calls, message }) =>
    ({ file, line, calls, message })), [
    { file: 'verify.yaml', line: 7, calls: 2,
      message: 'GET /three: expected 3 calls, got 2\n' +
        `  note: GET /thre came near it: ${reason}` },
    { file: 'verify.yaml', line: 7, calls: 1,
      message: `unexpected request GET /thre: ${reason}` },
    { file: undefined, line: undefined, calls: undefined,
      message: '1 of 7 expectations is not met, 1 request was unexpected' },
  ]);
});

// ---- JUnit ----

function validate(file) {
  execFileSync('xmllint', ['--noout', '--schema',
    path.join(__dirname, 'junit.xsd'), file], { stdio: 'pipe' });
}

// What xmllint finds in the file.
const find = (file, xpath) =>
  execFileSync('xmllint', ['--xpath', xpath, file], { encoding: 'utf8' }).trimEnd();

async function junit(run, body, options = {}) {
  const file = path.join(run.folder, 'report.xml');
  const args = ['--junit', world.serverPath(file), ...options.args ?? []];
  const { lines } = await report(run, body, { ...options, args });
  validate(file);
  return { file, lines };
}

scenario('a JUnit file is written also when all is well, in place of another',
  async (run) => {
    const old = path.join(run.folder, 'report.xml');
    fs.writeFileSync(old, 'x'.repeat(100000));
    const { file } = await junit(run, (server) => send(run, server, enough),
      { args: ['--strict'] });
    assert.equal(find(file, 'string(/testsuites/@tests)'), '8');
    assert.equal(find(file, 'string(/testsuites/testsuite/@failures)'), '0');
    assert.equal(find(file, 'string(//testcase[1]/@name)'), 'GET /three');
    assert.equal(find(file, 'string(//testcase[1]/@classname)'), 'verify');
    assert.equal(find(file, 'string(//testcase[1]/@file)'), 'verify.yaml');
    assert.equal(find(file, 'string(//testcase[1]/@line)'), '7');
    assert.equal(find(file, 'string(//testcase[8]/@name)'), 'no unexpected requests');
    assert.match(find(file, 'string(//system-out)'), /^1 GET \/three: 200\n2 GET /);
    assert.deepEqual(fs.readdirSync(run.folder).filter((name) => !name.endsWith('.ready')),
      ['report.xml'], 'temporary files are left over');
  });

scenario('a JUnit file tells what has failed', async (run) => {
  const { file } = await junit(run,
    (server) => send(run, server, [['GET', '/three'], ['GET', '/thre'], ['GET', '/thre']]),
    { args: ['--strict'], code: UNEXPECTED });
  assert.equal(find(file, 'string(/testsuites/@failures)'), '5');
  assert.equal(find(file, 'string(//testcase[@name="GET /three"]/failure/@message)'),
    'GET /three: expected 3 calls, got 1');
  const near = '404, did you mean GET /three (verify.yaml:7)? (2 times)';
  assert.equal(find(file, 'string(//testcase[@name="GET /three"]/failure)'),
    'verify.yaml:7: GET /three: expected 3 calls, got 1\n' +
    `  note: GET /thre came near it: ${near}`);
  assert.equal(find(file, 'string(//failure[@type="unexpected-request"])'),
    `verify.yaml:7: unexpected request GET /thre: ${near}`);
  assert.equal(find(file, 'count(//testcase[@name="GET /never"]/failure)'), '0');
});

scenario('without anything to verify a JUnit file has no test case', async (run) => {
  const { file, lines } = await junit(run, async () => {}, { args: ['--no-verify'] });
  assert.deepEqual(lines, []);
  assert.equal(find(file, 'count(//testcase)'), '0');
});

scenario('a JUnit file that cannot be written is a failure', async (run) => {
  const file = world.serverPath(path.join(run.folder, 'none/report.xml'));
  const server = await run.serve('verify', { args: ['--junit', file, '--no-verify'] });
  await server.stop('SIGINT', 1);
  assert.match(server.program.stderr, /^verify: cannot write .*report\.xml: E/m);
});

// ---- GitHub Actions ----

scenario('under GitHub Actions annotations follow, and a table is appended',
  async (run) => {
    const file = path.join(run.folder, 'summary.md');
    fs.writeFileSync(file, 'before\n');
    const env = { ...ACTIONS, GITHUB_STEP_SUMMARY: world.serverPath(file) };
    const { lines } = await report(run,
      (server) => send(run, server, [...enough.slice(1), ['GET', '/thre']]),
      { env, code: UNEXPECTED });
    assert.deepEqual(lines.filter((line) => line.startsWith('::')), [
      '::error file=verify.yaml,line=7,title=krgen::GET /three: expected 3 calls, got 2' +
      '%0A  note: GET /thre came near it: 404, did you mean GET /three (verify.yaml:7)?',
    ]);
    const first = fs.readFileSync(file, 'utf8');
    assert.ok(first.startsWith('before\n### verify\n\n1 of 7 expectations is not met\n\n| '),
      first);
    assert.match(first, /^\| :x: \| GET \/three&#58; 3 calls<br> .* \| 2 \| verify.* \|$/m);
    assert.match(first, /^\| :white_check_mark: \| GET \/never&#58; no calls \| 0 \| /m);
    const { lines: none } = await report(run, (server) => send(run, server, enough), { env });
    assert.deepEqual(none, []);
    const second = fs.readFileSync(file, 'utf8');
    assert.ok(second.startsWith(first));
    assert.ok(second.slice(first.length).startsWith('### verify\n\n7 expectations are met\n'));
  });

scenario('annotations are ten at most', async (run) => {
  const annotations = async (n) => {
    const requests = Array.from({ length: n }, (_, i) => ['GET', `/far/away/${i}`]);
    const { lines } = await report(run, (server) => send(run, server, requests),
      { env: ACTIONS, args: STRICT, code: UNEXPECTED });
    return lines.filter((line) => line.startsWith('::'));
  };
  assert.equal((await annotations(10)).length, 10);
  const many = await annotations(12);
  assert.equal(many.length, 10);
  assert.equal(many[9],
    '::error file=verify.yaml,title=krgen::and 3 more, which the log tells');
});

scenario('a summary that cannot be written does not fail the run', async (run) => {
  const env = { ...ACTIONS,
    GITHUB_STEP_SUMMARY: world.serverPath(path.join(run.folder, 'none/summary.md')) };
  const { last } = await report(run, (server) => send(run, server, enough), { env });
  assert.match(last, /^verify: error: cannot write .*summary\.md: E/);
});

// ---- Hostile clients ----

const hostile = [
  '/::error::x', '/%0A::error::x', '/]]>', '/a|b', '/%1B[31m', '/`*_', '/<b>&amp;"\'',
  '/##[error]x', '/%', '/\xff\xfe', '/\x1b[31m', '/a\x01b', '/,:%25', `/${'x'.repeat(3000)}`,
];

scenario('no request writes reports of its own', async (run) => {
  const summary = path.join(run.folder, 'summary.md');
  const { file, lines } = await junit(run, async (server) => {
    for (const target of hostile)
      assert.ok(await sendRaw(run, server, request('GET', target)) >= 400, target);
  }, {
    env: { ...ACTIONS, GITHUB_STEP_SUMMARY: world.serverPath(summary) },
    args: STRICT, code: UNEXPECTED,
  });
  const failures = lines.filter((line) => !line.startsWith('::'));
  assert.equal(failures.length, hostile.length, lines.join('\n'));
  for (const line of lines) {
    assert.match(line, /^[\x20-\x7e]+$/);
    assert.ok(/^verify\.yaml(:\d+)?: unexpected request |^::error file=verify\.yaml,/
      .test(line) && !line.includes('##['), line);
  }
  assert.equal(lines.length - failures.length, 10);
  const rows = fs.readFileSync(summary, 'utf8').split('\n').filter((row) =>
    row.startsWith('| :'));
  assert.equal(rows.length, hostile.length);
  for (const row of rows) assert.equal(row.split('|').length, 6, row);
  const text = find(file, 'string(//failure)');
  assert.equal(text.split('\n').length, hostile.length);
  assert.deepEqual(text.split('\n'), failures);
});
