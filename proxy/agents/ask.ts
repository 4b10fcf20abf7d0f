// One phase of an exchange put to the agents of its route, in the order the route names them. Each sees the headers as
// the ones before it left them; the first that does not let the request pass ends the asking. The shaping decision: an
// agent that gave no answer is settled here and only here, by the failure mode of the filter, else of the agent. It
// refuses to write to the client and to change the request: it returns a verdict, the trunk acts.

import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { createLogger, type Logger } from '#config/log';
import type { AgentConfig, Config, FilterConfig } from '#config/schema';
import { writeEvent } from '#protocol/event-json';
import { encodeFrame } from '#protocol/frame-v1';
import type { HeaderTable } from '#protocol/headers';
import type { Audit, Decision, HeaderMutation } from '#protocol/message';
import type { CallResult } from './connection.ts';
import { AgentLink } from './link.ts';
import { HeaderChanges } from './merge.ts';

export type AgentVerdict =
  | { decision: 'allow'; requestHeaders: HeaderMutation[]; responseHeaders: HeaderMutation[]; trail: AgentTrail[] }
  | {
      decision: 'block';
      status: number;
      body: string | undefined;
      headers: [string, string][];
      agent: string;
      reason: string | undefined;
      trail: AgentTrail[];
    }
  | { decision: 'unavailable'; agent: string; trail: AgentTrail[] }; // an agent that must answer did not: 503

export type { HeaderMutation };

/** What one agent said: `allow`, `block`, `redirect`, or, without an answer, `failed-open`, `failed-closed`. */
export type AgentTrail = { name: string; event: string; decision: string; ms: number };

export interface AskedRequest {
  requestId: string;
  method: string;
  uri: string;
  headers: Array<[string, string]>;
  clientIp: string;
  clientPort: number;
  host: string;
  protocol: string;
  routeId: string;
  upstreamId: string | undefined;
}

/** One filter of a route, ready to be asked. */
interface Step {
  readonly agent: string;
  readonly link: AgentLink;
  readonly failureMode: 'open' | 'closed';
}

const event = 'request-headers';

export class Agents {
  readonly #links = new Map<string, AgentLink>();
  readonly #steps = new Map<string, readonly Step[]>(); // by route, without routes that ask nobody

  constructor(config: Config, runtimeDir: string, log: Logger = createLogger('proxy')) {
    for (const route of config.routes) {
      const steps = route.filters.flatMap((name) => this.#stepsOf(config, name, runtimeDir, log));
      if (steps.length > 0) this.#steps.set(route.name, steps);
    }
  }

  hasFor(routeName: string): boolean {
    return this.#steps.has(routeName);
  }

  /** Settles once each agent has been reached, or found out of reach, for the first time. */
  async ready(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.ready()));
  }

  async ask(routeName: string, request: AskedRequest): Promise<AgentVerdict> {
    const trail: AgentTrail[] = [];
    const requestChanges = new HeaderChanges();
    const responseChanges = new HeaderChanges();
    for (const step of this.#steps.get(routeName) ?? []) {
      const startedMs = performance.now();
      const result = await callStep(step, request, requestChanges);
      trail.push({ name: step.agent, event, decision: decisionOf(step, result), ms: since(startedMs) });
      if (!result.ok) {
        if (step.failureMode === 'closed') return { decision: 'unavailable', agent: step.agent, trail };
        continue;
      }
      const { reply } = result;
      if (reply.decision.type === 'block' || reply.decision.type === 'redirect')
        return refusal(step.agent, reply.decision, reply.audit, trail);
      requestChanges.take(reply.requestHeaders);
      responseChanges.take(reply.responseHeaders);
    }
    return { decision: 'allow', requestHeaders: requestChanges.list(), responseHeaders: responseChanges.list(), trail };
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  #stepsOf(config: Config, filterName: string, runtimeDir: string, log: Logger): Step[] {
    const filter = named(config.filters, filterName);
    const agent = filter === undefined ? undefined : named(config.agents, filter.agent);
    if (filter === undefined || agent === undefined || !agent.events.includes(event)) return [];
    const link = this.#links.get(agent.name) ?? openLink(agent, runtimeDir, log);
    this.#links.set(agent.name, link);
    return [{ agent: agent.name, link, failureMode: filter.failureMode ?? agent.failureMode }];
  }
}

function named<T extends AgentConfig | FilterConfig>(list: readonly T[], name: string): T | undefined {
  return list.find((one) => one.name === name);
}

function openLink(agent: AgentConfig, runtimeDir: string, log: Logger): AgentLink {
  const config = agent.config ?? {};
  const configVersion = createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16);
  return new AgentLink({
    name: agent.name,
    path: resolve(runtimeDir, agent.transport.unixSocket),
    configureFrame: encodeFrame(writeEvent({ type: 'configure', agentId: agent.name, config, configVersion })),
    callsInFlightMax: agent.maxConcurrentCalls,
    timeoutMs: agent.timeoutMs,
    log,
  });
}

async function callStep({ link }: Step, request: AskedRequest, changes: HeaderChanges): Promise<CallResult> {
  const frame = encodeFrame(writeEvent(requestHeadersEvent(request, changes)));
  if (frame === undefined) return { ok: false, fault: 'too-large', detail: 'the request does not fit a frame' };
  return link.call(frame);
}

function requestHeadersEvent(request: AskedRequest, changes: HeaderChanges) {
  const metadata = {
    correlationId: request.requestId,
    requestId: request.requestId,
    clientIp: request.clientIp,
    clientPort: request.clientPort,
    serverName: request.host,
    protocol: request.protocol,
    routeId: request.routeId,
    upstreamId: request.upstreamId,
    tlsVersion: undefined,
    tlsCipher: undefined,
    timestampMs: Date.now(),
    traceparent: undefined,
  };
  const headers = toTable(changes.applyTo(request.headers));
  return { type: 'request_headers', metadata, method: request.method, uri: request.uri, headers } as const;
}

function toTable(headers: readonly (readonly [name: string, value: string])[]): HeaderTable {
  const table = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const lowerName = name.toLowerCase();
    const values = table.get(lowerName);
    if (values === undefined) table.set(lowerName, [value]);
    else values.push(value);
  }
  return table;
}

function decisionOf(step: Step, result: CallResult): string {
  return result.ok ? result.reply.decision.type : `failed-${step.failureMode}`;
}

function since(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000) / 1000;
}

type Refusing = Exclude<Decision, { type: 'allow' | 'challenge' }>; // link.ts lets no challenge through

/** A redirect is a refusal that says where to go instead. */
function refusal(agent: string, decision: Refusing, audit: Audit, trail: AgentTrail[]): AgentVerdict {
  const { status } = decision;
  const reason = reasonOf(decision, audit);
  if (decision.type === 'redirect') {
    return { decision: 'block', status, body: undefined, headers: [['Location', decision.url]], agent, reason, trail };
  }
  const headers = decision.headers.map(([name, value]): [string, string] => [name, value]);
  return { decision: 'block', status, body: decision.body, headers, agent, reason, trail };
}

/** For the logs: the reason in words and the rules behind it, wherever the agent wrote them. */
function reasonOf(decision: Refusing, audit: Audit): string | undefined {
  const { reason, ruleId } = decision.type === 'block' ? decision : {};
  const words = reason ?? (audit.reasonCodes.join(', ') || undefined);
  const rules = [...new Set([...(ruleId === undefined ? [] : [ruleId]), ...audit.ruleIds])].join(', ');
  return rules === '' ? words : `${words ?? 'matched'} (${rules})`;
}
