// A call is settled once; its signal is true whenever it is asked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { plainAllow } from '#protocol/message';
import { type Answer, Call, Fault } from '../../agents/host-call.ts';

const log = createLogger('test', 'error', { write: () => undefined });

test('only the first answer counts', () => {
  const answers: Answer[] = [];
  const call = new Call(log, (answer) => void answers.push(answer));
  call.settle(plainAllow);
  call.settle(new Fault('late'));
  assert.deepEqual(answers, [plainAllow]);
  assert.equal(call.settled, true);
});

test('a signal asked for after the abort is aborted, too', () => {
  const early = new Call(log, () => undefined);
  const { signal } = early;
  early.abort('timeout');
  assert.deepEqual([signal.aborted, signal.reason], [true, 'timeout']);
  const late = new Call(log, () => undefined);
  late.abort('client_disconnect');
  assert.equal(late.signal.reason, 'client_disconnect');
});
