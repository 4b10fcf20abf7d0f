// What agents and challenges are without a word about them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, expectProblems } from '../support/config.ts';

const agent = (more = '') =>
  `routes { route "r" { builtin-handler "status"; filters "f" } }\nagents { agent "a" { transport { unix-socket "s" }; failure-mode "open"; events "request-body"; ${more} } }\nfilters { filter "f" { agent "a" } }`;

test('the defaults are the careful ones', () => {
  const { config } = configOf(agent());
  const [one] = config.agents;
  assert.deepEqual(one?.bodyHandling, {
    mode: 'buffer',
    maxBytes: 1024 * 1024,
    contentTypes: [],
    onTooLarge: 'refuse',
  });
  assert.equal(one?.circuitBreaker, undefined);
  assert.deepEqual([one?.allowUpstreams, one?.allowRoutes], [[], []]);
  assert.deepEqual(config.challenge, { kind: 'cookie', difficultyBits: 16, validMs: 3_600_000 });
});

test('media types and names are checked', () => {
  const listener = 'listeners { listener "h" { address "127.0.0.1:0" } }\n';
  expectProblems(listener + agent('body-handling { content-types "json" }'), [`3:127 config-bad-value '"json"'`]);
  expectProblems(listener + agent('allow-upstreams "nowhere"'), [`3:113 config-unknown-name '"nowhere"'`]);
});
