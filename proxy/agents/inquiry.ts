// All that agents are asked about one exchange, and what they said so far. Groups are asked in order; each sees what the
// ones before it changed; the first that does not let the exchange pass ends the asking, and within a group the order of
// the route decides. The shaping decision: an agent that gave no answer is settled here and only here, by its failure
// mode. It refuses to write to the client and to change the exchange: it says what was decided, the trunk acts.

import { askingLimits } from '#config/limits';
import { type AgentEvent, type AgentReply, type Audit, type Decision, plainAllow } from '#protocol/message';
import { type AgentCall, type CallResult, failed, type Phase } from './call.ts';
import { HeaderChanges } from './merge.ts';
import type { Group, Step } from './plan.ts';

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

export interface Ask {
  readonly phase: Phase;
  readonly groups: readonly Group[];
  /** As it is after what has been changed so far. */
  readonly event: () => AgentEvent;
  /** Takes a body that was changed. */
  readonly onReply?: (reply: AgentReply) => void;
}

export class Inquiry {
  readonly trail: AgentTrail[] = [];
  readonly notes: Note[] = [];
  readonly requestChanges = new HeaderChanges();
  readonly responseChanges = new HeaderChanges();
  readonly tags: string[] = [];
  upstreamOverride: string | undefined = undefined;
  routeOverride: string | undefined = undefined;
  wantsBody: readonly Step[] = nobody;
  readonly #isChallengePassed: () => boolean;
  readonly #running: AgentCall[] = []; // usually one
  #isOver = false;

  constructor(isChallengePassed: () => boolean) {
    this.#isChallengePassed = isChallengePassed;
  }

  async ask({ phase, groups, event, onReply }: Ask): Promise<Stop | undefined> {
    for (const group of groups) {
      const stop = await this.#askGroup(phase, group, event, onReply);
      if (stop !== undefined || this.#isOver) return stop;
    }
    return undefined;
  }

  /** The exchange is over: whoever is still asked need not answer. */
  close(): void {
    this.#isOver = true;
    for (const call of this.#running.splice(0)) call.cancel();
  }

  async #askGroup(phase: Phase, group: Group, event: Ask['event'], onReply: Ask['onReply']): Promise<Stop | undefined> {
    const [only] = group;
    if (only !== undefined && group.length === 1)
      return only.agent.link.takes(phase)
        ? this.#take(phase, only, await this.#call(phase, only, event()), onReply)
        : undefined;
    const asked = group.filter(({ agent }) => agent.link.takes(phase));
    const seen = event(); // the same for all
    const answers = await Promise.all(asked.map((step) => this.#call(phase, step, seen)));
    let stop: Stop | undefined;
    asked.forEach((step, index) => {
      const answer = answers[index];
      if (stop === undefined && answer !== undefined) stop = this.#take(phase, step, answer, onReply);
    });
    return stop;
  }

  async #call(phase: Phase, step: Step, event: AgentEvent): Promise<Answer> {
    const call = step.agent.ask(phase, event);
    this.#running.push(call);
    const result = await call.outcome;
    const index = this.#running.indexOf(call);
    if (index !== -1) this.#running.splice(index, 1);
    return { result, ms: Math.round((performance.now() - call.startedMs) * 1000) / 1000 };
  }

  #take(phase: Phase, step: Step, { result: told, ms }: Answer, onReply: Ask['onReply']): Stop | undefined {
    const result = bounded(step, told);
    const decision = result.ok ? result.reply.decision.type : `failed-${step.failure.mode}`;
    if (this.trail.length < askingLimits.trailMax)
      this.trail.push({ name: step.agent.name, event: phase, decision, ms });
    this.#note(phase, step, decision, result);
    if (!result.ok)
      return step.failure.mode === 'closed'
        ? { kind: 'unavailable', agent: step.agent.name, detail: result.detail }
        : undefined;
    const { reply } = result;
    const passes =
      reply.decision.type === 'allow' || (reply.decision.type === 'challenge' && this.#isChallengePassed());
    if (reply.decision.type !== 'allow' && !passes)
      return {
        kind: 'decided',
        agent: step.agent.name,
        decision: reply.decision,
        reason: reasonOf(reply.decision, reply.audit),
      };
    if (reply !== plainAllow) this.#takeChanges(step, reply); // as most replies are
    onReply?.(reply);
    return undefined;
  }

  #takeChanges(step: Step, { requestHeaders, responseHeaders, routing, audit, needsMore }: AgentReply): void {
    this.requestChanges.take(requestHeaders);
    this.responseChanges.take(responseHeaders);
    this.upstreamOverride = routing.upstreamOverride ?? this.upstreamOverride;
    this.routeOverride = routing.routeOverride ?? this.routeOverride;
    for (const tag of [...routing.tags, ...audit.tags])
      if (this.tags.length < askingLimits.tagsMax && !this.tags.includes(tag)) this.tags.push(tag);
    if (needsMore && !this.wantsBody.includes(step)) this.wantsBody = [...this.wantsBody, step];
  }

  /** What says nothing is not kept. */
  #note(event: Phase, step: Step, decision: string, result: CallResult): void {
    const audit = result.ok ? result.reply.audit : undefined;
    const isSilent = decision === 'allow' && (audit === undefined || saysNothing(audit));
    if (isSilent || this.notes.length >= askingLimits.trailMax) return;
    const fault = result.ok ? undefined : `${result.fault}: ${result.detail}`;
    this.notes.push({ agent: step.agent.name, event, decision, filter: step.filter, audit, fault });
  }
}

const nobody: readonly Step[] = [];

interface Answer {
  readonly result: CallResult;
  readonly ms: number;
}

/** An agent that would send the exchange where it may not is wrong, and so has not answered. */
function bounded({ agent }: Step, result: CallResult): CallResult {
  if (!result.ok) return result;
  if (result.reply === plainAllow) return result;
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
