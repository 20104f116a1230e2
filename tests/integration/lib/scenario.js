'use strict';
// A scenario starts its own servers and clients. When it is over, each server that still
// runs is stopped with Ctrl+C and must end with 0, having printed nothing but its ready
// line.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Connection } = require('./connection');
const { Program, run } = require('./program');
const world = require('./world');

class Server {
  constructor(program, { pipe, readyFile, args = [], ...options }) {
    const place = world.endpoint(pipe);
    this.pipe = pipe;
    this.path = place.path;
    this.readyLine = `ready ${place.url}\n`;
    this.readyFile = readyFile;
    const all = ['--pipe', pipe, '--ready-file', world.serverPath(readyFile), ...args];
    this.program = new Program(world.server(program, all), options);
  }

  async ready() {
    await this.program.until(() => this.program.stdout.includes('\n'), 'the ready line');
    assert.equal(this.program.stdout, this.readyLine, this.describe());
    this.info = JSON.parse(fs.readFileSync(this.readyFile, 'utf8'));
  }

  get isRunning() {
    return this.program.isRunning;
  }

  describe() {
    return `the server:\n${this.program.describe()}`;
  }

  async stop(signal = 'SIGINT', expected = 0) {
    this.program.signal(signal);
    const code = await this.program.exit();
    assert.equal(code, expected, `exit code after ${signal}; ${this.describe()}`);
    assert.equal(this.program.stdout, this.readyLine, this.describe());
  }
}

class Run {
  constructor() {
    this.servers = [];
    this.connections = [];
    this.programs = [];
  }

  // A folder that goes away with the scenario.
  get folder() {
    this.madeFolder ??= fs.mkdtempSync(path.join(world.temporaryFolder, 'krt.test.'));
    return this.madeFolder;
  }

  newPipe() {
    return `krt.test.${process.pid}.${crypto.randomBytes(4).toString('hex')}`;
  }

  // Starts a server and waits until it is ready. `options` may name its pipe, its
  // readyFile, and more args.
  async serve(program = 'demo', options = {}) {
    const readyFile = path.join(this.folder, `${this.servers.length}.ready`);
    const server = new Server(program, { pipe: this.newPipe(), readyFile, ...options });
    this.servers.push(server);
    await server.ready();
    return server;
  }

  connect(server) {
    const connection = new Connection(server);
    this.connections.push(connection);
    return connection;
  }

  // A program that is ended with the scenario at the latest.
  start(command, options) {
    const program = new Program(command, options);
    this.programs.push(program);
    return program;
  }

  // Runs the server's executable for something else than serving.
  call(args, { program = 'demo', ...options } = {}) {
    return run(world.server(program, args), options);
  }

  async finish() {
    for (const connection of this.connections) connection.kill();
    for (const server of this.servers) if (server.isRunning) await server.stop();
  }

  cleanUp() {
    for (const connection of this.connections) connection.kill();
    const programs = [...this.programs, ...this.servers.map((server) => server.program)];
    for (const program of programs) if (program.isRunning) program.signal('SIGKILL');
    if (this.madeFolder) fs.rmSync(this.madeFolder, { recursive: true, force: true });
  }

  // Adds to a failure what the servers said.
  explain(error) {
    const seen = this.servers.map((server) => server.describe()).join('\n');
    error.message += seen && !error.message.includes(seen) ? `\n${seen}` : '';
    return error;
  }
}

// Declares a scenario. `worlds` limits where it runs.
function scenario(name, body, { worlds } = {}) {
  if (worlds && !worlds.includes(world.name)) return;
  test(name, { timeout: 5 * world.patience }, async () => {
    const current = new Run();
    try {
      await body(current);
      await current.finish();
    } catch (error) {
      throw current.explain(error);
    } finally {
      current.cleanUp();
    }
  });
}

const unix = { worlds: ['native', 'asan'] };
const nativeOnly = { worlds: ['native'] };

module.exports = { scenario, unix, nativeOnly };
