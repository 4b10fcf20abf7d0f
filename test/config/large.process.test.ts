// A configuration of the size that a large site has. In a process of its own, since it takes a second.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';

const many = (count: number, one: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => one(index)).join('\n');
const listener = 'listeners { listener "http" { address "127.0.0.1:0" } }\n';

test('ten thousand routes in a megabyte are a good configuration', () => {
  const text = `${listener}upstreams { upstream "u" { target "127.0.0.1:1" } }
routes {
${many(10_000, (index) => `  route "r${index}" { priority ${index % 3}; matches { host "h${index}.example"; path-prefix "/${index}" }; upstream "u" }`)}
}`;
  assert(text.length > 2 ** 20 * 0.9);
  const loaded = loadText('test.kdl', text);
  assert.deepEqual(loaded.problems, []);
  assert(loaded.ok);
  assert.equal(loaded.config.routes.length, 10_000);
});
