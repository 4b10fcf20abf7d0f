// Routing metadata as agents in the field write it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noRouting } from '#protocol/message';
import { readRouting, writeRouting } from '#protocol/routing-json';

test('names, tags in a list or with commas, and what has no meaning', () => {
  const routing = readRouting.parse({ upstream_override: 'b', route_override: '', tags: 'a,b', other: 5 });
  assert.deepEqual(routing, { ...noRouting, upstreamOverride: 'b', tags: ['a', 'b'] });
  assert.deepEqual(readRouting.parse({ tags: ['x,y'] }).tags, ['x,y']);
  for (const none of [undefined, null, {}]) assert.deepEqual(readRouting.parse(none), noRouting);
});

test('what a guardrail found is JSON in a text', () => {
  const text = '{"detected":true,"detections":[{"category":"c","description":"d","severity":"low"}]}';
  const { guardrail } = readRouting.parse({ guardrail_response: text });
  assert.equal(guardrail?.confidence, 1);
  assert.equal(guardrail?.detections[0]?.severity, 'low');
  const written = writeRouting({ ...noRouting, guardrail });
  assert.deepEqual(readRouting.parse(written).guardrail, guardrail);
  for (const bad of ['{', '{"detected":"yes"}', '5'])
    assert.equal(readRouting.safeParse({ guardrail_response: bad }).success, false);
});
