// The worked example of docs/routing.md is true: each request of its table goes to the route that the table says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { requestOf, tableOf } from '../proxy/request/routes.ts';

const page = readFileSync('docs/routing.md', 'utf8');

test('the first table of routes does what the page says', () => {
  const [, kdl = ''] = /```kdl\n([\s\S]*?)```/.exec(page) ?? [];
  const used = [...new Set([...kdl.matchAll(/upstream "([\w-]+)"/g)].map(([, name]) => name))];
  const upstreams = used.map((name) => `upstream "${name}" { target "127.0.0.1:1" }`).join('\n');
  const loaded = loadText('routing.md', `${kdl}\nupstreams { ${upstreams} }`);
  assert(loaded.ok && loaded.problems.length === 0);
  const table = tableOf(loaded.config.routes);
  const rows = [...page.matchAll(/^\| `([a-z.]+\.example)(\/\S*)`(?: with `([^`]+)`)? \| ([\w-]+) \|/gm)];
  assert.equal(rows.length, 7);
  for (const [row, host = '', target = '', line, route] of rows) {
    const request = requestOf({ host, target, lines: line === undefined ? [] : [line] });
    assert.equal(table.match(request)?.name, route, row);
  }
});
