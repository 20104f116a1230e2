'use strict';
// Waiting without fixed sleeps: every wait ends with what it waits for, or fails and
// tells what was seen so far.

const { setTimeout: pause } = require('node:timers/promises');
const { patience } = require('./world');

// The value of `promise`; `describe()` completes the message of a wait that was in vain.
async function within(promise, what, describe = () => '', ms = patience) {
  let timer;
  const expired = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} did not happen within ${ms} ms\n${describe()}`));
    }, ms);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

// The first truthy value of `probe()`, which is asked again and again.
async function poll(probe, what, describe = () => '', ms = patience) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() >= end)
      throw new Error(`${what} did not happen within ${ms} ms\n${describe()}`);
    await pause(5);
  }
}

module.exports = { within, poll };
