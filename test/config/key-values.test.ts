// Values of keys without keys of their own: what maps refuse, and whence each value came.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, expectHints } from '../support/config.ts';

const listener = 'listeners { listener "test" { address "127.0.0.1:0" } }\n';
const status = 'builtin-handler "status"';

const refused: ReadonlyArray<readonly [title: string, text: string, problems: readonly string[]]> = [
  [
    'a header twice',
    `routes { route "a" { ${status}; policies { request-headers { set { X-A "1"; X-A "2" } } } } }`,
    ["2:92 config-duplicate-key 'X-A' -> keep one of them"],
  ],
  [
    'a header that frames messages',
    `routes { route "a" { ${status}; policies { request-headers { set { Content-Length "1" } } } } }`,
    ["2:83 config-bad-value 'Content-Length'"],
  ],
  [
    'a header that objects hide',
    `routes { route "a" { ${status}; policies { request-headers { set { __proto__ "1" } } } } }`,
    ["2:83 config-bad-value '__proto__'"],
  ],
  [
    'a header value with a line end',
    `routes { route "a" { ${status}; policies { request-headers { set { X "a\\nb" } } } } }`,
    ['2:85 config-bad-value \'"a\\nb"\''],
  ],
];

for (const [title, text, problems] of refused) {
  test(`refused: ${title}`, () => expectHints(`${listener}${text}`, problems));
}

test('of a list and of a map, also one that `defaults` begin, it is noted where each value came from', () => {
  const text = `routes { defaults { policies { request-headers { set { X-A "1" } } } }
route "a" { ${status}; matches { path "/x" "/y" }; policies { request-headers { set { X-B "2" } } } } }`;
  const { config, origins } = configOf(text);
  assert.deepEqual(config.routes[0]?.matches.path, ['/x', '/y']);
  assert.deepEqual(config.routes[0]?.policies.requestHeaders.set, { 'X-A': '1', 'X-B': '2' });
  const whence = (path: string) => {
    const { kind, at } = origins.get(path);
    return `${kind} ${at?.source.text.slice(at.start, at.end)}`;
  };
  assert.equal(whence('routes.0.matches.path.1'), 'file "/y"');
  assert.equal(whence('routes.0.policies.requestHeaders.set.X-A'), 'defaults "1"');
  assert.equal(whence('routes.0.policies.requestHeaders.set.X-B'), 'file "2"');
});
