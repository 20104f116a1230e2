'use strict';
// Measures a generated server over its pipe or socket and prints tables; see README.md.
//
//   node tests/bench/bench_pipe.js [--windows] [--seconds S] [--rounds N] [--workers N]
//     [--krgen FILE] [--tools DIR] [--server FILE] [--folder DIR] [--smoke]
//
// FILE is build/native/generator/krgen without --krgen; DIR with the programs load and
// ping_pong is build/native/tests/load or build/mingw/tests/load without --tools. --windows
// runs Windows programs under Wine, in the prefix WINEPREFIX or build/mingw/wine. --workers
// goes to the server. --server names one that serves specs/demo.yaml; without it one is
// made. --folder takes what is made. S is how long each measurement takes, N how many are
// made; the median counts. --smoke checks that everything works and measures next to
// nothing. Uses nginx, strace and taskset if they are there.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, spawnSync } = require('node:child_process');
const servers = require('./contestants');
const { printTable, readOptions } = require('./tools');

const root = path.resolve(__dirname, '../..');
const DEFAULTS = {
  krgen: process.env.KRGEN_EXECUTABLE ?? path.join(root, 'build/native/generator/krgen'),
  folder: path.join(os.tmpdir(), 'krgen-bench-pipe'),
  tools: '',
  server: '',
  workers: '',
  seconds: 1,
  rounds: 5,
  windows: false,
};

const BODY = 'Hello over named pipe';
const REQUEST = 'GET /pipe HTTP/1.1\r\nHost: localhost\r\n';
const IDLE = [1, 64, 1000];
const IDLE_SPEC_CONNECTIONS = 1100;
const OLD_BOUND = 254; // of limits.connections

const scenario = (clients, depth, isKept, isPinned) => ({
  clients,
  depth,
  isKept,
  isPinned,
  name: [isKept ? 'kept' : 'new', `${clients} client${clients > 1 ? 's' : ''}`,
    ...(depth > 1 ? [`${depth} pipelined`] : []), ...(isPinned ? ['pinned'] : [])].join(', '),
});

const SCENARIOS = [
  ...[1, 16].flatMap((depth) => [1, 8, 64].map((clients) => scenario(clients, depth, true, false))),
  ...[1, 8, 64].map((clients) => scenario(clients, 1, false, false)),
];
const PINNED = [scenario(1, 1, true, true), scenario(1, 16, true, true),
  scenario(1, 1, false, true)];
const FEW = [scenario(1, 1, true, false), scenario(8, 16, true, false),
  scenario(8, 1, false, false)];
const TRACED = [scenario(1, 1, true, false), scenario(1, 16, true, false),
  scenario(64, 1, true, false), scenario(1, 1, false, false)];

const has = (program) => spawnSync(program, ['--version']).status === 0;
const median = (values, by) => [...values].sort((a, b) => by(a) - by(b))[values.length >> 1];

// ---- Making ----

function prepare(options) {
  const tree = options.windows ? 'build/mingw' : 'build/native';
  const tools = options.tools || path.join(root, tree, 'tests/load');
  const suffix = options.windows ? '.exe' : '';
  fs.mkdirSync(options.folder, { recursive: true });
  const made = {
    ...options,
    suffix,
    tool: (name) => path.join(tools, `${name}${suffix}`),
    env: { ...process.env, WINEPREFIX: process.env.WINEPREFIX ?? path.join(root, 'build/mingw/wine') },
    requestOf: (isKept) => path.join(options.folder, isKept ? 'request.kept' : 'request.new'),
    notes: [],
  };
  fs.writeFileSync(made.requestOf(true), `${REQUEST}\r\n`);
  fs.writeFileSync(made.requestOf(false), `${REQUEST}Connection: close\r\n\r\n`);
  return made;
}

// Gives the executable, or null where krgen refuses the spec.
function generate(options, name, spec) {
  const file = path.join(options.folder, `${name}.yaml`);
  fs.writeFileSync(file, spec);
  if (spawnSync(options.krgen, ['check', file]).status !== 0) return null;
  execFileSync(options.krgen, [file, '-o', options.folder,
    '--target', options.windows ? 'windows' : 'native'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return path.join(options.folder, `${name}${options.suffix}`);
}

function makeServers(options) {
  if (options.server) return { demo: options.server, idle: options.server, bound: OLD_BOUND };
  const spec = fs.readFileSync(path.join(root, 'specs/demo.yaml'), 'utf8');
  const demo = generate(options, 'demo', spec);
  const idle = generate(options, 'idle',
    `${spec}\nlimits: { connections: ${IDLE_SPEC_CONNECTIONS} }\n`);
  if (idle) return { demo, idle, bound: IDLE_SPEC_CONNECTIONS };
  options.notes.push(`The server cannot have more than ${OLD_BOUND} connections.`);
  return { demo, idle: demo, bound: OLD_BOUND };
}

function checkWorkers(options, demo) {
  if (!options.workers) return;
  const [file, args] = servers.command(options, demo, ['--help']);
  if (execFileSync(file, args, { env: options.env, encoding: 'utf8' }).includes('--workers')) return;
  options.notes.push('The server has no --workers: it runs without.');
  options.workers = '';
}

// ---- Load ----

function loadWords(options, { clients, depth, isKept }, endpoint, more) {
  return ['--clients', String(clients), '--depth', String(depth),
    ...(isKept ? [] : ['--new-connections']), '--length', String(BODY.length),
    '--request', options.requestOf(isKept), ...more, endpoint];
}

function startLoad(options, what, endpoint, more) {
  const [file, args] = servers.command(options, options.tool('load'),
    loadWords(options, what, endpoint, more));
  return servers.start(options,
    what.isPinned ? ['taskset', ['-c', '0', file, ...args]] : [file, args]);
}

// Gives what load prints; every wrong answer is an error.
async function load(options, what, endpoint, more) {
  const program = startLoad(options, what, endpoint, more);
  program.child.stdin.end();
  const line = await program.line;
  const code = await program.exited;
  if (code !== 0) throw new Error(`${what.name}, ${endpoint}: load failed: ${line}`);
  return JSON.parse(line);
}

// ---- Measuring ----

const isMeasured = (what, { name }) => (what.isKept || name !== 'ping-pong') &&
  !(what.isPinned && name === 'nginx auto');

async function measureOnce(options, what, server) {
  const pids = server.pids();
  const span = options.isSmoke ? ['--requests', String(4 * what.clients * what.depth)]
    : ['--seconds', String(options.seconds)];
  const before = servers.cpuTime(pids);
  const figures = await load(options, what, server.endpoint, span);
  return { ...figures, cpu: servers.cpuTime(pids) - before };
}

// The median run, with the CPU time of all, whose ticks are coarse.
function conclude(runs) {
  const total = (key) => runs.reduce((sum, run) => sum + run[key], 0);
  return { ...median(runs, (run) => run.rate), cpu: total('cpu') / total('requests') };
}

// The servers take turns, so that all have their share of quiet times.
async function measure(options, what, contestants) {
  const fit = contestants.filter((server) => isMeasured(what, server));
  const runs = Object.fromEntries(fit.map(({ name }) => [name, []]));
  for (const server of what.isPinned ? fit : []) servers.pin(server.pids(), '0');
  for (let round = 0; round < options.rounds; round += 1)
    for (const server of fit)
      runs[server.name].push(await measureOnce(options, what, server));
  for (const server of what.isPinned ? fit : [])
    servers.pin(server.pids(), `0-${os.cpus().length - 1}`);
  console.error(`${what.name}: done`);
  return {
    what,
    of: Object.fromEntries(Object.entries(runs).map(([name, list]) => [name, conclude(list)])),
  };
}

// Calls per request: { total, text }.
function readTrace(text, requests) {
  const rows = [...text.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$/gm)]
    .filter(([, , name]) => name !== 'total');
  const calls = rows.map(([, n, name]) => ({ name, n: Number(n) / requests }));
  const most = calls.filter(({ n }) => n >= 0.05).sort((a, b) => b.n - a.n)
    .map(({ name, n }) => `${name} ${n.toFixed(2)}`).join(', ');
  return { total: calls.reduce((sum, { n }) => sum + n, 0), text: most };
}

// Null where strace may not attach to the server.
async function trace(options, what, server) {
  const out = path.join(options.folder, 'strace');
  const errors = path.join(options.folder, 'errors');
  const size = fs.statSync(errors).size;
  const program = servers.start(options, ['strace', ['-c', '-f', '-o', out,
    ...server.pids().flatMap((pid) => ['-p', String(pid)])]]);
  program.line.catch(() => {}); // it prints none
  let hasEnded = false;
  program.exited.then(() => { hasEnded = true; });
  await servers.until(() => hasEnded || / attached/.test(fs.readFileSync(errors, 'utf8').slice(size)),
    'the start of strace');
  if (hasEnded) return null;
  const requests = options.isSmoke ? 4 * what.depth : 4000;
  await load(options, what, server.endpoint, ['--requests', String(requests)]);
  await servers.end(program, (child) => child.kill('SIGINT'));
  return readTrace(fs.readFileSync(out, 'utf8'), requests);
}

// Resident memory while so many clients have made a request and are idle.
async function measureIdle(options, server, clients) {
  const program = startLoad(options, scenario(clients, 1, true, false), server.endpoint,
    ['--requests', String(clients), '--hold']);
  await program.line;
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  const size = servers.residentSize(server.pids());
  program.child.stdin.end();
  if (await program.exited !== 0) throw new Error(`${clients} idle clients: load failed`);
  return size;
}

// ---- Tables ----

const figure = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '-');

function printRates(results, names) {
  const rate = (of, name) => of[name]?.rate ?? NaN;
  const nginx = (of) => Math.max(rate(of, 'nginx 1'), of['nginx auto']?.rate ?? 0);
  const hasNginx = names.includes('nginx 1');
  printTable(
    'Requests per second. kept: one connection for each client; new: one for each request;\n' +
    'pinned: client and server share a core. ping-pong: a thread for each client that answers\n' +
    'the same bytes with blocking calls; of the two nginx the faster one counts.',
    ['', ...names, 'krgen/ping-pong', ...(hasNginx ? ['krgen/nginx'] : [])],
    results.map(({ what, of }) => [what.name, ...names.map((name) => figure(rate(of, name), 0)),
      figure(rate(of, 'krgen') / rate(of, 'ping-pong'), 2),
      ...(hasNginx ? [figure(rate(of, 'krgen') / nginx(of), 2)] : [])]));
}

function printLatencies(results, names) {
  const cell = (figures) => (figures ? ['p50', 'p99', 'p99.9']
    .map((key) => figures[key].toFixed(0)).join(' ') : '-');
  printTable(
    'Latencies in microseconds, from the request (new: from the connect) to the whole answer:\n' +
    'p50, p99 and p99.9.',
    ['', ...names], results.map(({ what, of }) => [what.name, ...names.map((name) => cell(of[name]))]));
}

function printCpu(options, results, names) {
  printTable(
    `CPU time of the server in microseconds per request, user and system${options.windows
      ? ". Wine's server,\nwhich does much of the work, is not in it" : ''}.`,
    ['', ...names], results.map(({ what, of }) => [what.name,
      ...names.map((name) => figure(of[name]?.cpu, 2))]));
}

async function printTraces(options, contestants) {
  const rows = [];
  for (const what of TRACED)
    for (const server of contestants.filter((one) => isMeasured(what, one))) {
      const calls = await trace(options, what, server);
      if (!calls) {
        options.notes.push('strace may not attach: system calls are not counted.');
        return;
      }
      rows.push([what.name, server.name, calls.total.toFixed(2), calls.text]);
    }
  printTable('System calls of the server per request, counted by strace, which slows it.',
    ['', 'server', 'all', 'most'], rows);
}

async function printIdle(options, { idle, bound }, contestants) {
  const counts = options.isSmoke ? [1, 8] : IDLE.map((n) => Math.min(n, bound));
  const own = await servers.startGenerated(options, idle, 'idle');
  const list = [own, ...contestants.filter(({ name }) => name === 'nginx 1')];
  const rows = [];
  for (const clients of counts) {
    const row = [clients];
    for (const server of list) row.push(await measureIdle(options, server, clients));
    rows.push(row);
  }
  await own.stop();
  printTable('Resident memory in KiB with idle connections that have made a request.',
    ['connections', ...list.map(({ name }) => name)], rows);
}

// ---- All of it ----

// Adds them to `list` as they start.
async function startAll(options, demo, list) {
  const answer = path.join(options.folder, 'answer');
  list.push(await servers.startGenerated(options, demo, 'demo'));
  await load(options, scenario(1, 1, true, false), list[0].endpoint,
    ['--requests', '1', '--save', answer]);
  list.push(await servers.startPingPong(options, options.requestOf(true), answer));
  if (options.windows) return;
  if (servers.hasNginx())
    for (const workers of ['1', 'auto'])
      list.push(await servers.startNginx(options, workers, BODY));
  else options.notes.push('nginx is not installed (Debian: nginx-light): it is left out.');
}

async function compare(options, made, contestants) {
  const names = contestants.map(({ name }) => name);
  const canPin = !options.windows && has('taskset');
  const canTrace = !options.windows && has('strace');
  if (!options.windows && !canPin) options.notes.push('There is no taskset: nothing is pinned.');
  if (!options.windows && !canTrace)
    options.notes.push('There is no strace: system calls are not counted.');
  const results = [];
  for (const what of [...(options.isSmoke ? FEW : SCENARIOS), ...(canPin ? PINNED : [])])
    results.push(await measure(options, what, contestants));
  printRates(results, names);
  printLatencies(results, names);
  printCpu(options, results, names);
  if (canTrace) await printTraces(options, contestants);
  await printIdle(options, made, contestants);
}

const loadAverage = () => os.loadavg().map((load) => load.toFixed(2)).join(' ');

async function main() {
  const options = prepare(readOptions(DEFAULTS, process.argv.slice(2), __filename));
  if (options.isSmoke) options.rounds = 1;
  const before = loadAverage();
  const made = makeServers(options);
  checkWorkers(options, made.demo);
  const contestants = [];
  try {
    await startAll(options, made.demo, contestants);
    await compare(options, made, contestants);
  } finally {
    for (const server of contestants) await server.stop();
    servers.killAll();
  }
  for (const note of options.notes) console.log(`\n${note}`);
  console.log(`\n${os.cpus().length} CPUs; load average ${before} before, ${loadAverage()} after.`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
