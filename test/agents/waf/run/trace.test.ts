// A trace keeps what it is told until it is full, and says when it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Trace } from '../../../../agents/waf/run/trace.ts';
import { wafRunLimits } from '../../../../config/limits-waf-run.ts';

test('events in order, and no more than the bound', () => {
  const trace = new Trace();
  trace.add({ kind: 'phase', phase: 1 });
  trace.add({ kind: 'rule', id: 1, phase: 1 });
  assert.deepEqual(
    trace.events.map(({ kind }) => kind),
    ['phase', 'rule'],
  );
  for (let count = trace.events.length; count <= wafRunLimits.traceEventsMax; count += 1)
    trace.add({ kind: 'phase', phase: 2 });
  assert.deepEqual([trace.events.length, trace.isCut], [wafRunLimits.traceEventsMax, true]);
});
