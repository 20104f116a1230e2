// Tests of a program that orders in a shop, against the stub of shop.yaml. Where that is,
// KRGEN_PIPE_PATH tells: a pipe on Windows, a Unix socket on Linux.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';

// ---- The program ----

class Shop {
  constructor(socketPath) {
    this.socketPath = socketPath;
    this.agent = new http.Agent({ keepAlive: true });
  }

  call(method, path, json) {
    const { socketPath, agent } = this;
    const body = json && JSON.stringify(json);
    const headers = body ? { 'Content-Type': 'application/json' } : {};
    return new Promise((resolve, reject) => {
      const request = http.request({ socketPath, agent, method, path, headers });
      request.on('error', reject).on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('error', reject);
        response.on('data', (part) => { text += part; });
        response.on('end', () => resolve(
          { status: response.statusCode, headers: response.headers, text }));
      });
      request.end(body);
    });
  }

  // What there is, which is asked for once.
  items() {
    this.asked ??= this.call('GET', '/items').then(({ text }) => JSON.parse(text));
    return this.asked;
  }

  // Orders what there is enough of; where the order can be looked at.
  async order(sku, count) {
    const item = (await this.items()).find((one) => one.sku === sku);
    if (!item || item.stock < count) throw new RangeError(`there is not enough ${sku}`);
    const { status, headers } = await this.call('POST', '/orders', { sku, count });
    if (status !== 201) throw new Error(`the shop answered ${status}`);
    return headers.location;
  }

  async state(order) {
    return JSON.parse((await this.call('GET', order)).text).state;
  }
}

// ---- The tests ----

const shop = new Shop(process.env.KRGEN_PIPE_PATH);
after(() => shop.agent.destroy());

test('what there is can be ordered', async () => {
  assert.match(await shop.order('tea', 2), /^\/orders\/\d+$/);
});

test('an order is paid in the end', async () => {
  const order = await shop.order('tea', 1);
  assert.equal(await shop.state(order), 'paid');
});

test('what there is not enough of is not ordered', async () => {
  await assert.rejects(shop.order('milk', 1), RangeError);
});
