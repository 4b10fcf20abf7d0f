// Children that take the place of others while the stack runs: a reload, a restart by hand, one that grew too big. Part of
// the policy, and as pure. The shaping decision: what takes a place is ready before what had it drains. Agents come
// first, all at once, then workers, one after the other; if one does not come up, a reload goes the same way back, with
// the same care. What nobody needs any more leaves last: an agent when no worker is left that may ask it.
// It refuses to compare configurations: two specs that start the same process are the same child.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type Draft, isOpen, isUp } from './draft.ts';
import type { ChildSpec, Plan } from './plan.ts';
import type { Change, Child, StartFailure } from './state.ts';

/** To another plan. Children that would be started the same way stay. */
export function beginReload(draft: Draft, to: Plan): void {
  if (draft.change !== undefined || draft.phase !== 'running') return; // the loop asks one at a time
  const from = draft.plan;
  const queue = inOrder(to).filter((name) => needsReplacing(draft, specOf(to, name)));
  begin(draft, { kind: 'reload', from, to, queue });
}

/** The same children in new processes. */
export function beginRestart(draft: Draft, names: readonly string[]): void {
  if (draft.change !== undefined || draft.phase !== 'running') return;
  const { plan } = draft;
  const queue = inOrder(plan).filter((name) => names.includes(name));
  begin(draft, { kind: 'restart', from: plan, to: plan, queue });
}

function begin(draft: Draft, change: Pick<Change, 'kind' | 'from' | 'to' | 'queue'>): void {
  draft.change = { ...change, awaited: [], replaced: [], since: draft.now, failure: undefined };
}

function inOrder({ children }: Plan): string[] {
  const names = (kind: ChildSpec['kind']) => children.filter((spec) => spec.kind === kind).map(({ name }) => name);
  return [...names('agent'), ...names('worker')];
}

function specOf({ children }: Plan, name: string): ChildSpec {
  const spec = children.find((one) => one.name === name);
  assert(spec !== undefined, `a queue holds names of its plan: ${name}`);
  return spec;
}

function needsReplacing(draft: Draft, spec: ChildSpec): boolean {
  const child = draft.current(spec.name);
  return child === undefined || !isSameProcess(child.spec, spec);
}

/** What only the supervisor acts on is taken without a new process. */
function isSameProcess(one: ChildSpec, other: ChildSpec): boolean {
  return isDeepStrictEqual(processOf(one), processOf(other));
}

function processOf({ startupMs, restart, liveness, memoryBytesMax, ...spec }: ChildSpec): unknown {
  if (spec.kind === 'worker') return spec;
  const { failureMode, after, hasOthers, ...agent } = spec;
  return agent;
}

/** Whatever happened: is there now a next step of the change to take? */
export function continueChange(draft: Draft): void {
  for (let change = draft.change; change !== undefined && change.awaited.length === 0; change = draft.change) {
    const [next] = change.queue;
    if (next === undefined) return finish(draft, change);
    const { kind } = specOf(change.to, next);
    const isNow = (name: string) => name === next || (kind === 'agent' && specOf(change.to, name).kind === 'agent');
    const now = change.queue.filter(isNow);
    draft.change = { ...change, queue: change.queue.filter((name) => !isNow(name)) };
    for (const name of now) takeStep(draft, specOf(change.to, name));
  }
}

function takeStep(draft: Draft, spec: ChildSpec): void {
  const id = replaceChild(draft, spec);
  const { change } = draft;
  if (change === undefined) return;
  const awaited = id === undefined ? change.awaited : [...change.awaited, id];
  draft.change = { ...change, awaited, replaced: [...change.replaced, spec.name] };
}

/** The id of the process that has to become ready; `undefined`: nothing to wait for. */
export function replaceChild(draft: Draft, spec: ChildSpec): string | undefined {
  const old = draft.current(spec.name);
  if (old === undefined) return startNew(draft, spec);
  if (old.phase === 'ready' && canStandBeside(old.spec, spec)) {
    const coming = draft.add(spec, 'coming');
    draft.start(coming);
    return coming.id;
  }
  return startAgain(draft, old, spec);
}

/** On a socket of its own, or, where both are programs of ours, on the same one. */
function canStandBeside(old: ChildSpec, spec: ChildSpec): boolean {
  if (old.kind !== 'agent' || spec.kind !== 'agent') return true;
  return old.socketPath !== spec.socketPath || !(old.isStranger || spec.isStranger);
}

function startNew(draft: Draft, spec: ChildSpec): string | undefined {
  const child = draft.add(spec, 'current');
  // A fail-open agent holds nothing back: its restart policy has it from the beginning.
  if (isOpen(child)) draft.update(child.id, { settled: true });
  draft.start(draft.child(child.id));
  return isOpen(child) ? undefined : child.id;
}

/** In its own place: who is down serves nobody, and a program that is not ours cannot share its socket. */
function startAgain(draft: Draft, old: Child, spec: ChildSpec): string | undefined {
  draft.update(old.id, { spec, score: 0 });
  if (old.phase === 'stopped' && old.then === 'stay') return undefined; // by hand: it stays so
  if (old.phase === 'stopping') draft.update(old.id, { then: 'restart' });
  else if (isUp(old)) {
    draft.cancel(old.id);
    draft.stop(old.id, draft.drainMs(spec.kind));
    draft.update(old.id, { then: 'restart' });
  } else {
    draft.cancel(old.id);
    draft.start(draft.child(old.id));
  }
  return isOpen(old) ? undefined : old.id;
}

/** A process is ready that was started to take a place. */
export function onReplaced(draft: Draft, child: Child): void {
  const old = draft.current(child.spec.name);
  const restarts = old?.restarts ?? 0;
  draft.update(child.id, { role: 'current', settled: true, restarts });
  if (old === undefined) return;
  if (isUp(old) || old.phase === 'stopping') draft.update(old.id, { role: 'leaving' });
  else draft.remove(old.id);
}

/** A child is ready, or was found to need no waiting for. */
export function noLongerAwaited(draft: Draft, id: string): void {
  const { change } = draft;
  if (change !== undefined) draft.change = { ...change, awaited: change.awaited.filter((one) => one !== id) };
}

export function isAwaited(draft: Draft, id: string): boolean {
  return draft.change?.awaited.includes(id) ?? false;
}

/** One that had to come up did not. A reload goes back; a restart stays where it is. */
export function failChange(draft: Draft, failure: StartFailure): void {
  const { change } = draft;
  if (change === undefined) return;
  for (const id of change.awaited) if (draft.has(id) && draft.child(id).role === 'coming') dismiss(draft, id);
  const failed = { ...change, awaited: [], queue: [], failure: change.failure ?? failure };
  if (change.kind !== 'reload') draft.change = failed;
  else draft.change = { ...failed, kind: 'rollback', to: change.from, queue: wayBack(draft, change) };
}

function wayBack(draft: Draft, { from }: Change): string[] {
  return inOrder(from).filter((name) => needsReplacing(draft, specOf(from, name)));
}

function dismiss(draft: Draft, id: string): void {
  draft.update(id, { role: 'leaving' });
  draft.cancel(id);
  if (isUp(draft.child(id))) draft.stop(id, 0);
}

function finish(draft: Draft, change: Change): void {
  const { kind, to, since, failure } = change;
  const isTaken = kind !== 'rollback' && failure === undefined;
  const removed = isTaken || kind === 'rollback' ? adopt(draft, to) : [];
  draft.plan = to;
  draft.change = undefined;
  if (kind !== 'restart') draft.settleSockets(isTaken);
  draft.tell({
    type: 'change-ended',
    change: kind === 'restart' ? 'restart' : 'reload',
    outcome: isTaken ? 'applied' : 'rolled-back',
    replaced: isTaken ? change.replaced : [],
    removed: isTaken ? removed : [],
    ms: draft.now - since,
    failure,
  });
}

/** What the plan says of children that run on; those that it does not have leave. */
function adopt(draft: Draft, plan: Plan): string[] {
  const removed: string[] = [];
  for (const child of draft.children().filter(({ role }) => role === 'current')) {
    const spec = plan.children.find(({ name }) => name === child.spec.name);
    if (spec !== undefined) draft.update(child.id, { spec });
    else {
      removed.push(child.spec.name);
      retire(draft, child);
    }
  }
  return removed;
}

function retire(draft: Draft, child: Child): void {
  draft.cancel(child.id);
  if (isUp(child) || child.phase === 'stopping') draft.update(child.id, { role: 'leaving' });
  else draft.remove(child.id);
}

/** Those that leave are told to: workers at once, agents when no worker that has not been replaced yet, or drains, may ask them. */
export function continueLeaving(draft: Draft): void {
  const leaving = draft.children().filter(({ role }) => role === 'leaving');
  const asking = draft.change !== undefined || leaving.some(({ spec }) => spec.kind === 'worker');
  for (const child of leaving) {
    if (isUp(child) && !(child.spec.kind === 'agent' && asking)) {
      draft.cancel(child.id);
      draft.stop(child.id, draft.drainMs(child.spec.kind));
    }
  }
}
