// What would be asked: groups, phases, failure modes with who stated them, deadlines, media types.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedOf, bodyTermsOf } from '../../../proxy/agents/plan.ts';
import { agentsOf, configOf } from './support.ts';

const kdl = `agents {
    agent "a" { transport { unix-socket "a" }; events "request-headers" "request-body"; failure-mode "closed"; timeout-ms 50; event-timeouts { request-body 100 }; body-handling { content-types "application/json" } }
    agent "b" { transport { unix-socket "b" }; events "request-headers"; failure-mode "open" }
    agent "c" { transport { unix-socket "c" }; events "request-body" "log"; failure-mode "open"; body-handling { mode "stream" } }
  }
  filters { filter "1" { agent "a" }; filter "2" { agent "b"; parallel #true; failure-mode "closed" }; filter "3" { agent "c"; parallel #true } }`;

test('each event lists who is asked, together with whom, and what holds without an answer', () => {
  using asking = agentsOf(configOf(kdl, '"1" "2" "3"'));
  const plan = asking.agents.planFor('asked');
  assert(plan !== undefined);
  const lines = askedOf(plan, { contentType: 'text/plain' }).map((one) =>
    `${one.event} ${one.together} ${one.agent} ${one.failureMode} by ${one.failureModeFrom} ${one.timeoutMs} ${one.unless ?? ''}`.trim(),
  );
  assert.deepEqual(lines, [
    'request-headers 0 a closed by agent 50',
    'request-headers 1 b closed by filter 100',
    'request-body 0 a closed by agent 100 its media type is not among content-types',
    'request-body 1 c open by agent 100',
    'log 0 c open by agent 100',
  ]);
  assert.equal(
    askedOf(plan, undefined).find(({ agent, event }) => agent === 'c' && event === 'request-body')?.unless,
    'the request has no body',
  );
});

test('neighbours that say parallel are one group', () => {
  using asking = agentsOf(
    configOf(
      kdl
        .replace('events "request-body" "log"', 'events "request-headers"')
        .replace(' body-handling { mode "stream" }', ''),
      '"1" "2" "3"',
    ),
  );
  const groups = asking.agents.planFor('asked')?.groups['request-headers'] ?? [];
  assert.deepEqual(
    groups.map((group) => group.map(({ agent }) => agent.name)),
    [['a'], ['b', 'c']],
  );
});

test('who wants a body decides how it is held', () => {
  using asking = agentsOf(configOf(kdl, '"1" "2" "3"'));
  const groups = asking.agents.planFor('asked')?.groups['request-body'] ?? [];
  const json = bodyTermsOf(groups, 'application/json; charset=utf-8');
  assert.deepEqual([json?.mode, json?.groups.length, json?.onTooLarge], ['buffer', 2, 'refuse']);
  const other = bodyTermsOf(groups, undefined);
  assert.deepEqual([other?.mode, other?.groups.length], ['stream', 1]);
  assert.equal(bodyTermsOf(groups.slice(0, 1), 'text/plain'), undefined);
});
