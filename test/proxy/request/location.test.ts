// The Location that is built, and that no request can make it lead elsewhere or end its line.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Redirect, type Redirected } from '../../../proxy/request/location.ts';
import { normalizePath } from '../../../proxy/request/normal-path.ts';
import { expectProblems } from '../../support/config.ts';

const asked = (target: string, host = 'shop.example'): Redirected => {
  const path = normalizePath(target.split('?', 1)[0] ?? '');
  assert(path.ok, target);
  return { host, path: path.path, target };
};
const locationOf = (to: string, request: Redirected): string | undefined =>
  new Redirect({ to, status: 302 }).locationFor(request);

const rows: ReadonlyArray<readonly [to: string, request: Redirected, wanted: string | undefined]> = [
  ['https://{host}{path}{query}', asked('/a?b=c'), 'https://shop.example/a?b=c'],
  ['https://{host}{path}{query}', asked('/a'), 'https://shop.example/a'],
  ['https://{host}{path}{query}', asked('/a?'), 'https://shop.example/a'],
  ['https://{host}{path}', asked('/a?b=c'), 'https://shop.example/a'],
  ['https://{host}:8443/x', asked('/', '[::1]'), 'https://[::1]:8443/x'],
  ['https://{host}/', asked('/', ''), undefined],
  ['/new{path}', asked('/a'), '/new/a'],
  ['/search?from=old{query}', asked('/a?b=c'), '/search?from=old&b=c'],
  ['{path}', asked('//evil.example/x'), '/evil.example/x'],
  ['{path}', asked('/%2e//evil.example'), '/evil.example'],
  ['/{path}', asked('/evil.example'), '/evil.example'],
  ['/{path}', asked('///evil.example'), '/evil.example'],
  ['{path}', asked('/%5F%2Fevil'), '/_%2Fevil'],
  ['{path}{query}', asked('/{a}|"?<b>\\^`'), '/%7Ba%7D%7C%22?%3Cb%3E%5C%5E%60'],
  ['{path}{query}', asked('/a?x=%zz%0d%0aSet-Cookie:y'), '/a?x=%25zz%0d%0aSet-Cookie:y'],
  ['https://{host}{path}', asked('*'), 'https://shop.example/'],
];

for (const [to, request, wanted] of rows)
  test(`${to} of ${request.target} is ${wanted}`, () => assert.equal(locationOf(to, request), wanted));

test('random requests: the host is the one of the template or of the request, and the line is one line', () => {
  const part = fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '%2F',
    '%5c',
    'evil.example',
    '@',
    ':',
    '%0d%0a',
    '?',
    '{host}',
    '"',
  );
  const target = fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join('')}`);
  const templates = [
    '{path}{query}',
    '/{path}',
    '/x{path}{query}',
    'https://{host}{path}{query}',
    'http://a.example{path}',
  ];
  fc.assert(
    fc.property(target, fc.constantFrom(...templates), (written, to) => {
      if (!normalizePath(written.split('?', 1)[0] ?? '').ok) return;
      const location = locationOf(to, asked(written)) ?? '';
      assert.match(location, /^[\x21-\x7e]+$/);
      const { host } = new URL(location, 'https://shop.example');
      assert.equal(host, to.startsWith('http:') ? 'a.example' : 'shop.example', `${written} -> ${location}`);
    }),
    { numRuns: 2000 },
  );
});

test('templates that could lead anywhere are refused', () => {
  const text = (to: string) =>
    `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "a" { redirect { to ${JSON.stringify(to)} } } }`;
  const good = ['/', '/a?b', '{path}', 'https://{host}', 'https://www.{host}{path}', 'http://a.example:80/x{query}'];
  for (const to of good) expectProblems(text(to), []);
  const paths = ['//evil', '/a b', '/{foo}', '/\\x', '/a\r\nb', '{host}', '{query}'];
  for (const to of [...paths, 'https://{path}', 'https:///x', 'javascript:x', 'ftp://x'])
    expectProblems(text(to), [`2:36 config-bad-value '${JSON.stringify(to)}'`]);
});
