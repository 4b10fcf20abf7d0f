// The plain evaluator: the rules of a phase, one after the other, each on every value, exactly as ModSecurity 2.9 goes
// through them (apache2/re.c). It is the reference that anything faster is compared with, so it prefers to be plain.
// READ THIS FIRST. Actions with effects are in effects.ts, what a match is reported as in alert.ts.

import { wafRunLimits } from '#config/limits-waf-run';
import type { Link, OperatorMatch, Phase, Rule, Step } from '../compile/rule-set.ts';
import { alertOf } from './alert.ts';
import { applyEffect } from './effects.ts';
import { expand } from './expand.ts';
import { faultOf } from './fault.ts';
import { type Item, nameOf } from './item.ts';
import type { InterruptionKind, TransactionState } from './state.ts';
import { valuesOf } from './targets.ts';
import { transformed } from './transformed.ts';
import { spend, spendOn } from './work.ts';

const defaultStatus = 403; // SecDefaultAction and rules may say another
const redirectStatuses: readonly number[] = [301, 302, 303, 307]; // others, inherited from a rule's defaults, would lead nowhere

/** Runs a phase, unless the transaction was allowed or the engine is off. Phase 5 always runs, and stops nothing. */
export function runPhase(tx: TransactionState, phase: Phase): void {
  tx.phase = phase;
  tx.isPhaseAllowed = false;
  tx.matchedInChain = [];
  if (tx.engine === 'off' || isAllowed(tx, phase)) return;
  tx.trace?.add({ kind: 'phase', phase });
  const steps = tx.ruleSet.phases[phase] ?? [];
  let at = 0;
  while (at < steps.length) {
    const step = steps[at];
    at += 1;
    if (step === undefined || step.kind === 'marker') continue;
    const isMatch = runRule(tx, step);
    if (hasEnded(tx, phase)) return;
    if (isMatch) at = nextAfter(tx, step, steps, at);
  }
}

export const isAllowed = (tx: TransactionState, phase: Phase): boolean =>
  phase !== 5 && (tx.allowed === 'transaction' || (tx.allowed === 'request' && phase <= 2));

/** Nothing more of this phase: it was stopped, or a rule let the rest pass, or switched the engine off. */
export const hasEnded = (tx: TransactionState, phase: Phase): boolean =>
  tx.engine === 'off' || tx.isPhaseAllowed || (phase !== 5 && tx.interruption !== undefined) || isAllowed(tx, phase);

/** `skipAfter` leads behind its marker, to the end of the phase if there is none; `skip:2` over two rules. */
function nextAfter(tx: TransactionState, rule: Rule, steps: readonly Step[], at: number): number {
  if (rule.skipAfter === undefined && rule.skip === 0) return at;
  const next = placeAfter(rule, steps, at);
  if (tx.trace !== undefined) traceSkipped(tx, rule, steps.slice(at, next));
  return next;
}

export function placeAfter({ skip, skipAfter }: Rule, steps: readonly Step[], at: number): number {
  if (skipAfter === undefined) return behindRules(steps, at, skip);
  const found = steps.findIndex((step, index) => index >= at && step.kind === 'marker' && step.name === skipAfter);
  return found === -1 ? steps.length : found + 1;
}

function behindRules(steps: readonly Step[], from: number, count: number): number {
  let left = count;
  let at = from;
  while (at < steps.length && left > 0) {
    if (steps[at]?.kind === 'rule') left -= 1;
    at += 1;
  }
  return at;
}

function traceSkipped(tx: TransactionState, by: Rule, skipped: readonly Step[]): void {
  const to = by.skipAfter ?? `skip:${by.skip}`;
  for (const step of skipped) {
    if (step.kind === 'rule') tx.trace?.add({ kind: 'skipped', id: step.id, phase: tx.phase, by: by.id, to });
  }
}

/** A rule and what is chained to it. `only`: values that its first link may match, where the others are known not to. */
export function runRule(tx: TransactionState, rule: Rule, only?: readonly string[]): boolean {
  const { id, phase } = rule;
  if (isRemoved(tx, rule)) {
    tx.trace?.add({ kind: 'removed', id, phase });
    return false;
  }
  tx.trace?.add({ kind: 'rule', id, phase });
  tx.currentRule = rule;
  const isMatch = runLinks(tx, rule, only);
  tx.trace?.add({ kind: 'outcome', id, isMatch });
  tx.matchedInChain = []; // it grows over the links of a chain, and over nothing else
  return isMatch;
}

function runLinks(tx: TransactionState, rule: Rule, only: readonly string[] | undefined): boolean {
  try {
    return rule.links.every((link, index) => runLink(tx, rule, link, index === 0 ? only : undefined));
  } catch (error) {
    throw faultOf(rule.id, error);
  }
}

export function isRemoved(tx: TransactionState, rule: Rule): boolean {
  for (const removes of tx.ruleRemovals) if (removes(rule)) return true;
  return false;
}

/** Every value is looked at, and every one that matches has its effects at once: a score is added per value. */
function runLink(tx: TransactionState, rule: Rule, link: Link, only: readonly string[] | undefined): boolean {
  if (link.operator === undefined) {
    takeMatch(tx, rule, link, undefined);
    return true;
  }
  let isMatch = false;
  for (const item of valuesOf(tx, rule, link)) {
    if (only !== undefined && !only.includes(item.value)) continue;
    for (const value of candidatesOf(link, item.value)) {
      if (!test(tx, rule, link, item, value)) continue;
      isMatch = true;
      takeMatch(tx, rule, link, value === item.value ? item : { ...item, value });
      if (hasEnded(tx, tx.phase)) return true;
    }
  }
  return isMatch;
}

/** The value after all transformations; with multiMatch also before them, and after each one that changed it. */
function candidatesOf({ transformations, isMultiMatch }: Link, value: string): readonly string[] {
  if (!isMultiMatch) return [transformations.reduce((text, { apply }) => changed(apply, text), value)];
  const candidates = [value];
  let current = value;
  for (const { apply } of transformations) {
    const next = changed(apply, current);
    if (next !== current) candidates.push(next);
    current = next;
  }
  return candidates;
}

/** What is remembered is counted, too: what work a request is does not depend on what came before. */
function changed(apply: (text: string) => string, text: string): string {
  spendOn(text);
  return transformed(apply, text);
}

function test(tx: TransactionState, rule: Rule, link: Link, item: Item, value: string): boolean {
  spendOn(value);
  const match = link.operator?.match(value, { expand: (macro) => expand(tx, macro) }, link.captures);
  if (match !== undefined && link.captures) setCaptures(tx, match);
  const isMatch = (match !== undefined) !== link.isNegated;
  if (tx.trace !== undefined) {
    const place = { id: rule.id, link: rule.links.indexOf(link), name: nameOf(item) };
    tx.trace.add({ kind: 'test', ...place, value: item.value, tested: value, isMatch });
  }
  return isMatch;
}

/** TX:0 to TX:9, which are the first slots; those that this match did not set are gone. A group that took no part is empty. */
export function setCaptures({ tx }: TransactionState, { captures }: OperatorMatch): void {
  for (let slot = 0; slot < captureNames.length; slot += 1) {
    if (slot < captures.length) tx.setSlot(slot, captureNames.charAt(slot), captures[slot] ?? '');
    else if (tx.bySlot(slot) !== undefined) tx.putSlot(slot, undefined);
  }
}

const captureNames = '0123456789';

/** One value matched one link: what is remembered, then the effects, then, at the end of the chain, the reaction. */
function takeMatch(tx: TransactionState, rule: Rule, link: Link, item: Item | undefined): void {
  if (item !== undefined) {
    spend(wafRunLimits.workPerMatch);
    tx.matched = item;
    if (tx.matchedInChain.length < wafRunLimits.matchedVariablesMax) tx.matchedInChain.push(item);
  }
  const isLast = link === rule.links.at(-1);
  if (isLast && rule.meta.severity !== undefined) tx.highestSeverity = Math.min(tx.highestSeverity, rule.meta.severity);
  for (const effect of link.effects) applyEffect(tx, rule, effect);
  if (!isLast) return;
  if (tx.matchedRules.at(-1) !== rule) tx.matchedRules.push(rule); // value after value of one rule
  react(tx, rule, link, item);
}

/** Logs, and stops or lets pass. With DetectionOnly and in phase 5 all of it is a warning. */
function react(tx: TransactionState, rule: Rule, link: Link, item: Item | undefined): void {
  const { disruption } = rule;
  const acts = tx.engine === 'on' && rule.phase !== 5;
  const isMild = disruption.kind === 'pass' || disruption.kind === 'none';
  if (isMild && !rule.logs && !rule.audits) return; // no log will want it
  if (!acts || isMild) report(tx, rule, link, item, 'Warning.');
  else if (disruption.kind === 'allow') {
    report(tx, rule, link, item, `Access allowed (phase ${rule.phase}).`);
    if (disruption.scope === 'phase') tx.isPhaseAllowed = true;
    else tx.allowed = disruption.scope;
  } else {
    const location = disruption.kind === 'redirect' ? expand(tx, disruption.to) : undefined;
    interrupt(tx, rule, link, item, disruption.kind, location);
  }
}

function interrupt(
  tx: TransactionState,
  rule: Rule,
  link: Link,
  item: Item | undefined,
  kind: InterruptionKind,
  location: string | undefined,
): void {
  const asked = rule.status ?? (kind === 'redirect' ? 302 : defaultStatus);
  const status = kind === 'redirect' && !redirectStatuses.includes(asked) ? 302 : asked;
  const words = {
    deny: `Access denied with code ${status} (phase ${rule.phase}).`,
    drop: `Access denied with connection close (phase ${rule.phase}).`,
    redirect: `Access denied with redirection to ${location ?? ''} using status ${status} (phase ${rule.phase}).`,
  };
  report(tx, rule, link, item, words[kind]);
  tx.interruption = { kind, status, location, ruleId: rule.id, phase: rule.phase, reason: words[kind] };
}

function report(tx: TransactionState, rule: Rule, link: Link, item: Item | undefined, action: string): void {
  if (rule.audits) tx.isRelevant = true;
  if (tx.alerts.length < wafRunLimits.alertsMax) tx.alerts.push(alertOf(tx, rule, link, item, action));
  else tx.alertsLost += 1;
}
