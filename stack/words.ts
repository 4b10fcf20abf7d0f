// Facts -> words, for people and for the log: the only place where what the supervisor tells is worded.
// It refuses to colour, to place and to write: the faces do.

import { isCode } from '#config/errors';
import type { EventName, Facts, Level } from '#config/log';
import type { Complaint } from './complain.ts';
import type { Verdict } from './restart.ts';
import type { ChildProblem, Exit, Fact, StartFailure } from './state.ts';

export type ChildExited = Extract<Fact, { type: 'child-exited' }>;
type ChangeEnded = Extract<Fact, { type: 'change-ended' }>;

/** `killed by SIGKILL after 3 s; next try in 0.2 s` */
export function exitWords(fact: ChildExited): string {
  const { exit, problem, uptimeMs, slowMs, silentMs, verdict } = fact;
  const end = slowMs === undefined ? endWords(exit, problem, silentMs) : `not ready after ${timeWords(slowMs)}`;
  const after = uptimeMs > 0 ? ` after ${timeWords(uptimeMs)}` : '';
  return verdict === undefined ? `${end}${after}` : `${end}${after}; ${nextWords(verdict)}`;
}

export function endWords(exit: Exit, problem?: ChildProblem, silentMs?: number): string {
  if (silentMs !== undefined) return `gave no sign of life for ${timeWords(silentMs)} and was killed`;
  if (exit.notStarted !== undefined) return `could not be started: ${exit.notStarted}`;
  if (problem !== undefined) return `${problem.what} [${problem.code}]`;
  if (exit.killed) return 'did not stop and was killed';
  return exit.signal === null ? `exit ${exit.code}` : `killed by ${exit.signal}`;
}

function nextWords(verdict: Verdict): string {
  if (verdict.next === 'leave') return 'it stays down, as its restart-policy says';
  const tried = `next try in ${timeWords(verdict.delayMs)}`;
  return verdict.next === 'failed' ? `it ended too often; ${tried}` : tried;
}

/** What came of what an operator, or a bound, asked for. */
export function changeWords(fact: Fact): string {
  switch (fact.type) {
    case 'child-too-big':
      return `uses ${mebibytes(fact.bytes)} of ${mebibytes(fact.bytesMax)}; another process takes its place`;
    case 'child-stopped':
      return 'stopped by hand';
    case 'child-not-replaced':
      return `not replaced: ${startFailureComplaint(fact.failure, []).what}`;
    case 'reload-refused':
      return `reload refused: ${fact.complaint.what}`;
    case 'log-failed':
      return `cannot write ${fact.path} (${fact.why}); its lines are dropped until that is mended`;
    case 'log-resumed':
      return `${fact.path} can be written again; it lacks ${counted(fact.dropped, 'line')}`;
    case 'change-ended':
      return changeEndedWords(fact);
    case 'stack-status':
      return [fact.phase, ...Object.entries(fact.children).map(([name, state]) => `${name} ${state}`)].join(' · ');
    default:
      return '';
  }
}

function changeEndedWords({ change, replaced, removed, ms, failure }: ChangeEnded): string {
  if (failure !== undefined) {
    const after = change === 'reload' ? 'the configuration before is in effect' : 'what was there stays';
    return `${change} failed, ${after}: ${startFailureComplaint(failure, []).what}`;
  }
  const parts = [...replaced, ...removed.map((name) => `${name} removed`)];
  return `${change} done in ${timeWords(ms)}: ${parts.length === 0 ? 'no process had to change' : parts.join(', ')}`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

/** What the loss of an agent means for requests. */
export function withoutItWords(failureMode: 'open' | 'closed'): string {
  return failureMode === 'open' ? 'fail-open: requests pass without it' : 'fail-closed: its routes answer 503';
}

/** Why a stack did not come up; `lines` is what the child wrote last. */
export function startFailureComplaint(failure: StartFailure, lines: readonly string[]): Complaint {
  const { child, kind, exit, problem, afterMs } = failure;
  const who = kind === 'agent' ? `agent "${child}"` : child;
  const how = exit === undefined ? '' : endWords(exit, problem);
  const notReady = kind === 'agent' ? 'agent-not-ready' : 'proxy-not-ready';
  if (problem !== undefined) {
    const code = isCode(problem.code) ? problem.code : notReady; // what a child says may be anything
    const isWholeStory = code === 'agent-config'; // each mistake with its place: its last lines say the same
    return { code, what: `${who} cannot start: ${problem.what}`, lines: isWholeStory ? [] : lines };
  }
  const late = afterMs === undefined ? '' : `was not ready after ${timeWords(afterMs)}`;
  const what = [late, how].filter((words) => words !== '').join(': ');
  return { code: notReady, what: `${who} did not come up: ${what}`, lines, hint: startFailureHint(kind, afterMs) };
}

function startFailureHint(kind: StartFailure['kind'], afterMs: number | undefined): string | undefined {
  const time = afterMs === undefined ? '' : 'give it more time with --startup-timeout, or ';
  if (kind === 'worker') return afterMs === undefined ? undefined : 'more time: --startup-timeout 30';
  return `it is fail-closed, so nothing starts without it: mend it, ${time}choose failure-mode "open"`;
}

/** 41 ms · 1.2 s · 45 s · 3 min · 3 h 4 min · 3 d 4 h */
export function timeWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
}

/** The same facts as an event of the log; `undefined` where another line already tells it. */
export function asEvent(
  fact: Fact,
  lastLines: readonly string[],
): { level: Level; event: EventName; facts: Facts } | undefined {
  switch (fact.type) {
    case 'child-ready': {
      const { child, detail, ms } = fact;
      return { level: 'info', event: 'child-ready', facts: { child, detail, ready_ms: Math.round(ms) } };
    }
    case 'child-exited':
      return {
        level: 'warn',
        event: fact.verdict?.next === 'failed' ? 'child-failed' : 'child-exited',
        facts: exitFacts(fact, lastLines),
      };
    case 'stack-ready':
      return {
        level: 'info',
        event: 'stack-ready',
        facts: { listening: fact.listening, missing: fact.missing, ready_ms: Math.round(fact.ms) },
      };
    case 'child-too-big': {
      const { child, bytes, bytesMax } = fact;
      return { level: 'warn', event: 'child-too-big', facts: { child, bytes, bytes_max: bytesMax } };
    }
    case 'child-stopped':
      return { level: 'info', event: 'child-stopped', facts: { child: fact.child } };
    case 'child-not-replaced':
      return { level: 'error', event: 'child-not-replaced', facts: failureFacts(fact.failure, lastLines) };
    case 'reload-refused': {
      const { code, what, lines } = fact.complaint;
      return { level: 'error', event: 'reload-refused', facts: { code, what, ...(lines ? { lines } : {}) } };
    }
    case 'log-failed':
      return { level: 'warn', event: 'log-failed', facts: { path: fact.path, error: fact.why } };
    case 'log-resumed':
      return { level: 'warn', event: 'log-resumed', facts: { path: fact.path, dropped: fact.dropped } };
    case 'change-ended':
      return changeEvent(fact, lastLines);
    case 'stack-status':
      return { level: 'info', event: 'stack-status', facts: { phase: fact.phase, children: fact.children } };
    case 'stack-stopping':
      return { level: 'info', event: 'stack-stopping', facts: { reason: fact.reason, hurried: fact.hurried } };
    case 'stack-stopped':
      return { level: 'info', event: 'stack-stopped', facts: stoppedFacts(fact) };
    case 'reload-began': // told by its end
    case 'child-missing': // told by its exit, and again when the stack is ready
    case 'start-failed': // told as the command's error
      return undefined;
  }
}

function stoppedFacts({ ms, killed, connections, cut }: Extract<Fact, { type: 'stack-stopped' }>): Facts {
  return { stop_ms: Math.round(ms), connections_closed: connections, requests_cut: cut, killed };
}

/** `2 connections closed, 0 requests cut, stopped in 41 ms` */
export function stoppedWords({ ms, connections, cut }: { ms: number; connections: number; cut: number }): string {
  return `${counted(connections, 'connection')} closed, ${counted(cut, 'request')} cut, stopped in ${timeWords(ms)}`;
}

export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${count} ${count === 1 ? thing : things}`;
}

const changeEvents = {
  reload: { applied: 'reload-applied', 'rolled-back': 'reload-rolled-back' },
  restart: { applied: 'restart-done', 'rolled-back': 'restart-failed' },
} as const;

function changeEvent(
  { change, outcome, replaced, removed, ms, failure }: ChangeEnded,
  lastLines: readonly string[],
): { level: Level; event: EventName; facts: Facts } {
  const facts = { replaced, removed, ms: Math.round(ms) };
  const event = changeEvents[change][outcome];
  if (failure === undefined) return { level: 'info', event, facts };
  return { level: 'error', event, facts: { ...facts, ...failureFacts(failure, lastLines) } };
}

function failureFacts(failure: StartFailure, lastLines: readonly string[]): Facts {
  const { code, what } = startFailureComplaint(failure, []);
  return { child: failure.child, code, what, last_lines: lastLines };
}

/** The child that a fact is about, whose last lines tell more. */
export function childOf(fact: Fact): string | undefined {
  if ('child' in fact) return fact.child;
  return 'failure' in fact ? fact.failure?.child : undefined;
}

function exitFacts(
  { child, exit, problem, uptimeMs, slowMs, silentMs, verdict }: ChildExited,
  lastLines: readonly string[],
): Facts {
  const next =
    verdict === undefined
      ? {}
      : { next: verdict.next, ...(verdict.next === 'leave' ? {} : { next_ms: verdict.delayMs }) };
  const { code, signal, notStarted } = exit;
  const slow = {
    ...(slowMs === undefined ? {} : { not_ready_ms: slowMs }),
    ...(silentMs === undefined ? {} : { silent_ms: silentMs }),
  };
  return {
    child,
    code,
    signal,
    ...(notStarted === undefined ? {} : { notStarted }),
    ...slow,
    problem,
    uptime_ms: Math.round(uptimeMs),
    ...next,
    last_lines: lastLines,
  };
}
