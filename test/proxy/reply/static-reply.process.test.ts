// Files over the wire: what each key of `static-files` does, and what a client is answered.

import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { test } from 'node:test';
import { effect } from '../../support/effect.ts';
import { bodyOf, headerOf, statusOf } from '../../support/proxy.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { TestWorker } from '../../support/worker.ts';

const get = (path: string, more = '', method = 'GET'): string => `${method} ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;

const serving = (root: string, keys = '', route = ''): Promise<TestWorker> =>
  TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "files" { static-files { root "${root}"; ${keys} }; ${route} } }`,
  );

const statusAndBody = (answer: string) => [statusOf(answer), bodyOf(answer)];

effect(['routes.route.static-files.root', 'routes.route.static-files.index'], async () => {
  using folder = tempFolder({
    'www/index.html': 'home',
    'www/a b.txt': 'text',
    'www/sub/start.htm': 'sub',
    secret: 'S',
  });
  await using worker = await serving(folder.of('www'));
  const answer = await worker.request(get('/'));
  assert.deepEqual(statusAndBody(answer), [200, 'home']);
  assert.equal(headerOf(answer, 'Content-Type'), 'text/html; charset=utf-8');
  assert.equal(headerOf(answer, 'X-Content-Type-Options'), 'nosniff');
  assert.deepEqual(statusAndBody(await worker.request(get('/a%20b.txt?q'))), [200, 'text']);
  for (const path of ['/sub/', '/none', '/../secret', '/%2e%2e/secret', '/..%2fsecret', '//index.html'])
    assert([400, 404].includes(statusOf(await worker.request(get(path)))), path);
  await using other = await serving(folder.of('www'), 'index "start.htm"');
  assert.deepEqual(statusAndBody(await other.request(get('/sub/'))), [200, 'sub']);
  assert.equal(statusOf(await other.request(get('/'))), 404);
});

test('a folder without its slash is redirected, with the query, and never to another host', async () => {
  using folder = tempFolder({ 'www/sub/index.html': 'x' });
  await using worker = await serving(folder.of('www'));
  const answer = await worker.request(get('/sub?a=1'));
  assert.deepEqual([statusOf(answer), headerOf(answer, 'Location')], [301, '/sub/?a=1']);
  assert.equal(statusOf(await worker.request(get('//sub'))), 404);
});

test('GET and HEAD only, and the connection goes on', async () => {
  using folder = tempFolder({ 'www/a.txt': 'text' });
  await using worker = await serving(folder.of('www'));
  const refused = await worker.request(get('/a.txt', 'Content-Length: 2\r\n', 'POST').concat('ab', get('/a.txt')));
  assert.deepEqual([statusOf(refused), headerOf(refused, 'Allow')], [405, 'GET, HEAD']);
  assert.match(refused, /HTTP\/1\.1 200 OK[\s\S]*text$/);
  const head = await worker.request(get('/a.txt', 'Range: bytes=0-1\r\n', 'HEAD'));
  assert.deepEqual([statusOf(head), headerOf(head, 'Content-Length'), bodyOf(head)], [200, '4', '']);
  const [line] = await worker.lines(3);
  assert.equal(line?.refusal, 'method-not-allowed');
});

test('conditions and ranges', async () => {
  using folder = tempFolder({ 'www/a.txt': '0123456789' });
  utimesSync(folder.of('www/a.txt'), 1_700_000_000, 1_700_000_000);
  await using worker = await serving(folder.of('www'), 'cache-control "no-cache"');
  const etag = headerOf(await worker.request(get('/a.txt')), 'ETag') ?? '';
  const unchanged = await worker.request(get('/a.txt', `If-None-Match: ${etag}\r\n`));
  assert.deepEqual([statusOf(unchanged), headerOf(unchanged, 'ETag'), bodyOf(unchanged)], [304, etag, '']);
  assert.equal(headerOf(unchanged, 'Cache-Control'), 'no-cache');
  assert.equal(
    statusOf(await worker.request(get('/a.txt', 'If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\n'))),
    304,
  );
  assert.equal(statusOf(await worker.request(get('/a.txt', 'If-Match: "other"\r\n'))), 412);
  const part = await worker.request(get('/a.txt', `Range: bytes=2-4\r\nIf-Range: ${etag}\r\n`));
  assert.deepEqual([...statusAndBody(part), headerOf(part, 'Content-Range')], [206, '234', 'bytes 2-4/10']);
  const beyond = await worker.request(get('/a.txt', 'Range: bytes=10-\r\n'));
  assert.deepEqual([statusOf(beyond), headerOf(beyond, 'Content-Range')], [416, 'bytes */10']);
  for (const more of ['Range: bytes=0-1,3-4\r\n', 'Range: bytes=2-4\r\nIf-Range: "other"\r\n'])
    assert.deepEqual(statusAndBody(await worker.request(get('/a.txt', more))), [200, '0123456789'], more);
});

effect('routes.route.static-files.cache-control', async () => {
  using folder = tempFolder({ 'www/a.txt': 'x' });
  await using worker = await serving(folder.of('www'), 'cache-control "public, max-age=60"');
  assert.equal(headerOf(await worker.request(get('/a.txt')), 'Cache-Control'), 'public, max-age=60');
  await using without = await serving(folder.of('www'));
  assert.equal(headerOf(await without.request(get('/a.txt')), 'Cache-Control'), undefined);
});

effect('routes.route.static-files.fallback', async () => {
  using folder = tempFolder({ 'www/app.html': 'app', 'www/a.js': 'js' });
  await using worker = await serving(folder.of('www'), 'fallback "/app.html"');
  for (const path of ['/users/7', '/', '/users/'])
    assert.deepEqual(statusAndBody(await worker.request(get(path))), [200, 'app'], path);
  for (const path of ['/none.js', '/.git/config', '/a%2Fb'])
    assert.equal(statusOf(await worker.request(get(path))), 404);
  await using without = await serving(folder.of('www'));
  assert.equal(statusOf(await without.request(get('/users/7'))), 404);
});

effect('routes.route.static-files.dotfiles', async () => {
  using folder = tempFolder({ 'www/.env': 'secret', 'www/.well-known/security.txt': 'mail' });
  await using worker = await serving(folder.of('www'));
  assert.equal(statusOf(await worker.request(get('/.env'))), 404);
  assert.equal(statusOf(await worker.request(get('/%2eenv'))), 404);
  assert.deepEqual(statusAndBody(await worker.request(get('/.well-known/security.txt'))), [200, 'mail']);
  await using shown = await serving(folder.of('www'), 'dotfiles #true');
  assert.deepEqual(statusAndBody(await shown.request(get('/.env'))), [200, 'secret']);
});

effect('routes.route.static-files.precompressed', async () => {
  using folder = tempFolder({
    'www/a.js': 'plain',
    'www/a.js.br': 'brotli',
    'www/a.js.gz': 'gzip',
    'www/old.js': 'plain',
    'www/old.js.gz': 'stale',
    'www/p.png': 'plain',
    'www/p.png.gz': 'never',
  });
  for (const name of ['a.js', 'a.js.br', 'a.js.gz', 'old.js']) utimesSync(folder.of(`www/${name}`), 1e9, 1e9);
  utimesSync(folder.of('www/old.js.gz'), 1e9 - 60, 1e9 - 60);
  await using worker = await serving(folder.of('www'), 'precompressed #true');
  const answer = await worker.request(get('/a.js', 'Accept-Encoding: gzip, br\r\n'));
  assert.deepEqual(statusAndBody(answer), [200, 'brotli']);
  assert.deepEqual(
    ['Content-Encoding', 'Vary', 'Content-Type'].map((name) => headerOf(answer, name)),
    ['br', 'Accept-Encoding', 'text/javascript; charset=utf-8'],
  );
  const cases = [
    ['/a.js', 'Accept-Encoding: gzip\r\n', 'gzip'],
    ['/a.js', 'Accept-Encoding: br;q=0, gzip\r\n', 'gzip'],
    ['/a.js', '', 'plain'],
    ['/old.js', 'Accept-Encoding: gzip\r\n', 'plain'],
    ['/p.png', 'Accept-Encoding: gzip\r\n', 'plain'],
  ] as const;
  for (const [path, more, body] of cases)
    assert.deepEqual(statusAndBody(await worker.request(get(path, more))), [200, body], `${path} ${more}`);
  assert.equal(headerOf(await worker.request(get('/a.js')), 'Vary'), 'Accept-Encoding');
  await using without = await serving(folder.of('www'));
  assert.equal(bodyOf(await without.request(get('/a.js', 'Accept-Encoding: br\r\n'))), 'plain');
});

test('a rewrite says where below the root, and headers of the route are those of files too', async () => {
  using folder = tempFolder({ 'www/index.html': 'home', 'www/a.txt': 'x' });
  const rules =
    'rewrite { strip-prefix "/app" }; policies { response-headers { set { Cache-Control "no-store" }; remove "ETag" } }';
  await using worker = await serving(folder.of('www'), 'cache-control "public"', rules);
  const answer = await worker.request(get('/app/a.txt'));
  assert.deepEqual(statusAndBody(answer), [200, 'x']);
  assert.deepEqual([headerOf(answer, 'Cache-Control'), headerOf(answer, 'ETag')], ['no-store', undefined]);
  assert.equal(headerOf(await worker.request(get('/app')), 'Location'), '/app/');
  assert.equal(bodyOf(await worker.request(get('/app/'))), 'home');
});

test('a file that was changed is served anew within a second, a file that is gone is gone', async () => {
  using folder = tempFolder({ 'www/a.txt': 'old' });
  await using worker = await serving(folder.of('www'));
  const clock = worker.worker.timers;
  const refresh = clock.refresh.bind(clock);
  let skippedMs = 0;
  clock.refresh = () => {
    clock.nowMs = refresh() + skippedMs;
    return clock.nowMs;
  };
  assert.equal(bodyOf(await worker.request(get('/a.txt'))), 'old');
  folder.write('www/a.txt', 'newer');
  assert.equal(bodyOf(await worker.request(get('/a.txt'))), 'old');
  skippedMs = 1000;
  assert.equal(bodyOf(await worker.request(get('/a.txt'))), 'newer');
});
