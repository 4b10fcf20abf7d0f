// The state of the policy as operators see it: plain data, with times of day in place of the clock that only counts.
// Pure. It refuses to measure: what processes use comes in.

import type { ChildStatus, StackStatus } from './control.ts';
import { isUp } from './draft.ts';
import type { Child, State } from './state.ts';

/** What only the loop knows of a child. */
export interface Observed {
  readonly pid: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly cpuSeconds: number | undefined;
  readonly cpuShare: number | undefined;
}

export interface Clock {
  readonly now: number; // as the policy counts
  readonly today: number; // milliseconds since 1970, at the same moment
}

type Known = Pick<StackStatus, 'config' | 'reloads' | 'startedAt'>;

export function statusOf(
  state: State,
  observe: (id: string) => Observed,
  { now, today }: Clock,
  known: Known,
): StackStatus {
  const dayOf = (at: number) => Math.round(today - (now - at));
  const { phase, startedMs, plan, change } = state;
  return {
    ...known,
    phase,
    pid: process.pid,
    readyMs: startedMs === undefined ? undefined : Math.round(startedMs),
    listening: plan.listening,
    children: inOrder(state).map((child) => childStatus(child, observe(child.id), dayOf)),
    external: plan.external,
    changing: change?.kind,
  };
}

/** As in the plan; those that leave behind the one that follows. */
function inOrder({ children, plan }: State): Child[] {
  const place = new Map(plan.children.map(({ name }, index) => [name, index]));
  const roles = ['current', 'coming', 'leaving'];
  const rank = ({ spec, role }: Child) => (place.get(spec.name) ?? place.size) * roles.length + roles.indexOf(role);
  return [...children.values()].toSorted((one, other) => rank(one) - rank(other));
}

function childStatus(child: Child, observed: Observed, dayOf: (at: number) => number): ChildStatus {
  const { spec, role, phase, since, restarts, readyMs, dueAt, lastExit, lastExitAt, problem } = child;
  return {
    name: spec.name,
    kind: spec.kind,
    role,
    state: phase,
    since: dayOf(since),
    restarts,
    readyMs: readyMs === undefined ? undefined : Math.round(readyMs),
    lastExit:
      lastExit === undefined || lastExitAt === undefined
        ? undefined
        : { ...lastExit, at: dayOf(lastExitAt), problem: isUp(child) ? undefined : problem?.what },
    nextTryAt: dueAt === undefined ? undefined : dayOf(dueAt),
    failureMode: spec.kind === 'agent' ? spec.failureMode : undefined,
    ...observed,
  };
}
