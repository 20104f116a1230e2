'use strict';
// The servers that bench_pipe.js compares, each started and ended here: { name, endpoint,
// pids(), stop() }, the processes being the ones that serve.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, spawn, spawnSync } = require('node:child_process');

const wine = path.resolve(__dirname, '../support/wine.sh');

// ---- Processes ----

const command = (options, file, args) =>
  (options.windows ? ['sh', [wine, file, ...args]] : [file, args]);

const running = new Set();

// Starts a program. Gives { child, line, exited }: the first line that it prints, and its
// exit code. What it says on standard error goes to a file: Wine's services would keep a
// pipe open.
function start(options, [file, args]) {
  const errors = fs.openSync(path.join(options.folder, 'errors'), 'a');
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', errors], env: options.env });
  fs.closeSync(errors);
  child.stdin.on('error', () => {});
  running.add(child);
  const exited = new Promise((resolve) => {
    child.on('error', (error) => resolve(String(error)));
    child.on('exit', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal);
    });
  });
  const line = new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece) => {
      text += piece;
      if (text.includes('\n')) resolve(text.split('\n')[0]);
    });
    exited.then((code) => setTimeout(() => reject(new Error(
      `${[file, ...args].join(' ')}: exit: ${code}, without a line; see ${options.folder}/errors`)),
    1000));
  });
  return { child, line, exited };
}

async function end(program, how) {
  how(program.child);
  const patience = setTimeout(() => program.child.kill('SIGKILL'), 30000);
  await program.exited;
  clearTimeout(patience);
}

// Ends what a failure has left behind.
function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

// ---- The contestants ----

// Short, as a socket's path must be.
const socketPath = (name) => path.join(os.tmpdir(), `krgen.bench.${process.pid}.${name}`);

// Natively the socket's path follows "unix:" in what a server prints when it is ready.
async function startGenerated(options, file, name, more = []) {
  const pipe = `krgen.bench.${process.pid}.${name}`;
  const words = ['--pipe', pipe, ...more];
  if (options.workers) words.push('--workers', options.workers);
  const program = start(options, command(options, file, words));
  const ready = await program.line;
  return {
    name: 'krgen',
    endpoint: options.windows ? `\\\\.\\pipe\\${pipe}` : ready.replace(/^ready unix:/, ''),
    pids: () => [program.child.pid],
    stop: () => end(program, (child) => child.kill(options.windows ? 'SIGINT' : 'SIGTERM')),
  };
}

// The least a server can do: the same bytes, unread.
async function startPingPong(options, requestFile, answerFile) {
  const endpoint = options.windows ? `\\\\.\\pipe\\krgen.bench.${process.pid}.ping_pong`
    : socketPath('ping_pong');
  const { size } = fs.statSync(requestFile);
  const program = start(options, command(options, options.tool('ping_pong'),
    [endpoint, String(size), answerFile]));
  await program.line;
  return {
    name: 'ping-pong',
    endpoint,
    pids: () => [program.child.pid],
    stop: async () => {
      await end(program, (child) => child.stdin.end());
      if (!options.windows) fs.rmSync(endpoint, { force: true });
    },
  };
}

const nginxConf = (folder, socket, workers, body) => `
daemon off;
worker_processes ${workers};
pid ${folder}/pid;
error_log ${folder}/errors crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen unix:${socket};
    default_type text/plain;
    location /pipe { return 200 "${body}"; }
  }
}
`;

const hasNginx = () => spawnSync('nginx', ['-v']).status === 0;

const childrenOf = (pid) => fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  .trim().split(' ').filter(Boolean).map(Number);

async function until(condition, what) {
  for (let i = 0; i < 1000; i += 1) {
    if (condition()) return;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error(`${what} took too long`);
}

// `workers` is a number or auto.
async function startNginx(options, workers, body) {
  const folder = path.join(options.folder, `nginx-${workers}`);
  const socket = socketPath(`nginx-${workers}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'conf'), nginxConf(folder, socket, workers, body));
  const program = start(options, ['nginx', ['-p', folder, '-c', path.join(folder, 'conf')]]);
  program.line.catch(() => {}); // it prints none
  await until(() => fs.existsSync(socket) && childrenOf(program.child.pid).length > 0,
    'the start of nginx');
  return {
    name: `nginx ${workers}`,
    endpoint: socket,
    pids: () => childrenOf(program.child.pid),
    stop: () => end(program, (child) => child.kill('SIGTERM')),
  };
}

// ---- What they use ----

// In microseconds, by the clock ticks that the system counts.
function cpuTime(pids) {
  const tick = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return pids.reduce((sum, pid) => {
    const [, fields] = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) /);
    const words = fields.split(' ');
    return sum + (Number(words[11]) + Number(words[12])) * tick;
  }, 0);
}

// In KiB.
const residentSize = (pids) => pids.reduce((sum, pid) =>
  sum + Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]), 0);

// Binds the processes with all their threads to the CPUs, such as 0 or 0-1.
function pin(pids, cpus) {
  for (const pid of pids) execFileSync('taskset', ['-acp', cpus, String(pid)]);
}

module.exports = {
  command, cpuTime, end, hasNginx, killAll, pin, residentSize, start, startGenerated, startNginx,
  startPingPong, until,
};
