// Events in words, from facts of which any may be missing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { events } from '#config/log';
import { eventSentence } from '../../stack/event-words.ts';

const cases = [
  ['child-ready', { child: 'waf', ready_ms: 412 }, 'waf ready after 412 ms'],
  [
    'child-exited',
    { child: 'waf', code: null, signal: 'SIGKILL', next_ms: 200 },
    'waf killed by SIGKILL; next try in 200 ms',
  ],
  ['child-exited', { child: 'waf', silent_ms: 6000 }, 'waf gave no sign of life for 6 s and was killed'],
  ['child-failed', { child: 'waf', code: 1 }, 'waf exit 1; it ended too often'],
  [
    'stack-stopped',
    { stop_ms: 41, connections_closed: 2, requests_cut: 0 },
    '2 connections closed, 0 requests cut, stopped in 41 ms',
  ],
  ['reload-applied', { ms: 212, replaced: ['proxy/1'], removed: [] }, 'reload applied in 212 ms: 1 process replaced'],
  ['reload-refused', { what: 'no' }, 'reload refused: no'],
] as const;

for (const [event, facts, words] of cases) test(words, () => assert.equal(eventSentence(event, facts), words));

test('what has no sentence has none', () => assert.equal(eventSentence('toString', {}), undefined));

test('facts of any kind make a sentence', () => {
  const keys = ['child', 'code', 'signal', 'problem', 'next_ms', 'replaced', 'removed', 'ms', 'stop_ms', 'notStarted'];
  const facts = fc.dictionary(fc.constantFrom(...keys), fc.anything());
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(events)), facts, (event, some) => {
      const words = eventSentence(event, some);
      return words === undefined || words.length > 0;
    }),
  );
});
