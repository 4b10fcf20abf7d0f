// Reloads, restarts by hand and replacements as transcripts: what comes is ready before what goes is told to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChildSpec } from '../../stack/plan.ts';
import { type Event, initialState } from '../../stack/state.ts';
import { decide } from '../../stack/supervisor.ts';
import { agent, begin, exited, planOf, playbook, ready, stop, worker } from './playbook.ts';

function running(specs: readonly ChildSpec[]) {
  const story = playbook(specs).tell(begin);
  for (const { kind, name } of specs) if (kind === 'agent') story.tell(ready(name));
  for (const { kind, name } of specs) if (kind === 'worker') story.tell(ready(name));
  return story.skip();
}

const reload = (...specs: ChildSpec[]): Event => ({ type: 'reload', plan: planOf(specs) });
const restart = (...names: string[]): Event => ({ type: 'restart', names });
const workers = (config: string, count = 2) =>
  Array.from({ length: count }, (_, index) => worker(index + 1, { config }));

function endOf(story: ReturnType<typeof playbook>) {
  return story.facts.findLast(({ type }) => type === 'change-ended');
}

test('nothing differs: nothing is started, and the reload has ended', () => {
  const story = running([agent('waf'), ...workers('{}')])
    .tell(reload(agent('waf'), ...workers('{}')))
    .expect('settle-sockets taken', 'tell change-ended');
  assert.partialDeepStrictEqual(endOf(story), { change: 'reload', outcome: 'applied', replaced: [], removed: [] });
});

test('another value for workers: one after the other, each ready before the old one drains', () => {
  const story = running(workers('{}'))
    .tell(reload(...workers('{"a":1}')))
    .expect('spawn proxy/1+1', 'schedule proxy/1+1 ready 10000')
    .tell(ready('proxy/1+1'))
    .expect(
      'cancel proxy/1+1',
      'tell child-ready proxy/1',
      'spawn proxy/2+2',
      'schedule proxy/2+2 ready 10000',
      'cancel proxy/1',
      'stop proxy/1 31000',
    )
    .tell(ready('proxy/2+2'))
    .expect(
      'cancel proxy/2+2',
      'tell child-ready proxy/2',
      'settle-sockets taken',
      'tell change-ended',
      'cancel proxy/2',
      'stop proxy/2 31000',
    )
    .tell(exited('proxy/1', 0), exited('proxy/2', 0))
    .expect('cancel proxy/1', 'cancel proxy/2');
  assert.deepEqual([...story.state.children.keys()].toSorted(), ['proxy/1+1', 'proxy/2+2']);
});

test('what only the supervisor acts on is taken without a new process', () => {
  const patient = agent('waf', { startupMs: 5, memoryBytesMax: 1, after: [], failureMode: 'open' });
  const story = running([agent('waf'), ...workers('{}')])
    .tell(reload(patient, ...workers('{}')))
    .expect('settle-sockets taken', 'tell change-ended');
  assert.equal(story.child('waf')?.spec.memoryBytesMax, 1);
});

test('a changed agent comes first; the old one leaves when no worker of the old kind is left to ask it', () => {
  running([agent('waf'), ...workers('{}', 1)])
    .tell(reload(agent('waf', { socketPath: '/run/waf.2.sock' }), ...workers('{"waf":2}', 1)))
    .expect('spawn waf+1', 'schedule waf+1 ready 10000')
    .tell(ready('waf+1'))
    .expect('cancel waf+1', 'tell child-ready waf', 'spawn proxy/1+2', 'schedule proxy/1+2 ready 10000')
    .tell(ready('proxy/1+2'))
    .expect(
      'cancel proxy/1+2',
      'tell child-ready proxy/1',
      'settle-sockets taken',
      'tell change-ended',
      'cancel proxy/1',
      'stop proxy/1 31000',
    )
    .tell(exited('proxy/1', 0))
    .expect('cancel proxy/1', 'cancel waf', 'stop waf 5000');
});

test('the new generation does not come up: the old one was never touched, and the reload says why', () => {
  const story = running(workers('{}'))
    .tell(reload(...workers('{"a":1}')))
    .skip()
    .tell({ type: 'problem', child: 'proxy/1+1', code: 'listen-failed', what: 'no' }, exited('proxy/1+1', 3))
    .expect('cancel proxy/1+1', 'settle-sockets not taken', 'tell change-ended');
  assert.partialDeepStrictEqual(endOf(story), {
    outcome: 'rolled-back',
    failure: { child: 'proxy/1', exit: { code: 3 }, problem: { code: 'listen-failed' } },
  });
  assert.equal(story.phase('proxy/1'), 'ready');
});

test('the second worker does not come up in time: the first goes back with the same care', () => {
  const story = running(workers('{}'))
    .tell(reload(...workers('{"a":1}')), ready('proxy/1+1'))
    .skip()
    .advance(10_000)
    .expect('stop proxy/2+2 0', 'spawn proxy/1+3', 'schedule proxy/1+3 ready 10000')
    .tell(ready('proxy/1+3'))
    .expect(
      'cancel proxy/1+3',
      'tell child-ready proxy/1',
      'settle-sockets not taken',
      'tell change-ended',
      'cancel proxy/1+1',
      'stop proxy/1+1 31000',
    );
  assert.partialDeepStrictEqual(endOf(story), {
    outcome: 'rolled-back',
    failure: { child: 'proxy/2', afterMs: 10_000 },
  });
  assert.equal(story.child('proxy/1+3')?.spec.kind === 'worker' && story.child('proxy/1+3')?.role, 'current');
});

test('agents and workers that are new, and those that are gone', () => {
  const story = running([agent('old'), ...workers('{}', 2)])
    .tell(reload(agent('new'), ...workers('{"n":1}', 1)))
    .expect('spawn new', 'schedule new ready 10000')
    .tell(ready('new'))
    .skip()
    .tell(ready('proxy/1+2'))
    .expect(
      'cancel proxy/1+2',
      'tell child-ready proxy/1',
      'cancel old',
      'cancel proxy/2',
      'settle-sockets taken',
      'tell change-ended',
      'cancel proxy/1',
      'stop proxy/1 31000',
      'cancel proxy/2',
      'stop proxy/2 31000',
    )
    .tell(exited('proxy/1', 0))
    .expect('cancel proxy/1')
    .tell(exited('proxy/2', 0))
    .expect('cancel proxy/2', 'cancel old', 'stop old 5000');
  assert.partialDeepStrictEqual(endOf(story), { replaced: ['new', 'proxy/1'], removed: ['old', 'proxy/2'] });
});

test('a new fail-open agent that does not come up holds no reload back', () => {
  running(workers('{}', 1))
    .tell(reload(agent('log', { failureMode: 'open' }), ...workers('{}', 1)))
    .expect('spawn log', 'schedule log ready 10000', 'settle-sockets taken', 'tell change-ended')
    .tell(exited('log', 1))
    .expect('cancel log', 'tell child-exited log', 'schedule log restart 200');
});

test('a program that is not ours, on the same socket, is stopped before it is started again', () => {
  const stranger = agent('theirs', { isStranger: true });
  const story = running([stranger, ...workers('{}', 1)])
    .tell(restart('theirs'))
    .expect('cancel theirs', 'stop theirs 5000')
    .tell(exited('theirs', 0))
    .expect('spawn theirs', 'schedule theirs ready 10000')
    .tell(ready('theirs'))
    .expect('cancel theirs', 'tell child-ready theirs', 'tell change-ended');
  assert.partialDeepStrictEqual(endOf(story), { change: 'restart', outcome: 'applied', replaced: ['theirs'] });
});

test('a child that dies while another comes up for it: the other has the place', () => {
  running(workers('{}'))
    .tell(restart('proxy/1'), exited('proxy/1', null))
    .skip()
    .tell(ready('proxy/1+1'))
    .expect('cancel proxy/1+1', 'cancel proxy/1', 'tell child-ready proxy/1', 'tell change-ended');
});

test('over its memory: another process takes the place, and one is enough', () => {
  const story = running([agent('waf', { memoryBytesMax: 100 }), ...workers('{}', 1)])
    .tell({ type: 'too-big', child: 'waf', bytes: 200 })
    .expect('tell child-too-big waf', 'spawn waf+1', 'schedule waf+1 ready 10000')
    .tell({ type: 'too-big', child: 'waf', bytes: 300 })
    .expect()
    .tell(ready('waf+1'))
    .expect('cancel waf+1', 'tell child-ready waf', 'cancel waf', 'stop waf 5000')
    .tell(exited('waf', 0))
    .expect('cancel waf');
  assert.equal(story.phase('waf+1'), 'ready');
});

test('the replacement of one that is too big does not come up: the old one stays, and that is told', () => {
  running([agent('waf', { memoryBytesMax: 100 }), ...workers('{}', 1)])
    .tell({ type: 'too-big', child: 'waf', bytes: 200 })
    .skip()
    .tell(exited('waf+1', 1))
    .expect('cancel waf+1', 'tell child-not-replaced');
});

test('silent: killed, and its exit says how long it gave no sign', () => {
  const story = running(workers('{}'))
    .tell({ type: 'silent', child: 'proxy/1', ms: 6000 })
    .expect('kill proxy/1')
    .tell(exited('proxy/1', null))
    .expect('cancel proxy/1', 'tell child-exited proxy/1', 'schedule proxy/1 restart 200', 'cover 1 by proxy/2');
  assert.partialDeepStrictEqual(story.facts.at(-1), { silentMs: 6000 });
});

test('stopped by hand it stays down, also over a reload, until it is started by hand', () => {
  const story = running([agent('waf'), ...workers('{}', 1)])
    .tell({ type: 'stop-child', name: 'waf' })
    .expect('cancel waf', 'stop waf 5000')
    .tell(exited('waf', 0))
    .expect('tell child-stopped waf')
    .advance(600_000)
    .expect()
    .tell(reload(agent('waf', { args: ['--more'] }), ...workers('{}', 1)))
    .expect('settle-sockets taken', 'tell change-ended')
    .tell({ type: 'start-child', name: 'waf' })
    .expect('cancel waf', 'spawn waf', 'schedule waf ready 10000');
  assert.deepEqual(story.child('waf')?.spec.args, ['--more']);
});

test('an agent that counts as failed is started by hand at once', () => {
  const never = { ...agent('waf').restart, restartsMax: 0 };
  const story = running([agent('waf', { restart: never }), ...workers('{}', 1)])
    .tell(exited('waf', 1))
    .skip();
  assert.equal(story.phase('waf'), 'failed');
  story.tell({ type: 'start-child', name: 'waf' }).expect('cancel waf', 'spawn waf', 'schedule waf ready 10000');
});

test('agents start behind those that they come after', () => {
  playbook([agent('b', { after: ['a'] }), agent('a'), worker(1)])
    .tell(begin)
    .expect('spawn a', 'schedule a ready 10000', 'load proxy/1')
    .tell(ready('a'))
    .expect('cancel a', 'tell child-ready a', 'spawn b', 'schedule b ready 10000');
});

test('a stop in the middle of a reload stops those that come, too', () => {
  running(workers('{}', 1))
    .tell(reload(...workers('{"a":1}', 1)))
    .skip()
    .tell(stop)
    .expect(
      'tell stack-stopping',
      'cancel proxy/1',
      'cancel proxy/1+1',
      'close-sockets',
      'stop proxy/1 31000',
      'stop proxy/1+1 31000',
    )
    .tell(exited('proxy/1', 0), exited('proxy/1+1', 0))
    .expect('cancel proxy/1+1', 'tell stack-stopped', 'end 0');
});

test('whatever happens in whatever order: a stop ends, with nothing left, and nothing is started twice', () => {
  const specs = [
    agent('waf'),
    agent('log', { failureMode: 'open' }),
    agent('s', { isStranger: true }),
    ...workers('{}'),
  ];
  const plans = [specs, [agent('waf', { args: ['x'] }), ...workers('{"a":1}', 3)], [...workers('{"b":1}', 1)]];
  const pick = fc.nat({ max: 7 });
  const anyEvent = fc.oneof(
    pick.map((at) => ({ at, of: 'ready' as const })),
    pick.map((at) => ({ at, of: 'exited' as const })),
    pick.map((at) => ({ at, of: 'slow' as const })),
    pick.map((at) => ({ at, of: 'too-big' as const })),
    pick.map((at) => ({ at, of: 'restart' as const })),
    pick.map((at) => ({ at, of: 'by-hand' as const })),
    pick.map((at) => ({ at, of: 'reload' as const })),
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 80 }), (happenings) => {
      let state = initialState(planOf(specs, 1000), 0);
      const alive = new Set<string>();
      let ended = false;
      const feed = (event: Event) => {
        if (event.type === 'exited' && !alive.delete(event.child)) return;
        if (event.type === 'ready' && !alive.has(event.child)) return;
        const decision = decide(state, event, 0, 0);
        state = decision.state;
        for (const action of decision.actions) {
          if (action.type === 'end') ended = true;
          if (action.type === 'stop') assert(alive.has(action.child), `only what runs is stopped: ${action.child}`);
          if (action.type === 'let-go') assert(alive.has(action.child), 'who is let go was held back');
          if (action.type !== 'spawn' && action.type !== 'load') continue;
          assert(!alive.has(action.child), 'nothing is started twice');
          alive.add(action.child);
        }
        const current = [...state.children.values()]
          .filter(({ role }) => role === 'current')
          .map(({ spec }) => spec.name);
        assert.equal(new Set(current).size, current.length, 'one child has each name');
      };
      feed(begin);
      for (const { at, of } of happenings) {
        const ids = [...state.children.keys()];
        const child = ids[at % Math.max(1, ids.length)] ?? 'waf';
        const name = state.children.get(child)?.spec.name ?? 'waf';
        if (of === 'ready') feed(ready(child));
        else if (of === 'exited') feed(exited(child, at % 2));
        else if (of === 'slow') feed({ type: 'timer', child, timer: at % 2 === 0 ? 'ready' : 'restart' });
        else if (of === 'too-big') feed({ type: 'too-big', child, bytes: 1 });
        else if (of === 'restart') feed(restart(name));
        else if (of === 'by-hand') feed({ type: at % 2 === 0 ? 'stop-child' : 'start-child', name });
        else feed({ type: 'reload', plan: planOf(plans[at % plans.length] ?? specs, 1000) });
        if (ended) return;
      }
      feed(stop);
      for (let rounds = 0; rounds < 4; rounds += 1) for (const child of [...alive]) if (!ended) feed(exited(child, 0));
      assert(ended && alive.size === 0, 'after a stop and every exit, nothing is left');
    }),
    { numRuns: 1000 },
  );
});
