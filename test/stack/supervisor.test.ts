// The supervisor's policy as transcripts: one story per test, no clock, no process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Event, initialState } from '../../stack/state.ts';
import { decide } from '../../stack/supervisor.ts';
import { effect } from '../support/effect.ts';
import { agent, begin, exited, planOf, playbook, ready, stop, worker } from './playbook.ts';

test('a start: agents at once, workers read their code beside them and are let go when all agents are there', () => {
  const story = playbook([agent('waf'), agent('auth'), worker(1), worker(2)])
    .tell(begin)
    .expect(
      'spawn waf',
      'schedule waf ready 10000',
      'spawn auth',
      'schedule auth ready 10000',
      'load proxy/1',
      'load proxy/2',
    )
    .tell(ready('auth'))
    .expect('cancel auth', 'tell child-ready auth')
    .tell(ready('waf'))
    .expect(
      'cancel waf',
      'tell child-ready waf',
      'let-go proxy/1',
      'schedule proxy/1 ready 10000',
      'let-go proxy/2',
      'schedule proxy/2 ready 10000',
    )
    .tell(ready('proxy/2'))
    .expect('cancel proxy/2', 'tell child-ready proxy/2')
    .tell(ready('proxy/1'))
    .expect('cancel proxy/1', 'tell child-ready proxy/1', 'tell stack-ready');
  assert.partialDeepStrictEqual(story.facts.at(-1), { listening: { http: ['127.0.0.1:8080'] } });
});

test('without agents the workers start at once', () => {
  playbook([worker(1)])
    .tell(begin)
    .expect('spawn proxy/1', 'schedule proxy/1 ready 10000');
});

test('a worker that dies is started again, and the others serve its sockets, too', () => {
  running([agent('waf'), worker(1), worker(2), worker(3)])
    .advance(600_000)
    .tell(exited('proxy/1', null))
    .expect(
      'cancel proxy/1',
      'tell child-exited proxy/1',
      'schedule proxy/1 restart 200',
      'cover 1 by proxy/2',
      'cover 1 by proxy/3',
    )
    .advance(200)
    .expect('spawn proxy/1', 'schedule proxy/1 ready 10000')
    .tell(ready('proxy/1'))
    .expect('cancel proxy/1', 'tell child-ready proxy/1');
});

test('a worker that comes up serves the sockets of those that are down, not of those that come up, too', () => {
  running([worker(1), worker(2)])
    .tell(exited('proxy/1', null), exited('proxy/2', null))
    .advance(200)
    .skip()
    .tell(exited('proxy/1', 1))
    .expect('cancel proxy/1', 'tell child-exited proxy/1', 'schedule proxy/1 restart 400')
    .tell(ready('proxy/2'))
    .expect('cancel proxy/2', 'tell child-ready proxy/2', 'cover 1 by proxy/2')
    .advance(400)
    .skip()
    .tell(ready('proxy/1'))
    .expect('cancel proxy/1', 'tell child-ready proxy/1');
});

test('delays double while a child keeps ending', () => {
  const story = running([agent('waf'), worker(1)]).advance(600_000);
  for (const delayMs of [200, 400, 800, 1600]) {
    story.tell(exited('waf', 1)).expect('cancel waf', 'tell child-exited waf', `schedule waf restart ${delayMs}`);
    story.advance(delayMs).expect('spawn waf', 'schedule waf ready 10000');
  }
});

test('an agent over max-restarts is failed, tried each minute, and comes back', () => {
  const story = running([agent('waf', { restart: { ...agent('waf').restart, restartsMax: 2 } }), worker(1)]).advance(
    600_000,
  );
  for (const delayMs of [200, 400]) story.tell(exited('waf', 1)).advance(delayMs);
  story.skip().tell(exited('waf', 1)).expect('cancel waf', 'tell child-exited waf', 'schedule waf restart 60000');
  assert.equal(story.phase('waf'), 'failed');
  story.advance(60_000).expect('spawn waf', 'schedule waf ready 10000');
  story.tell(ready('waf')).expect('cancel waf', 'tell child-ready waf');
  assert.equal(story.phase('waf'), 'ready');
});

test('a worker is never given up', () => {
  const story = running([worker(1)]);
  for (let times = 0; times < 200; times += 1) story.tell(exited('proxy/1', 1)).advance(30_000);
  assert.equal(story.phase('proxy/1'), 'starting');
});

test('a fail-closed agent that is not ready in time ends the start: exit code 3', () => {
  const story = playbook([agent('waf'), agent('log', { failureMode: 'open' }), worker(1)])
    .tell(begin, ready('log'))
    .skip()
    .advance(10_000)
    .expect('tell start-failed', 'cancel waf', 'cancel log', 'cancel proxy/1', 'close-sockets', 'stop proxy/1 0')
    .tell(exited('proxy/1', 0))
    .expect('stop waf 0', 'stop log 0')
    .tell(exited('waf', 0))
    .expect()
    .tell(exited('log', 0))
    .expect('tell stack-stopped', 'end 3');
  const failed = story.facts.find(({ type }) => type === 'start-failed');
  assert.partialDeepStrictEqual(failed, { failure: { child: 'waf', afterMs: 10_000, exit: undefined } });
});

test('a fail-closed agent may end and come up within its time; the deadline runs across its restarts', () => {
  const story = playbook([agent('waf'), worker(1)])
    .tell(begin, exited('waf', 1))
    .skip()
    .advance(200)
    .expect('spawn waf')
    .tell(exited('waf', 1))
    .expect('tell child-exited waf', 'schedule waf restart 400')
    .advance(9800)
    .tell(exited('waf', 7));
  const failed = story.facts.find(({ type }) => type === 'start-failed');
  assert.partialDeepStrictEqual(failed, { failure: { child: 'waf', afterMs: 10_000, exit: { code: 1 } } });
});

test('a fail-closed agent that is not to be restarted ends the start at once', () => {
  playbook([agent('waf', { restart: { ...agent('waf').restart, when: 'never' } }), worker(1)])
    .tell(begin)
    .skip()
    .tell(exited('waf', 2))
    .expect('tell start-failed', 'cancel waf', 'cancel proxy/1', 'close-sockets', 'stop proxy/1 0')
    .tell(exited('proxy/1', 0))
    .expect('tell stack-stopped', 'end 3');
});

test('a worker that ends while it is held back ends the start', () => {
  playbook([agent('waf'), worker(1), worker(2)])
    .tell(begin)
    .skip()
    .tell(exited('proxy/2', 1))
    .expect('tell start-failed', 'cancel waf', 'cancel proxy/1', 'cancel proxy/2', 'close-sockets', 'stop proxy/1 0')
    .tell(exited('proxy/1', 0))
    .expect('stop waf 0');
});

test('a worker that is held back is not drained: it has nothing to finish', () => {
  playbook([agent('waf'), worker(1)])
    .tell(begin)
    .skip()
    .tell(stop)
    .expect('tell stack-stopping', 'cancel waf', 'cancel proxy/1', 'close-sockets', 'stop proxy/1 0')
    .tell(exited('proxy/1', 0))
    .expect('stop waf 5000');
});

test('a fail-open agent holds nothing back: the start goes on when it ends', () => {
  playbook([agent('log', { failureMode: 'open' }), worker(1)])
    .tell(begin)
    .skip()
    .tell(exited('log', 1))
    .expect(
      'cancel log',
      'tell child-exited log',
      'tell child-missing log',
      'schedule log restart 200',
      'let-go proxy/1',
      'schedule proxy/1 ready 10000',
    )
    .tell(ready('proxy/1'))
    .expect('cancel proxy/1', 'tell child-ready proxy/1', 'tell stack-ready');
});

test('an agent that refuses its configuration ends the start, whatever its failure mode', () => {
  const story = playbook([agent('log', { failureMode: 'open' }), worker(1)])
    .tell(begin)
    .skip()
    .tell({ type: 'problem', child: 'log', code: 'agent-config', what: 'r.conf:1:1: error' }, exited('log', 2))
    .expect('tell start-failed', 'cancel log', 'cancel proxy/1', 'close-sockets', 'stop proxy/1 0')
    .tell(exited('proxy/1', 0))
    .expect('tell stack-stopped', 'end 3');
  assert.partialDeepStrictEqual(story.facts[0], { type: 'start-failed', failure: { child: 'log' } });
});

test('a fail-open agent that hangs is missing after its time, stopped, and tried again', () => {
  const story = playbook([agent('log', { failureMode: 'open', startupMs: 500 }), worker(1)])
    .tell(begin)
    .skip()
    .advance(500)
    .expect('tell child-missing log', 'stop log 0', 'let-go proxy/1', 'schedule proxy/1 ready 10000')
    .tell(ready('proxy/1'))
    .skip()
    .tell(exited('log', null, { killed: true }))
    .expect('cancel log', 'tell child-exited log', 'schedule log restart 200');
  assert.partialDeepStrictEqual(story.facts.at(-1), { type: 'child-exited', slowMs: 500 });
  assert.partialDeepStrictEqual(
    story.facts.find(({ type }) => type === 'stack-ready'),
    { missing: ['log'] },
  );
});

test('a worker that ends before it is ready ends the start, with what it said, once', () => {
  const taken = { type: 'problem', code: 'listen-address-in-use', what: 'taken' } as const;
  const story = playbook([agent('waf'), worker(1), worker(2)])
    .tell(begin, ready('waf'), { ...taken, child: 'proxy/1' }, { ...taken, child: 'proxy/2' })
    .skip()
    .tell(exited('proxy/1', 1))
    .expect('tell start-failed', 'cancel waf', 'cancel proxy/1', 'cancel proxy/2', 'close-sockets', 'stop proxy/2 0')
    .tell(exited('proxy/2', 1))
    .expect('stop waf 0')
    .tell(exited('waf', 0))
    .expect('tell stack-stopped', 'end 3');
  const failed = story.facts.find(({ type }) => type === 'start-failed');
  assert.partialDeepStrictEqual(failed, { failure: { problem: { code: 'listen-address-in-use', what: 'taken' } } });
});

test('a stop: nobody connects any more, workers drain, then agents, then the end with 0', () => {
  running([agent('waf'), worker(1), worker(2)])
    .tell(stop)
    .expect(
      'tell stack-stopping',
      'cancel waf',
      'cancel proxy/1',
      'cancel proxy/2',
      'close-sockets',
      'stop proxy/1 31000',
      'stop proxy/2 31000',
    )
    .tell(exited('proxy/2', 0))
    .expect()
    .tell(exited('proxy/1', 0))
    .expect('stop waf 5000')
    .tell(exited('waf', 0))
    .expect('tell stack-stopped', 'end 0');
});

test('what stopping cost is what the workers say, those that were replaced before left out', () => {
  const drained = (child: string, connections: number, cut: number) =>
    ({ type: 'drained', child, connections, cut }) as const;
  const story = running([worker(1), worker(2)])
    .tell(drained('proxy/1', 100, 100))
    .tell(stop, drained('proxy/1', 2, 0), drained('proxy/2', 3, 1), exited('proxy/1', 0), exited('proxy/2', 0));
  const stopped = story.facts.find(({ type }) => type === 'stack-stopped');
  assert.partialDeepStrictEqual(stopped, { connections: 5, cut: 1 });
});

test('a second stop skips the waiting, a third changes nothing', () => {
  running([agent('waf'), worker(1)])
    .tell(stop)
    .skip()
    .tell(stop)
    .expect('tell stack-stopping', 'hurry', 'stop waf 0')
    .tell(stop)
    .expect()
    .tell(exited('waf', null, { killed: true }), exited('proxy/1', null, { killed: true }))
    .expect('tell stack-stopped', 'end 5');
});

test('what had to be killed at the stop is named and is exit code 5', () => {
  const story = running([agent('waf'), worker(1)]);
  story.tell(stop, exited('proxy/1', null, { killed: true }), exited('waf', 0)).skip();
  assert.partialDeepStrictEqual(story.facts.at(-1), { type: 'stack-stopped', killed: ['proxy/1'] });
});

test('a stop in the middle of a restart starts nothing any more', () => {
  running([agent('waf'), worker(1)])
    .tell(exited('waf', 1), stop)
    .skip()
    .advance(60_000)
    .expect()
    .tell(exited('proxy/1', 0))
    .expect('tell stack-stopped', 'end 0');
});

test('a child that crashes while it is asked to stop is told of', () => {
  running([agent('waf'), worker(1)])
    .tell(stop)
    .skip()
    .tell(exited('proxy/1', 70))
    .expect('tell child-exited proxy/1', 'stop waf 5000');
});

test('a ready that comes after the child was asked to stop is not believed', () => {
  const story = playbook([agent('log', { failureMode: 'open' }), worker(1)])
    .tell(begin)
    .advance(10_000)
    .skip();
  story.tell(ready('log')).expect();
  assert.equal(story.phase('log'), 'stopping');
});

effect('agents.agent.restart-policy', () => {
  const after = (when: 'always' | 'on-failure' | 'never', code: number) => {
    const story = running([agent('waf', { restart: { ...agent('waf').restart, when } }), worker(1)]);
    return story.tell(exited('waf', code)).phase('waf');
  };
  assert.equal(after('always', 0), 'backoff');
  assert.equal(after('on-failure', 0), 'stopped');
  assert.equal(after('on-failure', 1), 'backoff');
  assert.equal(after('never', 1), 'stopped');
});

effect(['agents.agent.max-restarts', 'agents.agent.restart-window-secs'], () => {
  const crashing = (restartsMax: number, windowMs: number) => {
    const restart = { ...agent('waf').restart, restartsMax, windowMs };
    const story = running([agent('waf', { restart, startupMs: 60_000 }), worker(1)]);
    for (let crash = 1; crash <= 50; crash += 1) {
      story.advance(1000).tell(exited('waf', 1));
      if (story.phase('waf') === 'failed') return crash;
      story.advance(30_000).tell(ready('waf'));
    }
    return 'never failed';
  };
  assert.equal(crashing(0, 60_000), 1);
  assert.equal(crashing(3, 60_000), 4);
  assert.equal(crashing(10, 60_000), 12); // a second of running each time forgives a little
  assert.equal(crashing(3, 1000), 'never failed'); // once per window is far below three
});

effect('agents.agent.after', () => {
  const order = (after: string[]) => {
    const story = playbook([agent('b', { after }), agent('a'), worker(1)]).tell(begin);
    return story.phase('b');
  };
  assert.equal(order([]), 'starting');
  assert.equal(order(['a']), 'waiting');
});

effect('agents.agent.failed-retry-secs', () => {
  const retry = (failedRetryMs: number) => {
    const story = running([agent('waf', { restart: { ...agent('waf').restart, restartsMax: 0, failedRetryMs } })]);
    story.tell(exited('waf', 1)).advance(5000);
    return story.phase('waf');
  };
  assert.equal(retry(60_000), 'failed');
  assert.equal(retry(5000), 'starting');
});

test('whatever happens in whatever order: a stop ends, and nothing is started twice', () => {
  const names = ['waf', 'log', 'proxy/1', 'proxy/2'] as const;
  const name = fc.constantFrom(...names);
  const anyEvent: fc.Arbitrary<Event> = fc.oneof(
    name.map((child) => ready(child)),
    fc.tuple(name, fc.constantFrom(0, 1, null)).map(([child, code]) => exited(child, code)),
    fc
      .tuple(name, fc.constantFrom('ready' as const, 'restart' as const))
      .map(([child, timer]) => ({ type: 'timer' as const, child, timer })),
    { weight: 1, arbitrary: fc.constant(stop) },
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      const specs = [agent('waf'), agent('log', { failureMode: 'open' }), worker(1), worker(2)];
      let state = initialState(planOf(specs, 1000), 0);
      const alive = new Set<string>();
      const held = new Set<string>();
      let [ended, closed] = [false, false];
      const feed = (event: Event) => {
        if (event.type === 'exited' && !alive.delete(event.child)) return; // only what runs can end
        if (event.type === 'ready' && (!alive.has(event.child) || held.has(event.child))) return;
        const decision = decide(state, event, 0, 0);
        state = decision.state;
        for (const action of decision.actions) {
          if (action.type === 'end') ended = true;
          if (action.type === 'stop') assert(alive.has(action.child), 'only what runs is stopped');
          if (action.type === 'close-sockets') {
            assert(!closed, 'the sockets are closed once');
            closed = true;
          }
          if (action.type === 'let-go') assert(held.delete(action.child), 'who is let go was held back');
          if (action.type === 'load') held.add(action.child);
          if (action.type !== 'spawn' && action.type !== 'load') continue;
          assert(!closed, 'nothing is started without sockets');
          assert(!alive.has(action.child), 'nothing is started twice');
          alive.add(action.child);
        }
      };
      for (const event of [begin, ...events, stop]) if (!ended) feed(event);
      for (let rounds = 0; rounds < 3; rounds += 1) for (const child of [...alive]) if (!ended) feed(exited(child, 0));
      assert(ended && closed && alive.size === 0, 'after a stop and every exit, nothing is left');
    }),
    { numRuns: 500 },
  );
});

/** A stack that has started. */
function running(specs: Parameters<typeof playbook>[0]) {
  const story = playbook(specs).tell(begin);
  for (const { kind, name } of specs) if (kind === 'agent') story.tell(ready(name));
  for (const { kind, name } of specs) if (kind === 'worker') story.tell(ready(name));
  return story.skip();
}
