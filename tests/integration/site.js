'use strict';
// specs/site.yaml: files that were put into the server.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { scenario } = require('./lib/scenario');
const { request } = require('./lib/http');
const world = require('./lib/world');

const get = (target, ...fields) => request('GET', target, { fields });
const file = (name) => fs.readFileSync(path.join(world.source, 'specs/site', name));

scenario('every file is there with its media type', async (run) => {
  const connection = run.connect(await run.serve('site'));
  for (const [target, name, type] of [
    ['/', 'index.html', 'text/html; charset=utf-8'],
    ['/.', 'index.html', 'text/html; charset=utf-8'],
    ['/index.html', 'index.html', 'text/html; charset=utf-8'],
    ['/docs/', 'docs/index.html', 'text/html; charset=utf-8'],
    ['/docs/index.html', 'docs/index.html', 'text/html; charset=utf-8'],
    ['/assets/style.css', 'assets/style.css', 'text/css; charset=utf-8'],
    ['/assets/logo.svg', 'assets/logo.svg', 'image/svg+xml'],
    ['/notes.txt', 'notes.txt', 'text/plain; charset=utf-8'],
    ['/assets/../n%6ftes.txt?x=/y', 'notes.txt', 'text/plain; charset=utf-8'],
  ]) {
    const reply = await connection.exchange(get(target));
    assert.equal(reply.status, 200, target);
    assert.deepEqual(reply.body, file(name), target);
    assert.equal(reply.field('Content-Type'), type);
    assert.equal(reply.field('Cache-Control'), 'max-age=3600');
    assert.equal(reply.field('X-Content-Type-Options'), 'nosniff');
    assert.equal(reply.field('Last-Modified'), undefined);
    assert.match(reply.field('ETag'), /^"[0-9a-f]{32}"$/);
    const head = await connection.exchange(request('HEAD', target));
    assert.equal(head.text, '');
    assert.equal(head.field('Content-Length'), String(file(name).length));
    assert.equal(head.field('ETag'), reply.field('ETag'));
    const again = await connection.exchange(
      get(target, `If-None-Match: ${reply.field('ETag')}`));
    assert.equal(again.status, 304);
    assert.equal(again.field('Cache-Control'), 'max-age=3600');
  }
});

scenario('files are divided and compressed as other bodies are', async (run) => {
  const connection = run.connect(await run.serve('site'));
  const css = file('assets/style.css');
  const target = '/assets/style.css';
  const part = await connection.exchange(get(target, 'Range: bytes=1000-1099'));
  assert.equal(part.status, 206);
  assert.equal(part.field('Content-Range'), `bytes 1000-1099/${css.length}`);
  assert.deepEqual(part.body, css.subarray(1000, 1100));
  const none = await connection.exchange(get(target, `Range: bytes=${css.length}-`));
  assert.equal(none.status, 416);
  const gzip = await connection.exchange(get(target, 'Accept-Encoding: gzip'));
  assert.equal(gzip.field('Content-Encoding'), 'gzip');
  assert.equal(gzip.field('Vary'), 'Accept-Encoding');
  assert.ok(gzip.body.length < css.length / 2);
  assert.deepEqual(zlib.gunzipSync(gzip.body), css);
});

scenario('a folder without its slash is sent to the form with it', async (run) => {
  const connection = run.connect(await run.serve('site'));
  for (const [target, location] of [
    ['/docs', '/docs/'],
    ['/docs?a=b', '/docs/?a=b'],
    ['/assets/../docs', '/docs/'],
    ['/d%6fcs', '/d%6fcs/'],
  ]) {
    const reply = await connection.exchange(get(target));
    assert.equal(reply.line, 'HTTP/1.1 308 Permanent Redirect', target);
    assert.equal(reply.field('Location'), location);
    assert.equal(reply.text, '');
  }
});

scenario('what is not there has the response of the spec', async (run) => {
  const connection = run.connect(await run.serve('site'));
  for (const target of [
    '/missing.html', '/INDEX.HTML', '/assets', '/assets/', '/docs//', '/docs/index.html/',
    '/index.html%20', '/site/index.html',
    '/../site.yaml', '/%2e%2e/site.yaml', '/..%2fsite.yaml', '/%2e%2e%2fsite.yaml',
    '/assets/..%2f..%2fsite.yaml', '/..%5csite.yaml', '/assets/%2e%2e/%2e%2e/site.yaml',
    '/%2fetc/passwd', '//etc/passwd', '/c:/windows/win.ini', '/....//site.yaml',
  ]) {
    const reply = await connection.exchange(get(target));
    assert.equal(reply.line, 'HTTP/1.1 404 Not Found', target);
    assert.match(reply.text, /There is no such page/, target);
    assert.equal(reply.field('Content-Type'), 'text/html; charset=utf-8');
    assert.equal(reply.field('X-Content-Type-Options'), 'nosniff');
  }
  const post = await connection.exchange(request('POST', '/missing.html', { body: 'x' }));
  assert.equal(post.status, 405);
  assert.equal(post.field('Allow'), 'GET, HEAD, OPTIONS');
});

scenario('single files and redirects go before the folder', async (run) => {
  const connection = run.connect(await run.serve('site'));
  const notes = await connection.exchange(get('/download/notes.txt'));
  assert.deepEqual(notes.body, file('notes.txt'));
  assert.equal(notes.field('Content-Disposition'),
    'attachment; filename="notes (_ffentlich).txt"; ' +
    "filename*=UTF-8''notes%20%28%C3%B6ffentlich%29.txt");
  for (const name of ['ETag', 'Accept-Ranges', 'Cache-Control'])
    assert.equal(notes.field(name), undefined);
  const whole = await connection.exchange(get('/download/notes.txt', 'Range: bytes=0-1'));
  assert.equal(whole.status, 200);
  const icon = await connection.exchange(get('/favicon.ico'));
  assert.deepEqual(icon.body, file('assets/logo.svg'));
  assert.equal(icon.field('Content-Type'), 'image/svg+xml');
  assert.equal(icon.field('Cache-Control'), 'max-age=31536000, immutable');
  const moved = await connection.exchange(get('/documents/old/page'));
  assert.equal(moved.line, 'HTTP/1.1 301 Moved Permanently');
  assert.equal(moved.field('Location'), '/docs/');
  assert.equal(moved.text, '');
});
