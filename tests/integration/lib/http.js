'use strict';
// Reads replies as strictly as RFC 9112 allows, so that a server's slip is a failure.

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

class Reply {
  constructor(head) {
    const [line, ...fields] = head.split('\r\n');
    const match = /^HTTP\/1\.1 ([1-9]\d\d) ([\x20-\x7e]+)$/.exec(line);
    if (!match) throw new Error(`not a status line: ${JSON.stringify(line)}`);
    this.head = head;
    this.line = line;
    this.status = Number(match[1]);
    this.reason = match[2];
    this.fields = fields.map(readField);
    this.body = Buffer.alloc(0);
  }

  // The field's one value, or undefined.
  field(name) {
    const found = this.fields.filter(([key]) => key.toLowerCase() === name.toLowerCase());
    if (found.length > 1) throw new Error(`several ${name} fields:\n${this.head}`);
    return found.length === 1 ? found[0][1] : undefined;
  }

  get text() {
    return this.body.toString('utf8');
  }

  get isInterim() {
    return this.status < 200;
  }
}

function readField(line) {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1).trim();
  if (colon < 0 || !token.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(value))
    throw new Error(`not a header field: ${JSON.stringify(line)}`);
  return [name, value];
}

function bodyLength(reply, method) {
  const length = reply.field('Content-Length');
  if (reply.isInterim || reply.status === 204) {
    if (length !== undefined) throw new Error(`Content-Length with ${reply.status}`);
    return 0;
  }
  if (reply.status === 304) return 0; // a length would be that of the 200
  if (length === undefined || !/^\d+$/.test(length))
    throw new Error(`no Content-Length, so no end:\n${reply.head}`);
  return method === 'HEAD' ? 0 : Number(length);
}

// Takes one reply to `method` from the front of `bytes`. Gives { reply, rest }, or null
// when more bytes are needed.
function takeReply(bytes, method) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const reply = new Reply(bytes.subarray(0, end).toString('latin1'));
  const length = bodyLength(reply, method);
  const bodyStart = end + 4;
  if (bytes.length < bodyStart + length) return null;
  reply.body = bytes.subarray(bodyStart, bodyStart + length);
  return { reply, rest: bytes.subarray(bodyStart + length) };
}

// A request's text. `fields` are complete lines; Host is added unless there is one.
function request(method, target, { fields = [], body, version = 'HTTP/1.1' } = {}) {
  const lines = [`${method} ${target} ${version}`];
  if (!fields.some((field) => /^host:/i.test(field))) lines.push('Host: localhost');
  lines.push(...fields);
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return lines.join('\r\n') + '\r\n\r\n' + (body ?? '');
}

module.exports = { takeReply, request };
