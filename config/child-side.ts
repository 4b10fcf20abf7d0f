// The child's end of the private channel, the same in every process of ours: it says that it is alive, how it is, and
// learns that it is to stop. A supervisor that is gone is not yet a reason to stop: whoever takes over needs the time to
// bring up its own, and until then this process serves. It refuses to know what the process serves.

import { type FromChild, readToChild, type ToChild } from './channel.ts';
import { supervisorLimits } from './limits.ts';

const listeners = new Set<(message: ToChild) => void>();

/** Tells of every message that is one of ours, until the function returned is called. Each is narrowed once, whoever listens. */
export function hearSupervisor(listener: (message: ToChild) => void): () => void {
  if (listeners.size === 0) process.on('message', tellListeners);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) process.off('message', tellListeners);
  };
}

function tellListeners(message: unknown): void {
  const heard = readToChild(message);
  if (heard !== undefined) for (const listener of listeners) listener(heard);
}

/** Answers pings and questions from now on; `report` says how this process is, as JSON. */
export function answerSupervisor(report: () => string | Promise<string>): void {
  if (process.send === undefined) return;
  surviveClosedOutput();
  hearSupervisor((heard) => {
    if (heard.type === 'ping') void tellSupervisor({ type: 'pong', id: heard.id });
    else if (heard.type === 'report') void answerReport(heard.id, report);
  });
}

/** Unasked, before the end: nothing that was counted is lost with the process. */
export function tellLastReport(report: () => string | Promise<string>): Promise<void> {
  return answerReport(lastReport, report);
}

const lastReport = 0;

async function answerReport(id: number, report: () => string | Promise<string>): Promise<void> {
  const text = await report();
  if (text.length <= supervisorLimits.reportCharactersMax) await tellSupervisor({ type: 'report', id, text });
}

/** Pipes to a supervisor that is gone are broken: what is written is lost, and the work goes on. */
function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Of a process that others of the same stack need: workers that drain go on asking their agents. */
export interface Needed {
  readonly isNeeded: () => boolean;
  readonly atMostMs: number; // behind the grace
}

/**
 * Settles at the first request to stop: a signal, a `drain` message, or the loss of the supervisor and no signal from
 * another one within the grace. One that starts says so with SIGHUP, again and again: then the grace begins anew. Who is
 * needed when it is over serves on until it is not.
 */
export function stopAsked(orphanGraceMs: () => number, needed?: Needed): Promise<undefined> {
  return new Promise((resolve) => {
    let isAsked = false;
    let grace: NodeJS.Timeout | undefined;
    const asked = () => {
      isAsked = true;
      clearTimeout(grace);
      resolve(undefined);
    };
    const begin = () => {
      clearTimeout(grace);
      grace = setTimeout(() => serveOn(needed?.atMostMs ?? 0), orphanGraceMs()).unref(); // unref: who never served does not stay for it
    };
    const serveOn = (leftMs: number) => {
      if (leftMs <= 0 || needed?.isNeeded() !== true) return asked();
      grace = setTimeout(() => serveOn(leftMs - neededLookMs), neededLookMs).unref();
    };
    process.once('SIGTERM', asked);
    process.once('SIGINT', asked);
    if (process.send === undefined) return;
    process.once('disconnect', () => {
      if (!isAsked) begin(); // asked already: it was us who closed the channel
    });
    process.on('SIGHUP', () => {
      if (grace !== undefined && !isAsked) begin();
    });
    hearSupervisor(({ type }) => {
      if (type === 'drain') asked();
    });
  });
}

const neededLookMs = 200;

/** Settles once the message has left: a channel closed earlier would lose it. */
export function tellSupervisor(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, () => resolve());
    else resolve();
  });
}

/** An open channel would keep the process alive. */
export function releaseChannel(): void {
  if (process.connected) process.disconnect?.();
}
