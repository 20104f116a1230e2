'use strict';
// A process under test: what it printed, how it ended.

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { within, poll } = require('./deadline');
const world = require('./world');

// A file without a name. Standard error goes there and not into a pipe, because Wine's
// own services inherit it and would keep a pipe open for as long as they live.
class ErrorFile {
  constructor() {
    const name = `krt.test.${process.pid}.${crypto.randomBytes(6).toString('hex')}`;
    const file = path.join(world.temporaryFolder, name);
    this.fd = fs.openSync(file, 'ax+');
    fs.unlinkSync(file);
  }

  get text() {
    if (this.fd === undefined) return this.finalText;
    const bytes = Buffer.alloc(fs.fstatSync(this.fd).size);
    fs.readSync(this.fd, bytes, 0, bytes.length, 0);
    return bytes.toString('utf8');
  }

  close() {
    this.finalText = this.text;
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
  }
}

class Program {
  // Standard error is kept, unless `stderr` is a descriptor for it.
  constructor([command, args], { env = {}, cwd, stderr } = {}) {
    this.commandLine = [command, ...args].join(' ');
    this.stdout = '';
    this.errors = new ErrorFile();
    this.child = spawn(command, args, {
      cwd,
      env: { ...world.env, ...env },
      stdio: ['pipe', 'pipe', stderr ?? this.errors.fd],
    });
    this.child.stdout.setEncoding('utf8').on('data', (text) => { this.stdout += text; });
    this.child.stdin.on('error', () => {}); // it may end without reading its input
    this.exited = new Promise((resolve) => {
      const finish = (code) => {
        this.errors.close();
        resolve(this.code = code);
      };
      this.child.on('error', (error) => finish(String(error)));
      this.child.on('close', (code, signal) => finish(code ?? signal));
    });
  }

  get stderr() {
    return this.errors.text;
  }

  get isRunning() {
    return this.code === undefined;
  }

  // Waits until `condition()` holds; fails when the program ends first.
  until(condition, what) {
    const probe = () => {
      const isMet = condition();
      if (!isMet && !this.isRunning)
        throw new Error(`${what}: the program ended first\n${this.describe()}`);
      return isMet;
    };
    return poll(probe, what, () => this.describe());
  }

  exit() {
    return within(this.exited, 'the end of the program', () => this.describe());
  }

  signal(name) {
    this.child.kill(name);
  }

  describe() {
    const end = this.isRunning ? 'still runs' : `exit: ${this.code}`;
    return `$ ${this.commandLine}\n--- standard output\n${this.stdout}` +
      `--- standard error\n${this.stderr}--- ${end}`;
  }
}

// Runs a program to its end. Gives { code, stdout, stderr, ms, text }, `text` being all
// of it for messages.
async function run(command, { input = '', ...options } = {}) {
  const start = process.hrtime.bigint();
  const program = new Program(command, options);
  program.child.stdin.end(input);
  try {
    await program.exit();
  } finally {
    if (program.isRunning) program.signal('SIGKILL');
  }
  const { code, stdout, stderr } = program;
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  return { code, stdout, stderr, ms, text: program.describe() };
}

module.exports = { ErrorFile, Program, run };
