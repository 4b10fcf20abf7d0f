// Rewrites: what is made of a path, and that nothing made is ever more than our own parser takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { messageLimits } from '#config/limits';
import { normalizePath } from '../../../proxy/request/normal-path.ts';
import { Rewrite } from '../../../proxy/request/rewrite.ts';
import { answerEach, requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { readRequest } from '../../support/http1.ts';
import { statusOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

type Rules = ConstructorParameters<typeof Rewrite>[0];

const made = (rules: Rules, path: string): string => {
  const normalized = new Rewrite(rules).path(path);
  return normalized.ok ? normalized.path : normalized.fault;
};

const rows: ReadonlyArray<readonly [rules: Rules, path: string, wanted: string]> = [
  [{ stripPrefix: '/api' }, '/api/v1', '/v1'],
  [{ stripPrefix: '/api' }, '/api', '/'],
  [{ stripPrefix: '/api' }, '/api/', '/'],
  [{ stripPrefix: '/api' }, '/apis/x', '/apis/x'],
  [{ stripPrefix: '/api' }, '/api//evil.example/x', '/evil.example/x'],
  [{ stripPrefix: '/api' }, '*', '*'],
  [{ addPrefix: '/v2' }, '/x', '/v2/x'],
  [{ addPrefix: '/v2' }, '/', '/v2/'],
  [{ stripPrefix: '/v1', addPrefix: '/v2' }, '/v1/x', '/v2/x'],
  [{ pathRegex: '^/old/(.*)$', to: '/new/$1' }, '/old/a/b', '/new/a/b'],
  [{ pathRegex: '^/old/(.*)$', to: '/new/$1' }, '/older/a', '/older/a'],
  [{ pathRegex: '^/(\\w+)/(\\w+)', to: '/$2/$1' }, '/a/b/c', '/b/a/c'],
  [{ pathRegex: 'b', to: '$$1' }, '/abc', '/a$1c'],
  [{ pathRegex: '(x)|a', to: '/q$1' }, '/a', '/q'],
  [{ stripPrefix: '/api', pathRegex: '^/v1', to: '/v2', addPrefix: '/in' }, '/api/v1/x', '/in/v2/x'],
  [{ pathRegex: '^/(.*)$', to: '$1' }, '/evil.example', '/evil.example'],
  [{ pathRegex: '^/a(.*)$', to: '$1' }, '/a//evil.example', '/evil.example'],
  [{ pathRegex: '^/(..)', to: '/$1' }, '/%2Fa', '/%2Fa'],
  [{ pathRegex: '^/(..).', to: '/$1' }, '/%2Fz', '/%252z'],
  [{ pathRegex: 'x', to: 'é ?#' }, '/x', '/%C3%A9%20%3F%23'],
  [{ pathRegex: 'x', to: '..' }, '/a/x/b', '/b'],
  [{ pathRegex: 'x', to: '..' }, '/x', 'path-above-root'],
  [{ pathRegex: 'x', to: '..' }, '/a/x//b', '/b'],
  [{ pathRegex: 'x', to: '..;' }, '/x', 'bad-path'],
  [{ pathRegex: 'x', to: '\\' }, '/x', 'bad-path'],
];

for (const [rules, path, wanted] of rows)
  test(`${JSON.stringify(rules)} makes ${wanted} of ${path}`, () => assert.equal(made(rules, path), wanted));

test('random paths and rules: what is made is what our parser takes, in normal form, and no host', () => {
  const part = fc.constantFrom('/', 'a', '%2F', '%41', '..', '.', ';', '{', 'api', '%', '$1', 'é', '?', ' ', '\\');
  const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, text, (path, to, prefix) => {
      const normalized = normalizePath(`/${path.replaceAll(/[^\x21-\x7e]|[?]/g, '')}`);
      if (!normalized.ok) return;
      const rewrite = new Rewrite({ stripPrefix: '/api', pathRegex: '^(/?)(.)', to, addPrefix: `/${prefix}` });
      const rewritten = rewrite.path(normalized.path);
      if (!rewritten.ok) return;
      assert.deepEqual(normalizePath(rewritten.path), rewritten);
      assert(!rewritten.path.startsWith('//'), rewritten.path);
      const read = readRequest(Buffer.from(`GET ${rewritten.path}?q HTTP/1.1\r\nHost: a\r\n\r\n`, 'latin1'));
      assert.equal(read.kind, 'whole', rewritten.path);
    }),
    { numRuns: 1000 },
  );
});

const rewriting = (upstream: Upstream, rules: string) =>
  TestWorker.forwarding(upstream, { route: `rewrite { ${rules} }` });
const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: shop.example\r\n\r\n`;

test('forwarded is the rewritten path with the query as it came; the line says what the client asked for', async () => {
  await using upstream = await Upstream.start();
  await using worker = await rewriting(upstream, 'strip-prefix "/api"; host "backend.internal:8080"');
  for (const target of ['/api/%61/../b?x={1}&y=%zz', '/%61pi?q', '/other//x']) await worker.request(get(target));
  assert.deepEqual(
    requestsIn(upstream.bytes).map(({ head }) => head.split('\r\n').slice(0, 2)),
    [
      ['GET /b?x={1}&y=%zz HTTP/1.1', 'Host: backend.internal:8080'],
      ['GET /?q HTTP/1.1', 'Host: backend.internal:8080'],
      ['GET /other//x HTTP/1.1', 'Host: backend.internal:8080'],
    ],
  );
  assert.match(upstream.bytes, /X-Forwarded-Host: shop\.example\r\n/);
  const [line] = await worker.lines(3);
  assert.deepEqual([line?.path, line?.query], ['/api/%61/../b', 'x={1}&y=%zz']);
});

test('what cannot be forwarded is refused before anything is sent', async () => {
  await using upstream = await Upstream.start(answerEach());
  await using long = await rewriting(upstream, 'path-regex "^(.*)$"; to "/$1$1$1"');
  assert.equal(statusOf(await long.request(get(`/${'a'.repeat(messageLimits.requestLineBytesMax / 3)}`))), 414);
  assert.equal(statusOf(await long.request(get('/short'))), 200);
  await using above = await rewriting(upstream, 'path-regex "x"; to ".."');
  assert.equal(statusOf(await above.request(get('/x'))), 400);
  const [line] = await above.lines(1);
  assert.deepEqual([line?.refusal, line?.error], ['head-malformed', 'rewritten: path-above-root']);
  assert.equal(requestsIn(upstream.bytes).length, 1);
});
