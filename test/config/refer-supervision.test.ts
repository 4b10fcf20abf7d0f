// Agents that wait for each other are refused, once, with the way round.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';

function problems(...after: Array<[name: string, after: string]>): string[] {
  const agents = after.map(
    ([name, others]) =>
      `agent "${name}" { use "echo"; transport { unix-socket "${name}" }; events "request-headers"; failure-mode "open"; ${others} }`,
  );
  const text = `listeners { listener "a" { address "127.0.0.1:0" } }
    routes { route "r" { builtin-handler "status" } }
    agents {
      ${agents.join('\n')}
    }`;
  return loadText('test.kdl', text)
    .problems.filter(({ code }) => code !== 'config-unused')
    .map(({ code, what, place }) => `${place?.line} ${code} ${what}`);
}

test('a line is no circle', () => {
  assert.deepEqual(problems(['a', 'after "b"'], ['b', 'after "c"'], ['c', '']), []);
  assert.deepEqual(problems(['a', 'after "b" "c"'], ['b', 'after "c"'], ['c', '']), []);
});

test('two, three, and one after itself', () => {
  assert.deepEqual(problems(['a', 'after "b"'], ['b', 'after "a"']), [
    '4 config-conflict agents wait for each other: "a" after "b" after "a"',
  ]);
  assert.deepEqual(problems(['x', 'after "b"'], ['b', 'after "c"'], ['c', 'after "d"'], ['d', 'after "b"']), [
    '5 config-conflict agents wait for each other: "b" after "c" after "d" after "b"',
  ]);
  assert.deepEqual(problems(['a', 'after "a"']), ['4 config-conflict agents wait for each other: "a" after "a"']);
});
