'use strict';
// What commands of servers do in the tests; on Windows tests/windows/errand.c does it.
//
//   exit CODE           ends with it
//   print ARG...        prints the arguments, a line of hexadecimal UTF-8 each
//   print-to FILE ARG.. the same into a file
//   copy                standard input to standard output, and its length to standard error
//   sit MARK            says "sitting" and sits there until it is killed, whatever signal comes
//   leave MARK          starts one that sits, and ends with 5 as soon as it does
//   both MARK           starts one that sits, and sits, too

const fs = require('node:fs');
const { spawn } = require('node:child_process');

function ignoreSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
}

function sit() {
  ignoreSignals();
  setInterval(() => {}, 1000);
  process.stdout.write('sitting\n');
}

function startSitting(mark, then) {
  ignoreSignals();
  const child = spawn(process.execPath, [__filename, 'sit', mark], { stdio: ['ignore', 'pipe', 2] });
  child.stdout.once('data', then);
}

const hexadecimal = (args) => args.map((arg) => `${Buffer.from(arg).toString('hex')}\n`).join('');

function copy() {
  const input = fs.readFileSync(0);
  for (let at = 0; at < input.length;) at += fs.writeSync(1, input, at);
  fs.writeSync(2, `${input.length}\n`);
}

const errands = {
  exit: (code) => process.exit(Number(code)),
  print: (...args) => process.stdout.write(hexadecimal(args)),
  'print-to': (file, ...args) => fs.writeFileSync(file, hexadecimal(args)),
  copy,
  sit,
  leave: (mark) => startSitting(mark, () => process.exit(5)),
  both: (mark) => startSitting(mark, sit),
};

const [verb, ...args] = process.argv.slice(2);
errands[verb](...args);
