// Facts in words, and as events of the log.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exit, Fact } from '../../stack/state.ts';
import { asEvent, type ChildExited, endWords, exitWords, startFailureComplaint, timeWords } from '../../stack/words.ts';

const exit: Exit = { code: 1, signal: null, killed: false, notStarted: undefined };
const killed: Exit = { ...exit, code: null, signal: 'SIGKILL' };
const ended: ChildExited = {
  type: 'child-exited',
  child: 'waf',
  exit,
  problem: undefined,
  uptimeMs: 0,
  slowMs: undefined,
  silentMs: undefined,
  verdict: { next: 'restart', delayMs: 200 },
  failureMode: 'open',
};

test('times as people say them', () => {
  const said = [0, 41.4, 999, 1000, 1240, 9990, 45_000, 200_000, 11_040_000, 273_600_000].map(timeWords);
  assert.deepEqual(said, ['0 ms', '41 ms', '999 ms', '1 s', '1.2 s', '10 s', '45 s', '3 min', '3 h 4 min', '3 d 4 h']);
});

test('how a child ended', () => {
  assert.equal(endWords(exit), 'exit 1');
  assert.equal(endWords(killed), 'killed by SIGKILL');
  assert.equal(endWords({ ...killed, killed: true }), 'did not stop and was killed');
  assert.equal(
    endWords({ ...exit, code: null, notStarted: 'spawn /x ENOENT' }),
    'could not be started: spawn /x ENOENT',
  );
  assert.equal(endWords(exit, { code: 'agent-bad', what: 'no rules' }), 'no rules [agent-bad]');
});

test('and what comes next', () => {
  assert.equal(
    exitWords({ ...ended, exit: killed, uptimeMs: 3000 }),
    'killed by SIGKILL after 3 s; next try in 200 ms',
  );
  assert.equal(exitWords({ ...ended, slowMs: 500 }), 'not ready after 500 ms; next try in 200 ms');
  assert.equal(
    exitWords({ ...ended, verdict: { next: 'failed', delayMs: 60_000 } }),
    'exit 1; it ended too often; next try in 1 min',
  );
  assert.equal(
    exitWords({ ...ended, verdict: { next: 'leave' } }),
    'exit 1; it stays down, as its restart-policy says',
  );
  assert.equal(exitWords({ ...ended, verdict: undefined }), 'exit 1');
});

test('why a start failed: who, what, what to do, and what it wrote', () => {
  const late = { child: 'waf', kind: 'agent', exit: undefined, problem: undefined, afterMs: 10_000 } as const;
  assert.deepEqual(startFailureComplaint(late, ['waiting']), {
    code: 'agent-not-ready',
    what: 'agent "waf" did not come up: was not ready after 10 s',
    lines: ['waiting'],
    hint: 'it is fail-closed, so nothing starts without it: mend it, give it more time with --startup-timeout, or choose failure-mode "open"',
  });
  const crashed = startFailureComplaint({ ...late, exit, afterMs: undefined }, []);
  assert.equal(crashed.what, 'agent "waf" did not come up: exit 1');
  assert.doesNotMatch(crashed.hint ?? '', /startup-timeout/);
  const said = {
    ...late,
    child: 'proxy/1',
    kind: 'worker',
    exit,
    problem: { code: 'listen-address-in-use', what: 'taken' },
  } as const;
  assert.partialDeepStrictEqual(startFailureComplaint(said, []), {
    code: 'listen-address-in-use',
    what: 'proxy/1 cannot start: taken',
  });
  const unknown = { ...said, problem: { code: 'anything', what: 'taken' } };
  assert.equal(startFailureComplaint(unknown, []).code, 'proxy-not-ready');
});

test('an exit is one event, with all facts', () => {
  assert.deepEqual(asEvent({ ...ended, exit: killed, uptimeMs: 3000 }, ['last']), {
    level: 'warn',
    event: 'child-exited',
    facts: {
      child: 'waf',
      code: null,
      signal: 'SIGKILL',
      problem: undefined,
      uptime_ms: 3000,
      next: 'restart',
      next_ms: 200,
      last_lines: ['last'],
    },
  });
  assert.equal(asEvent({ ...ended, verdict: { next: 'failed', delayMs: 1 } }, [])?.event, 'child-failed');
});

test('the other facts as events', () => {
  const facts: Fact[] = [
    { type: 'child-ready', child: 'waf', detail: '3 lists', ms: 12.3, again: false },
    { type: 'stack-ready', listening: { http: ['127.0.0.1:1'] }, missing: ['log'], ms: 99.9 },
    { type: 'stack-stopping', reason: 'SIGINT', hurried: false },
    { type: 'stack-stopped', ms: 5, killed: [], connections: 2, cut: 0 },
    { type: 'child-missing', child: 'log' },
  ];
  assert.deepEqual(
    facts.map((fact) => asEvent(fact, [])).map((event) => event && [event.event, event.facts]),
    [
      ['child-ready', { child: 'waf', detail: '3 lists', ready_ms: 12 }],
      ['stack-ready', { listening: { http: ['127.0.0.1:1'] }, missing: ['log'], ready_ms: 100 }],
      ['stack-stopping', { reason: 'SIGINT', hurried: false }],
      ['stack-stopped', { stop_ms: 5, connections_closed: 2, requests_cut: 0, killed: [] }],
      undefined,
    ],
  );
});
