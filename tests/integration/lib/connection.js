'use strict';
// One client's bytes to a server and back: over its Unix socket, or through
// pipe_relay.exe, which joins its standard streams to a Windows pipe.

const net = require('node:net');
const { spawn } = require('node:child_process');
const { within } = require('./deadline');
const { takeReply } = require('./http');
const { ErrorFile } = require('./program');
const world = require('./world');

const SHOWN_MAX = 1500;

function show(data) {
  const text = JSON.stringify(data.toString('latin1'));
  if (text.length <= SHOWN_MAX) return text;
  return `${text.slice(0, SHOWN_MAX)}... (${data.length} bytes)`;
}

// A stream's two directions as one object: `output` is written, `input` is read, `end`
// is 'closed' or what went wrong.
function openSocket(path) {
  const socket = net.connect({ path, allowHalfOpen: true });
  const closed = new Promise((resolve) => {
    let fault;
    socket.on('error', (error) => { fault = error.code; });
    socket.on('end', () => resolve('closed'));
    socket.on('close', () => resolve(fault ?? 'closed'));
  });
  return {
    output: socket, input: socket, closed,
    close: () => socket.end(() => socket.destroy()),
    kill: () => socket.destroy(),
  };
}

function openRelay(pipe) {
  const [command, args] = world.relay([pipe]);
  const errors = new ErrorFile();
  const child = spawn(command, args, {
    env: world.env,
    stdio: ['pipe', 'pipe', errors.fd],
  });
  child.stdin.on('error', () => {}); // the server may end the connection at any time
  const closed = new Promise((resolve) => {
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (code, signal) => {
      errors.close();
      resolve(code === 0 ? 'closed' : `relay: ${signal ?? code} ${errors.text.trim()}`);
    });
  });
  return {
    output: child.stdin, input: child.stdout, closed,
    close: () => child.stdin.end(),
    kill: () => child.kill('SIGKILL'),
  };
}

class Connection {
  constructor(server) {
    this.stream = world.isWindows ? openRelay(server.pipe) : openSocket(server.path);
    this.received = Buffer.alloc(0);
    this.log = [];
    this.wake = () => {};
    this.stream.input.on('data', (data) => {
      this.log.push(`< ${show(data)}`);
      this.received = Buffer.concat([this.received, data]);
      this.wake();
    });
    this.closed = this.stream.closed.then((how) => {
      this.log.push(`< end: ${how}`);
      this.end = how;
      this.wake();
      return how;
    });
  }

  describe() {
    return `what was sent (>) and received (<):\n${this.log.join('\n')}`;
  }

  fail(problem) {
    throw new Error(`${problem}\n${this.describe()}`);
  }

  // Text is sent as Latin-1: one byte per character.
  send(data) {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data, 'latin1');
    this.log.push(`> ${show(bytes)}`);
    this.stream.output.write(bytes);
  }

  // The next reply, an interim one included; `method` is the request's.
  async reply(method = 'GET') {
    const next = async () => {
      for (;;) {
        const taken = this.parse(method);
        if (taken) return taken;
        if (this.end !== undefined) this.fail('the connection ended without a reply');
        await new Promise((resolve) => { this.wake = resolve; });
      }
    };
    return within(next(), `a reply to ${method}`, () => this.describe());
  }

  parse(method) {
    try {
      const taken = takeReply(this.received, method);
      if (!taken) return null;
      this.received = taken.rest;
      return taken.reply;
    } catch (error) {
      return this.fail(error.message);
    }
  }

  // Sends one request and gives its reply.
  async exchange(data, method = data.toString().split(' ', 1)[0]) {
    this.send(data);
    return this.reply(method);
  }

  // Waits until the server ends the connection, in order and without another byte.
  async ended() {
    const how = await within(this.closed, 'the end of the connection',
      () => this.describe());
    if (this.received.length > 0) this.fail('bytes behind the last reply');
    if (how !== 'closed') this.fail(`the connection ended badly: ${how}`);
  }

  // Says that no more will be sent, which only a socket can.
  endOutput() {
    this.log.push('> end of output');
    this.stream.output.end();
  }

  // Leaves in order, or as a client that is killed does.
  close() {
    this.log.push('> end');
    this.stream.close();
  }

  kill() {
    this.log.push('> kill');
    this.stream.kill();
  }

  // Stops reading and goes on, so that the server's writes have to wait.
  pause() {
    this.stream.input.pause();
  }

  resume() {
    this.stream.input.resume();
  }
}

module.exports = { Connection };
