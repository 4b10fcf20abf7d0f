// Connections that are closed at a bound: one line a second at most, and none of them is lost from the count.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnedAway } from '../../proxy/turned-away.ts';

test('the first is told at once, further ones together a second later', () => {
  const lines: unknown[] = [];
  let nowMs = 5;
  const turnedAway = new TurnedAway({ warn: (event, facts) => void lines.push([event, facts]) }, () => nowMs);
  turnedAway.add('web', 'client-full', '192.0.2.1');
  for (nowMs = 100; nowMs < 1000; nowMs += 100) turnedAway.add('web', 'client-full', '192.0.2.2');
  nowMs = 1005;
  turnedAway.add('api', 'worker-full', undefined);
  assert.deepEqual(lines, [
    ['connections-refused', { listener: 'web', reason: 'client-full', client: '192.0.2.1', connections: 1 }],
    ['connections-refused', { listener: 'api', reason: 'worker-full', client: undefined, connections: 10 }],
  ]);
});
