// What agents said so far about one exchange, and what follows from it. The shaping decision: an agent that gave no answer
// is settled here and only here, by its failure mode. Most exchanges have one agent that lets them pass, so everything
// else is made when it is needed. It refuses to ask (asking.ts), to write to the client and to change the exchange: it
// says what was decided, the trunk acts.

import { askingLimits } from '#config/limits';
import type { AgentReply, Audit, Decision } from '#protocol/message';
import { type AgentCall, allowed, type CallResult, decisionOf, failed, type Phase } from './call.ts';
import { HeaderChanges } from './merge.ts';
import type { Step } from './plan.ts';

/** What one agent said: `allow`, `block`, `redirect`, `challenge`, or, without an answer, `failed-open`, `failed-closed`. */
export type AgentTrail = { name: string; event: string; decision: string; ms: number };

type Block = Extract<Decision, { type: 'block' }>;
type Redirect = Extract<Decision, { type: 'redirect' }>;
type Challenge = Extract<Decision, { type: 'challenge' }>;

/** Why the exchange does not go on. */
export type Stop =
  | {
      readonly kind: 'decided';
      readonly agent: string;
      readonly decision: Block | Redirect | Challenge;
      readonly reason: string | undefined;
    }
  | { readonly kind: 'unavailable'; readonly agent: string; readonly detail: string }; // one that must answer did not

/** What agents told for the logs. */
export interface Note {
  readonly agent: string;
  readonly event: Phase;
  readonly decision: string;
  readonly filter: string;
  readonly audit: Audit | undefined;
  readonly fault: string | undefined;
}

/** Whether its client has solved what a challenge asks for. */
export interface Challenged {
  hasPassedChallenge(): boolean;
}

export class Inquiry {
  trail: readonly AgentTrail[] = none;
  notes: readonly Note[] = none;
  requestChanges = HeaderChanges.none;
  responseChanges = HeaderChanges.none;
  tags: readonly string[] = none;
  upstreamOverride: string | undefined = undefined;
  routeOverride: string | undefined = undefined;
  wantsBody: readonly Step[] = none;
  readonly #exchange: Challenged;
  #running: AgentCall | undefined = undefined; // usually there is one at a time
  #more: readonly AgentCall[] | undefined = undefined;
  #isOver = false;

  constructor(exchange: Challenged) {
    this.#exchange = exchange;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** One more is asked; it is cancelled when the exchange is over before it has answered. */
  begin(call: AgentCall): void {
    if (this.#running === undefined) this.#running = call;
    else this.#more = [...(this.#more?.filter(({ isSettled }) => !isSettled) ?? []), call];
  }

  end(call: AgentCall): void {
    if (this.#running === call) this.#running = undefined;
  }

  /** The exchange is over: whoever is still asked need not answer. */
  close(): void {
    this.#isOver = true;
    this.#running?.cancel();
    if (this.#more !== undefined) for (const call of this.#more) call.cancel();
  }

  /** What an agent answered, and how long it took; returns why the exchange does not go on, if it does not. */
  take(phase: Phase, step: Step, told: CallResult, ms: number): Stop | undefined {
    const result = told === allowed ? told : bounded(step, told);
    const decision = result.ok ? decisionOf(result.reply) : failedWords[step.failure.mode];
    const isUsual = phase === 'websocket-frame' && decision === 'allow'; // a connection may have millions
    if (!isUsual && this.trail.length < askingLimits.trailMax)
      this.trail = appended(this.trail, { name: step.agent.name, event: phase, decision, ms });
    if (result === allowed) return undefined; // as most answers are
    this.#note(phase, step, decision, result);
    if (!result.ok)
      return step.failure.mode === 'closed'
        ? { kind: 'unavailable', agent: step.agent.name, detail: result.detail }
        : undefined;
    const { reply } = result;
    const passes =
      reply.decision.type === 'allow' || (reply.decision.type === 'challenge' && this.#exchange.hasPassedChallenge());
    if (reply.decision.type !== 'allow' && !passes)
      return {
        kind: 'decided',
        agent: step.agent.name,
        decision: reply.decision,
        reason: reasonOf(reply.decision, reply.audit),
      };
    this.#takeChanges(step, reply);
    return undefined;
  }

  #takeChanges(step: Step, { requestHeaders, responseHeaders, routing, audit, needsMore }: AgentReply): void {
    this.requestChanges = this.requestChanges.and(requestHeaders);
    this.responseChanges = this.responseChanges.and(responseHeaders);
    this.upstreamOverride = routing.upstreamOverride ?? this.upstreamOverride;
    this.routeOverride = routing.routeOverride ?? this.routeOverride;
    for (const tag of [...routing.tags, ...audit.tags]) this.tag(tag);
    if (needsMore && !this.wantsBody.includes(step)) this.wantsBody = [...this.wantsBody, step];
  }

  tag(tag: string): void {
    if (this.tags.length < askingLimits.tagsMax && !this.tags.includes(tag)) this.tags = appended(this.tags, tag);
  }

  /** What says nothing is not kept. */
  #note(event: Phase, step: Step, decision: string, result: CallResult): void {
    const audit = result.ok ? result.reply.audit : undefined;
    const isSilent = decision === 'allow' && (audit === undefined || saysNothing(audit));
    if (isSilent || this.notes.length >= askingLimits.trailMax) return;
    const fault = result.ok ? undefined : `${result.fault}: ${result.detail}`;
    this.notes = appended(this.notes, { agent: step.agent.name, event, decision, filter: step.filter, audit, fault });
  }
}

const none: readonly never[] = [];

const failedWords = { open: 'failed-open', closed: 'failed-closed' } as const;

/** Lists of one are what most are; `push` makes room for sixteen more. */
function appended<T>(list: readonly T[], one: T): readonly T[] {
  return list.length === 0 ? [one] : [...list, one];
}

/** An agent that would send the exchange where it may not is wrong, and so has not answered. */
function bounded({ agent }: Step, result: CallResult): CallResult {
  if (!result.ok) return result;
  const { upstreamOverride: upstream, routeOverride: route } = result.reply.routing;
  const { allowUpstreams, allowRoutes } = agent.config;
  if (upstream !== undefined && !allowUpstreams.includes(upstream))
    return agent.overreach(failed('bad-protocol', `it may not choose upstream ${JSON.stringify(upstream)}`));
  if (route !== undefined && !allowRoutes.includes(route))
    return agent.overreach(failed('bad-protocol', `it may not choose route ${JSON.stringify(route)}`));
  return result;
}

function saysNothing({ tags, ruleIds, reasonCodes, confidence }: Audit): boolean {
  return tags.length + ruleIds.length + reasonCodes.length === 0 && confidence === undefined;
}

/** For the logs: the reason in words and the rules behind it, wherever the agent wrote them. */
function reasonOf(decision: Block | Redirect | Challenge, audit: Audit): string | undefined {
  const { reason, ruleId } = decision.type === 'block' ? decision : {};
  const words = reason ?? (audit.reasonCodes.join(', ') || undefined);
  const rules = [...new Set([...(ruleId === undefined ? [] : [ruleId]), ...audit.ruleIds])].join(', ');
  return rules === '' ? words : `${words ?? 'matched'} (${rules})`;
}
