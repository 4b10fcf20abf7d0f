// What the block stands for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { textOf } from '#config/waf';

function running(text: string) {
  const loaded = loadText('t.kdl', `listeners { listener "h" { address "127.0.0.1:0" } }\n${text}`);
  assert(loaded.ok, loaded.problems.map(({ what }) => what).join('\n'));
  return loaded;
}

test('an agent, a filter, and a place behind the other filters of every route that is looked at', () => {
  const { running: config, config: written } = running(`routes {
    route "a" { matches { path "/a" }; builtin-handler "status"; filters "f" }
    route "b" { matches { path "/b" }; builtin-handler "status"; waf { mode "off" } }
    route "c" { builtin-handler "status" } }
  agents { agent "x" { transport { unix-socket "x" }; events "log"; failure-mode "open" } }
  filters { filter "f" { agent "x" } }
  waf { body-inspection { response #true }; failure-mode "open"; timeout-ms 70; instances 2 }`);
  assert.deepEqual(
    config.routes.map(({ filters }) => filters),
    [['f', 'waf'], [], ['waf']],
  );
  assert.deepEqual(
    written.routes.map(({ filters }) => filters),
    [['f'], [], []],
  );
  assert.partialDeepStrictEqual(config.agents[1], {
    name: 'waf',
    use: 'waf',
    timeoutMs: 70,
    failureMode: 'open',
    instances: 2,
    events: ['request-headers', 'response-headers', 'response-body', 'log'],
  });
  assert.partialDeepStrictEqual(config.filters[1], { name: 'waf', agent: 'waf', phase: 'all' });
});

test('an agent of the file stays where it is, and is told', () => {
  const { running: config } = running(
    `routes { route "r" { builtin-handler "status"; filters "f" } }
  agents { agent "w" { use "waf"; transport { unix-socket "x" }; events "request-headers" "log"; failure-mode "open"; timeout-ms 9 } }
  filters { filter "f" { agent "w" } }
  waf { audit-log { path "a.log" }; rules "${import.meta.dirname}/../../agents/waf" "sentinel" }`.replace(
      /rules "[^"]*" /,
      'rules ',
    ),
  );
  assert.equal(config.agents.length, 1);
  assert.partialDeepStrictEqual(config.agents[0], {
    timeoutMs: 9,
    config: { mode: 'prevention' },
    mayWrite: ['a.log'],
  });
});

test('the text is one that a person could write', () => {
  const { config } = running('routes { route "r" { builtin-handler "status" } }\nwaf { }');
  assert(config.waf !== undefined);
  const { running: byHand } = running(
    `routes { route "r" { builtin-handler "status"; filters "waf" } }\n${textOf(config.waf).replace('"log"', '"request-body" "log"')}\nwaf { }`,
  );
  assert.equal(byHand.agents[0]?.use, 'waf');
});
