// The whole policy: decide(state, event, now, chance) -> the next state and what to do. READ run.ts FIRST; it performs.
// Pure, so that every story (an agent that dies at start, a second Ctrl-C) is a transcript in a test, without a clock.
// Order of a start: agents, each behind those that it comes after; workers read their code beside them, and are told what
// to serve when each agent is ready or may be missing (fail-open). Order of a stop: the sockets, so that nobody connects any more; workers; and when no exchange can ask any
// more, agents. What happens while it runs, when a plan changes, is in replace.ts; shapes are in state.ts.
// It refuses to know what a process, a signal or a socket is, and what people are told in which words.

import { exitCodes } from './command.ts';
import { Draft, failureOf, isOpen, isUp } from './draft.ts';
import {
  beginReload,
  beginRestart,
  continueChange,
  continueLeaving,
  failChange,
  isAwaited,
  noLongerAwaited,
  onReplaced,
  replaceChild,
} from './replace.ts';
import { nextRestart, type Verdict } from './restart.ts';
import type { Child, Decision, Event, Exit, State, StopReason } from './state.ts';

export function decide(state: State, event: Event, now: number, chance: number): Decision {
  const draft = new Draft(state, now);
  react(draft, event, chance);
  if (draft.phase === 'starting') continueStart(draft);
  if (draft.phase === 'running') continueChange(draft);
  if (draft.phase === 'running') continueLeaving(draft);
  if (draft.phase === 'stopping') continueStop(draft);
  return draft.decision();
}

function react(draft: Draft, event: Event, chance: number): void {
  if (event.type === 'begin') draft.enter('starting');
  else if (event.type === 'stop') onStop(draft, event.reason);
  else if (event.type === 'reload') beginReload(draft, event.plan);
  else if (event.type === 'restart') beginRestart(draft, event.names);
  else if (event.type === 'stop-child') stopByHand(draft, draft.current(event.name));
  else if (event.type === 'start-child') startByHand(draft, draft.current(event.name));
  else if (draft.has(event.child)) onChild(draft, draft.child(event.child), event, chance);
}

/** Of a child that there is: a timer may fire in the moment in which its child is removed. */
function onChild(draft: Draft, child: Child, event: Extract<Event, { child: string }>, chance: number): void {
  switch (event.type) {
    case 'ready':
      onReady(draft, child, event.detail);
      break;
    case 'problem':
      draft.update(child.id, { problem: { code: event.code, what: event.what } });
      break;
    case 'drained':
      if (draft.phase !== 'stopping') break; // one that was replaced: nobody waits for its figures
      draft.connections += event.connections;
      draft.cut += event.cut;
      break;
    case 'exited':
      onExited(draft, child, event.exit, chance);
      break;
    case 'silent':
      onSilent(draft, child, event.ms);
      break;
    case 'too-big':
      onTooBig(draft, child, event.bytes);
      break;
    case 'timer':
      if (event.timer === 'ready') onSlow(draft, child);
      else onRestart(draft, child);
      break;
  }
}

function onReady(draft: Draft, child: Child, detail: string): void {
  if (child.phase !== 'starting') return; // it was asked to stop meanwhile
  const { id, spec, settled, role } = child;
  const ms = draft.now - child.since;
  draft.cancel(id);
  if (role === 'coming') onReplaced(draft, child);
  draft.tell({ type: 'child-ready', child: spec.name, detail, ms, again: settled || role === 'coming' });
  draft.become(id, 'ready', { settled: true, readyMs: ms, problem: undefined });
  noLongerAwaited(draft, id);
  coverOthers(draft, draft.child(id));
}

/** A worker that came up serves the sockets of those that are down, too. */
function coverOthers(draft: Draft, { id, spec }: Child): void {
  if (spec.kind !== 'worker') return;
  for (const { role, phase, spec: other } of draft.children()) {
    const isDown = role === 'current' && (phase === 'backoff' || phase === 'failed' || phase === 'stopped');
    if (other.kind === 'worker' && isDown) draft.cover(id, other.worker);
  }
  // Sockets of workers that a reload has taken away: what waits in their queues is served, too.
  const { children, socketSets } = draft.change?.to ?? draft.plan;
  const workers = children.filter(({ kind }) => kind === 'worker').length;
  for (let extra = workers + 1; extra <= socketSets; extra += 1) draft.cover(id, extra);
}

function onExited(draft: Draft, child: Child, exit: Exit, chance: number): void {
  const uptimeMs = child.phase === 'ready' ? draft.now - child.since : 0;
  draft.update(child.id, { lastExit: exit, lastExitAt: draft.now });
  const ended = draft.child(child.id);
  if (draft.phase === 'stopping') onExitedWhileStopping(draft, ended, exit, uptimeMs);
  else if (ended.role === 'leaving') onLeft(draft, ended, exit, uptimeMs);
  else if (ended.role === 'coming') onNotReplaced(draft, ended, undefined);
  else if (ended.phase === 'stopping' && ended.then !== undefined) onStoppedByHand(draft, ended);
  else onEnded(draft, ended, exit, { uptimeMs, chance });
}

/** Its place has been taken, so nobody waits for it; only a drain that did not end well is worth a line. */
function onLeft(draft: Draft, child: Child, exit: Exit, uptimeMs: number): void {
  if (!endedAsWanted(exit) || exit.killed) tellExit(draft, child, exit, { uptimeMs, verdict: undefined });
  draft.remove(child.id);
}

function onStoppedByHand(draft: Draft, child: Child): void {
  if (child.then === 'restart') return draft.start(child);
  draft.become(child.id, 'stopped');
  draft.tell({ type: 'child-stopped', child: child.spec.name });
  if (child.spec.kind === 'worker') coverFor(draft, child.spec.worker);
}

/** It was to take a place and did not come up: whoever has the place keeps it. */
function onNotReplaced(draft: Draft, child: Child, afterMs: number | undefined): void {
  const failure = failureOf(child, afterMs);
  const isStep = isAwaited(draft, child.id);
  if (afterMs === undefined) draft.remove(child.id);
  else {
    draft.update(child.id, { role: 'leaving' });
    draft.stop(child.id, 0);
  }
  if (!isStep) return draft.tell({ type: 'child-not-replaced', failure });
  noLongerAwaited(draft, child.id);
  failChange(draft, failure);
}

function onEnded(draft: Draft, child: Child, exit: Exit, how: { uptimeMs: number; chance: number }): void {
  const { id, spec } = child;
  const ended = { clean: exit.code === 0, uptimeMs: how.uptimeMs };
  const { score, verdict } = nextRestart(spec.restart, child.score, ended, how.chance);
  const isFatal =
    (holdsStart(draft, child) && (spec.kind === 'worker' || verdict.next !== 'restart')) || refusesConfig(draft, child);
  if (isFatal) {
    draft.become(id, 'stopped');
    return failStart(draft, draft.child(id), undefined);
  }
  const isStep = isAwaited(draft, id);
  settleBack(draft, child, exit, { score, verdict, uptimeMs: how.uptimeMs });
  if (isStep) failChange(draft, failureOf(child, undefined));
  return undefined;
}

interface Settlement {
  readonly score: number;
  readonly verdict: Verdict;
  readonly uptimeMs: number;
}

function settleBack(draft: Draft, child: Child, exit: Exit, { score, verdict, uptimeMs }: Settlement): void {
  const { id, spec } = child;
  // A child that holds the start keeps its deadline across restarts: the start waits so long for it and no longer.
  if (!holdsStart(draft, child)) draft.cancel(id);
  tellExit(draft, child, exit, { uptimeMs, verdict });
  if (isOpen(child) && !child.settled) goOnWithout(draft, child);
  const delayMs = verdict.next === 'leave' ? undefined : verdict.delayMs;
  if (delayMs !== undefined) draft.schedule(id, 'restart', delayMs);
  const dueAt = delayMs === undefined ? undefined : draft.now + delayMs;
  draft.become(id, phaseAfter[verdict.next], { score, dueAt });
  if (spec.kind === 'worker') coverFor(draft, spec.worker);
}

function tellExit(
  draft: Draft,
  child: Child,
  exit: Exit,
  { uptimeMs, verdict }: { uptimeMs: number; verdict: Verdict | undefined },
): void {
  const { spec, problem, silentMs } = child;
  draft.tell({
    type: 'child-exited',
    child: spec.name,
    exit,
    problem,
    uptimeMs,
    slowMs: child.slow && verdict !== undefined ? spec.startupMs : undefined,
    silentMs,
    verdict,
    failureMode: spec.kind === 'agent' && verdict !== undefined && !spec.hasOthers ? spec.failureMode : undefined,
  });
}

/** Those that are up serve its sockets, too, until they end themselves: connections do not wait for its return. */
function coverFor(draft: Draft, worker: number): void {
  for (const { id, role, phase } of draft.children('worker'))
    if (role === 'current' && phase === 'ready') draft.cover(id, worker);
}

const phaseAfter = { restart: 'backoff', failed: 'failed', leave: 'stopped' } as const;

/** True for a child that the start cannot do without, and that has not been ready yet. */
function holdsStart(draft: Draft, child: Child): boolean {
  return draft.phase === 'starting' && !child.settled && !isOpen(child);
}

/** What it was told will not be better the next time: that is a mistake in the file, whatever its failure mode. */
function refusesConfig(draft: Draft, { settled, problem }: Child): boolean {
  return draft.phase === 'starting' && !settled && problem?.code === 'agent-config';
}

function goOnWithout(draft: Draft, { id, spec }: Child): void {
  draft.update(id, { settled: true });
  draft.tell({ type: 'child-missing', child: spec.name });
}

function onExitedWhileStopping(draft: Draft, child: Child, exit: Exit, uptimeMs: number): void {
  const { id, spec, problem } = child;
  if (exit.killed) draft.killed.push(spec.name);
  const { failure } = draft;
  // With the failure of the start, which all workers may have for the same reason.
  const told =
    failure?.child === spec.name || (failure?.problem !== undefined && failure.problem.what === problem?.what);
  if (!endedAsWanted(exit) && !told) tellExit(draft, child, exit, { uptimeMs, verdict: undefined });
  if (child.role === 'current') draft.become(id, 'stopped');
  else draft.remove(id);
}

function endedAsWanted(exit: Exit): boolean {
  return exit.code === 0 || exit.killed || exit.signal === 'SIGTERM';
}

/** Not ready in time. A stack that runs stops the process and tries again; one that starts may fail of it. */
function onSlow(draft: Draft, child: Child): void {
  if (child.phase !== 'starting') {
    if (holdsStart(draft, child)) failStart(draft, child, child.spec.startupMs); // between two tries
    return;
  }
  if (child.role === 'coming') onNotReplaced(draft, child, child.spec.startupMs);
  else if (holdsStart(draft, child)) failStart(draft, child, child.spec.startupMs);
  else stopSlow(draft, child);
}

function stopSlow(draft: Draft, child: Child): void {
  const { id, spec } = child;
  draft.update(id, { slow: true });
  if (!child.settled && isOpen(child)) goOnWithout(draft, child);
  draft.stop(id, 0);
  if (!isAwaited(draft, id)) return;
  noLongerAwaited(draft, id);
  failChange(draft, failureOf(child, spec.startupMs));
}

/** Stopped from outside, or spinning: it cannot drain, so it is killed, and its exit has the restart policy. */
function onSilent(draft: Draft, child: Child, ms: number): void {
  if (child.phase !== 'ready') return;
  draft.update(child.id, { silentMs: ms });
  draft.kill(child.id);
}

/** Before the kernel ends it in the middle of its work, another takes its place. */
function onTooBig(draft: Draft, child: Child, bytes: number): void {
  const { spec } = child;
  const isBusy = draft.change !== undefined || draft.coming(spec.name) !== undefined;
  if (draft.phase !== 'running' || child.phase !== 'ready' || child.role !== 'current' || isBusy) return;
  draft.tell({ type: 'child-too-big', child: spec.name, bytes, bytesMax: spec.memoryBytesMax ?? 0 });
  replaceChild(draft, spec);
}

function onRestart(draft: Draft, child: Child): void {
  if (child.phase !== 'backoff' && child.phase !== 'failed') return;
  draft.update(child.id, { restarts: child.restarts + 1 });
  startOne(draft, draft.child(child.id));
}

function stopByHand(draft: Draft, child: Child | undefined): void {
  if (child === undefined || draft.phase !== 'running' || draft.change !== undefined) return;
  draft.update(child.id, { then: 'stay' });
  draft.cancel(child.id);
  const coming = draft.coming(child.spec.name);
  if (coming !== undefined) onNotReplaced(draft, coming, 0);
  if (isUp(child)) return draft.stop(child.id, draft.drainMs(child.spec.kind));
  if (child.phase === 'stopping') return;
  draft.become(child.id, 'stopped', { dueAt: undefined });
  draft.tell({ type: 'child-stopped', child: child.spec.name });
}

function startByHand(draft: Draft, child: Child | undefined): void {
  if (child === undefined || draft.phase !== 'running') return;
  if (child.phase === 'stopping') return draft.update(child.id, { then: 'restart', score: 0 });
  if (isUp(child)) return;
  draft.cancel(child.id);
  draft.update(child.id, { score: 0 });
  draft.start(draft.child(child.id));
}

function onStop(draft: Draft, reason: StopReason): void {
  const again = draft.phase === 'stopping';
  if (draft.phase === 'ended' || (again && draft.hurried)) return;
  draft.tell({ type: 'stack-stopping', reason, hurried: again });
  if (again) draft.hurry();
  else beginStop(draft);
}

function failStart(draft: Draft, child: Child, afterMs: number | undefined): void {
  draft.failed(failureOf(child, afterMs));
  beginStop(draft);
}

function beginStop(draft: Draft): void {
  draft.change = undefined;
  for (const { id, phase } of draft.children()) {
    draft.cancel(id);
    if (phase === 'waiting' || phase === 'backoff' || phase === 'failed') draft.become(id, 'stopped');
  }
  draft.closeSockets();
  draft.enter('stopping');
}

/** Whatever happened: is there now a next step of the start to take? */
function continueStart(draft: Draft): void {
  const agents = draft.children('agent');
  const workers = draft.children('worker');
  for (const agent of agents) if (agent.phase === 'waiting' && !isBehind(draft, agent)) startOne(draft, agent);
  const mayServe = agents.every(({ settled }) => settled);
  for (const worker of workers) startWorker(draft, worker, mayServe);
  if (!mayServe) return;
  if (!workers.every(({ settled }) => settled)) return;
  const missing = agents.filter(({ phase }) => phase !== 'ready').map(({ spec }) => spec.name);
  draft.startedMs = draft.now - draft.since;
  draft.tell({ type: 'stack-ready', listening: draft.plan.listening, missing, ms: draft.startedMs });
  draft.enter('running');
}

/** Its code is read while agents get ready; what it is to do it is told when requests can be asked about. */
function startWorker(draft: Draft, worker: Child, mayServe: boolean): void {
  const { phase } = worker;
  if (phase === 'loading' && mayServe) draft.letGo(worker);
  else if (phase === 'waiting' && mayServe) startOne(draft, worker);
  else if (phase === 'waiting') draft.load(worker);
}

/** One of those that it comes after is still on its way. */
function isBehind(draft: Draft, { spec }: Child): boolean {
  return spec.kind === 'agent' && spec.after.some((name) => draft.current(name)?.settled === false);
}

function startOne(draft: Draft, child: Child): void {
  draft.start(child, holdsStart(draft, child) && child.phase !== 'waiting');
}

/** One that was told nothing yet has nothing to finish. */
function workerDrainMs(draft: Draft, { phase }: Child): number {
  return phase === 'loading' ? 0 : draft.drainMs('worker');
}

/** Workers first; agents when no worker is left to ask them, or at once in a hurry. */
function continueStop(draft: Draft): void {
  const gone = ({ phase }: Child) => phase === 'stopped';
  for (const child of draft.children('worker')) if (isUp(child)) draft.stop(child.id, workerDrainMs(draft, child));
  if (draft.children('worker').every(gone) || draft.hurried) {
    for (const child of draft.children('agent')) if (isUp(child)) draft.stop(child.id, draft.drainMs('agent'));
  }
  if (!draft.children().every(gone)) return;
  const { killed, connections, cut } = draft;
  draft.tell({ type: 'stack-stopped', ms: draft.now - draft.since, killed, connections, cut });
  const code =
    draft.failure !== undefined ? exitCodes.notStarted : draft.killed.length > 0 ? exitCodes.killed : exitCodes.done;
  draft.end(code);
}
