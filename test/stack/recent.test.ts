// Of everything that is written, the events of ours are remembered, a bounded number of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminLimits } from '#config/limits';
import type { KeptLine } from '../../stack/journal.ts';
import { Recent } from '../../stack/recent.ts';

const line = (text: string, stream: KeptLine['stream'] = 'stderr'): KeptLine => ({
  at: 7,
  order: 1,
  source: 'proxy/1',
  stream,
  text,
});
const ejected =
  '{"level":"warn","time":"t","name":"proxy/1","target":"t:1","last_lines":["x"],"event":"target-ejected"}';

test('an event is kept with its facts, without what stands elsewhere', () => {
  const recent = new Recent();
  recent.hear(line(ejected));
  recent.hear(line('{"event":"child-ready","child":"waf"}', 'event'));
  assert.deepEqual(recent.events, [
    { order: 1, at: 7, source: 'proxy/1', event: 'target-ejected', level: 'warn', facts: { target: 't:1' } },
    { order: 2, at: 7, source: 'proxy/1', event: 'child-ready', level: 'info', facts: { child: 'waf' } },
  ]);
});

test('access lines, prose, cut lines and events of others are not', () => {
  const recent = new Recent();
  for (const text of [
    '{"status":200}',
    'hello',
    ejected.slice(0, 60),
    '{"event":"theirs"}',
    '{"event":"toString"}',
    '{"event":7}',
    '{}',
  ])
    recent.hear(line(text));
  recent.hear(line(ejected, 'stdout'));
  assert.deepEqual(recent.events, []);
});

test('the oldest go first', () => {
  const recent = new Recent();
  for (let count = 0; count < adminLimits.eventsMax + 3; count += 1) recent.hear(line(ejected));
  assert.equal(recent.events.length, adminLimits.eventsMax);
  assert.deepEqual([recent.events[0]?.order, recent.events.at(-1)?.order], [4, adminLimits.eventsMax + 3]);
});
