// Conditions one by one: what they look at, and in which spelling.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asked, requestOf, routesOf, tableOf } from './routes.ts';

const holds = (matches: string, asked: Asked): boolean =>
  tableOf(routesOf(`route "r" { builtin-handler "status"; matches { ${matches} } }`)).match(requestOf(asked)) !==
  undefined;

const rows: ReadonlyArray<readonly [matches: string, asked: Asked, holds: boolean]> = [
  ['header "X-Beta"', { lines: ['x-beta:'] }, true],
  ['header "X-Beta"', { lines: ['X_Beta: 1'] }, false],
  ['header "X-Beta" "1"', { lines: ['X-BETA:  1  '] }, true],
  ['header "X-Beta" "1"', { lines: ['X-Beta: 2', 'X-Beta: 1'] }, true],
  ['header "X-Beta" "1"', { lines: ['X-Beta: 1, 2'] }, false],
  ['header "X-Beta" "1" "2"', { lines: ['X-Beta: 2'] }, true],
  ['header "X-Beta" value="1"', { lines: ['X-Beta: 1'] }, true],
  ['header "X-Beta" { value "1" "2" }', { lines: ['X-Beta: 2'] }, true],
  ['header "X-Beta" regex="^v2"', { lines: ['X-Beta: v2.1'] }, true],
  ['header "X-Beta" regex="^v2"', { lines: ['X-Beta: v1'] }, false],
  ['header "X-Beta" "a" regex="^v2"', { lines: ['X-Beta: a'] }, true],
  ['header "X-Beta" ""', { lines: ['X-Beta: a'] }, false],
  ['header "X-Beta" "1"; header "x-beta" "2"', { lines: ['X-Beta: 2'] }, true],
  ['header "A"; header "B"', { lines: ['A: 1'] }, false],
  ['header "A"; header "B"', { lines: ['B: 1', 'A: 1'] }, true],
  ['query-param "q"', { target: '/?x&q' }, true],
  ['query-param "q"', { target: '/q?x=q' }, false],
  ['query-param "q" "a b"', { target: '/?q=a+b' }, true],
  ['query-param "q" "é"', { target: '/?q=%c3%a9' }, true],
  ['query-param "q" regex="^[0-9]+$"', { target: '/?q=x&q=42' }, true],
  ['query-param "q" "1"; query-param "p" "1"', { target: '/?q=1&p=2' }, false],
  ['source "192.0.2.0/24"', { ip: '192.0.2.255' }, true],
  ['source "192.0.2.0/24" "2001:db8::/32"', { ip: '2001:db8::5' }, true],
  ['source "192.0.2.0/24"', { ip: 'unix' }, false],
  ['host-regex "^shop-[0-9]+[.]example$"', { host: 'SHOP-7.example:8080' }, true],
  ['host-regex "^shop-[0-9]+[.]example$"', { host: 'shop-x.example' }, false],
  ['host "a" "b"; host-regex "^b"', { host: 'a' }, false],
  ['host "*.a"; host-regex "^b"', { host: 'b.a' }, true],
  ['path-prefix "/a"; path-regex "z$"', { target: '/a/z' }, true],
  ['path-prefix "/a"; path-regex "z$"', { target: '/b/z' }, false],
];

for (const [matches, asked, wanted] of rows) {
  test(`${matches} ${wanted ? 'holds' : 'does not hold'} for ${JSON.stringify(asked)}`, () => {
    if (matches.endsWith('""')) return assert.throws(() => holds(matches, asked)); // an empty value is refused
    assert.equal(holds(matches, asked), wanted);
  });
}

test('ten thousand tenants on one host: each finds its route, and the order among those of one value holds', () => {
  const tenants = Array.from({ length: 10_000 }, (_, index) => `t${index}`);
  const [base] = routesOf('route "r" { builtin-handler "status"; matches { header "X-Tenant" "x" } }');
  assert(base !== undefined);
  const of = (name: string, value: string, method: string[] = []) => ({
    ...base,
    name,
    matches: { ...base.matches, method, header: [{ name: 'X-Tenant', value: [value], regex: undefined }] },
  });
  const table = tableOf([...tenants.map((one) => of(one, one)), of('put', 't7', ['PUT'])]);
  const find = (lines: string[], method = 'GET') => table.match(requestOf({ lines, method }))?.name;
  assert.equal(find(['X-Tenant: t0']), 't0');
  assert.equal(find(['x-tenant: t9999']), 't9999');
  assert.equal(find(['X-Tenant: t7'], 'PUT'), 'put');
  assert.equal(find(['X-Tenant: t9', 'X-Tenant: t3']), 't3');
  assert.equal(find(['X-Tenant: nobody']), undefined);
});
