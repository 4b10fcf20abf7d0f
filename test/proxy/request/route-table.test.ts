// Which of several routes the table finds; that it is the one a plain reading of all finds is the process test's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asked, lineOf as line, requestOf, tableOfMatches as tableOf } from './routes.ts';

const find = (table: ReturnType<typeof tableOf>, host: string, target: string, method: string, more: Asked = {}) =>
  table.match(requestOf({ host, target, method, ...more }))?.name;

test('specificity: exact path, expression, longest prefix, any; exact host, wildcard, any; method; place', () => {
  const table = tableOf([
    {},
    { pathPrefix: ['/a'] },
    { pathPrefix: ['/a/b'] },
    { pathRegex: ['^/a/b/.'] },
    { path: ['/a/b/c'] },
    { pathPrefix: ['/a'], host: ['x.example'] },
    { pathPrefix: ['/a'], host: ['*.example'] },
    { pathPrefix: ['/a'], method: ['PUT'] },
    { pathPrefix: ['/a'] },
    { priority: 60, path: ['/first'] },
    { priority: 70, pathPrefix: ['/fir'] },
    { priority: 70, pathPrefix: ['/'], method: ['TOP'] },
  ]);
  const rows = [
    ['h', '/', 'GET', '0'],
    ['h', '/a', 'GET', '1'],
    ['h', '/ab', 'GET', '0'],
    ['h', '/a/b', 'GET', '2'],
    ['h', '/a/b/d', 'GET', '3'],
    ['h', '/a/b/c', 'GET', '4'],
    ['x.example', '/a/x', 'GET', '5'],
    ['y.x.example', '/a/x', 'GET', '6'],
    ['example', '/a/x', 'GET', '1'],
    ['h', '/a/x', 'PUT', '7'],
    ['h', '/first', 'GET', '9'],
    ['h', '/fir/st', 'GET', '10'],
    ['h', '/a/b/c', 'TOP', '11'],
    ['h', '*', 'OPTIONS', '0'],
  ] as const;
  for (const [host, path, method, name] of rows)
    assert.equal(find(table, host, path, method), name, `${method} ${host}${path}`);
  assert.equal(find(tableOf([{ path: ['/x'] }]), 'h', '/y', 'GET'), undefined);
});

test('specificity beyond paths: host expressions, headers, parameters, a method, a source; then the place', () => {
  const table = tableOf([
    { hostRegex: ['^h'] },
    {},
    { host: ['*.h'] },
    { source: ['10.0.0.0/8'] },
    { method: ['PUT'] },
    { queryParam: [line('q')] },
    { header: [line('X-A')] },
    { header: [line('x-a'), line('X-B')] },
    { header: [line('X-A'), line('x-A', ['2'])] },
    { header: [line('X-A', ['1'])], source: ['10.1.0.0/16'] },
    { host: ['only'], hostRegex: ['^no'] },
  ]);
  const rows: ReadonlyArray<readonly [Asked, string]> = [
    [{ host: 'host' }, '0'],
    [{ host: 'x' }, '1'],
    [{ host: 'h.h' }, '2'],
    [{ host: 'x', ip: '10.2.3.4' }, '3'],
    [{ host: 'x', ip: '10.2.3.4', method: 'PUT' }, '4'],
    [{ host: 'x', target: '/?q', method: 'PUT' }, '5'],
    [{ host: 'x', target: '/?q', lines: ['X-A: 0'] }, '6'],
    [{ host: 'x', lines: ['X-A: 1', 'x-b:'] }, '7'],
    [{ host: 'x', lines: ['X-A: 1'], ip: '10.1.0.1' }, '9'],
    [{ host: 'only' }, '1'],
  ];
  for (const [asked, name] of rows) assert.equal(table.match(requestOf(asked))?.name, name, JSON.stringify(asked));
});
