// Ejections with a clock as an argument: reasons, times that grow and are forgiven, and the cap.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterConnectFailure,
  afterReply,
  type EjectionRules,
  EjectionState,
  eject,
  ejectedMax,
  windowRepliesMax,
} from '../../../proxy/upstream/ejection.ts';

const rules: EjectionRules = {
  consecutive5xx: 3,
  consecutiveConnectFailures: 2,
  slowFactor: 3,
  ejectionMs: 100,
  ejectionMaxMs: 350,
  maxEjectionPercent: 50,
};

test('5xx in a row, whatever comes between them that is none', () => {
  const state = new EjectionState();
  const reasons = [500, 503, 404, 500, 502, 599].map((status) => afterReply(state, status, 1, [], rules));
  assert.deepEqual(reasons, [undefined, undefined, undefined, undefined, undefined, 'consecutive-5xx']);
  assert.equal(afterReply(state, 500, 1, [], { ...rules, consecutive5xx: 0 }), undefined);
});

test('failures to connect in a row; a reply of any kind ends the row', () => {
  const state = new EjectionState();
  assert.equal(afterConnectFailure(state, rules), undefined);
  afterReply(state, 500, 1, [], rules);
  assert.equal(afterConnectFailure(state, rules), undefined);
  assert.equal(afterConnectFailure(state, rules), 'consecutive-connect-failures');
  assert.equal(afterConnectFailure(state, { ...rules, consecutiveConnectFailures: 0 }), undefined);
});

/** The reason, if any, after one window of replies that take so long. */
function window(state: EjectionState, durationMs: number, others: readonly EjectionState[]): string | undefined {
  let reason: string | undefined;
  for (let count = 0; count < windowRepliesMax; count += 1)
    reason ??= afterReply(state, 200, durationMs, others, rules);
  return reason;
}

test('slow is slow beside the others, and never a few milliseconds', () => {
  const [one, two, three] = [new EjectionState(), new EjectionState(), new EjectionState()];
  assert.equal(window(one, 90, [two, three]), undefined, 'nobody to be compared with');
  assert.equal(window(two, 20, [one, three]), undefined);
  assert.equal(window(three, 22, [one, two]), undefined);
  assert.equal(window(one, 90, [two, three]), 'slow');
  assert.equal(window(one, 59, [two, three]), undefined);
  const quick = [1, 1].map((ms) => {
    const state = new EjectionState();
    window(state, ms, []);
    return state;
  });
  assert.equal(window(one, 19, quick), undefined);
});

test('each time is twice as long, up to a bound, and forgiven by running well', () => {
  const state = new EjectionState();
  assert.equal(eject(state, 0, rules), 100);
  assert.deepEqual([state.isOut(99), state.isOut(100)], [true, false]);
  assert.equal(eject(state, 150, rules), 200);
  assert.equal(eject(state, 351, rules), 350);
  assert.equal(eject(state, 701, rules), 350);
  assert.equal(eject(state, 1051 + 300, rules), 200, 'three steps forgiven of four');
  assert.equal(eject(state, 100_000, rules), 100);
});

test('never all, whatever the share', () => {
  const most = (count: number, maxEjectionPercent: number) => ejectedMax(count, { ...rules, maxEjectionPercent });
  assert.deepEqual(
    [most(1, 100), most(2, 50), most(3, 50), most(3, 100), most(10, 33), most(5, 0)],
    [0, 1, 1, 2, 3, 0],
  );
});

test('another process goes on with it, by its own clock', () => {
  const state = new EjectionState();
  eject(state, 1000, rules);
  eject(state, 1150, rules); // out until 1350
  const next = new EjectionState();
  next.goOnFrom(state.remembered(1300), 50_000);
  assert.deepEqual([next.isOut(50_049), next.isOut(50_050)], [true, false]);
  assert.equal(eject(next, 50_060, rules), 350, 'the third time');
  const never = new EjectionState();
  never.goOnFrom(new EjectionState().remembered(5), 9);
  assert.equal(eject(never, 10, rules), 100);
});
