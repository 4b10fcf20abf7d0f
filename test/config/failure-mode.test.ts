// Who says what happens without an answer: the filter before the agent before the route.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureModeOf, strictestFailureMode } from '#config/failure-mode';
import { configOf } from '../support/config.ts';

const route = (failureMode?: 'open' | 'closed') => ({ policies: { failureMode } });

test('the filter comes before the agent, the agent before the route', () => {
  const [open, closed, silent] = [
    { failureMode: 'open' },
    { failureMode: 'closed' },
    { failureMode: undefined },
  ] as const;
  assert.deepEqual(failureModeOf(open, closed, route('closed')), { mode: 'open', from: 'filter' });
  assert.deepEqual(failureModeOf(silent, closed, route('open')), { mode: 'closed', from: 'agent' });
  assert.deepEqual(failureModeOf(silent, silent, route('open')), { mode: 'open', from: 'route' });
  assert.equal(failureModeOf(silent, silent, route()), undefined);
});

test('an agent that one route cannot do without is one that must run', () => {
  const config = (modes: readonly [string, string]) => {
    const routes = modes.map(
      (mode, index) =>
        `route "r${index}" { matches { path "/${index}" }; builtin-handler "status"; filters "f"; policies { failure-mode "${mode}" } }`,
    );
    const text = `routes { ${routes.join('; ')} }\nagents { agent "a" { transport { unix-socket "s" }; events "log" } }\nfilters { filter "f" { agent "a" } }`;
    return configOf(text).config;
  };
  for (const [modes, expected] of [
    [['open', 'closed'], 'closed'],
    [['open', 'open'], 'open'],
  ] as const) {
    const written = config(modes);
    const [agent] = written.agents;
    assert(agent !== undefined);
    assert.equal(strictestFailureMode(written, agent), expected);
  }
});
