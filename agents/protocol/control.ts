// What proxy and agent of version 2 say to each other beside the calls: handshake, health, metrics, flow control,
// configuration updates, cancel. Types, narrowing and writing of each, since each is small. The shaping decision: what
// only grows a log line or a gauge is kept loosely (numbers by name, bounded), what steers the proxy is narrowed to
// what it can act on. It refuses to know what is done about any of it.

import { z } from 'zod';
import { wireLimits } from '#config/limits';
import type { EventType, Reading } from './message.ts';
import { anything, correlationId, count, maybe, narrow, shortText } from './narrow.ts';

export const encodings = ['sentinel-binary', 'msgpack', 'json'] as const;
export type Encoding = (typeof encodings)[number];

// ---- handshake ----

export interface HandshakeRequest {
  readonly supportedVersions: readonly number[];
  readonly proxyId: string;
  readonly proxyVersion: string;
  readonly config: unknown;
  readonly supportedEncodings: readonly string[]; // best first
}

export interface AgentFeatures {
  readonly streamingBody: boolean;
  readonly websocket: boolean;
  readonly guardrails: boolean;
  readonly configPush: boolean;
  readonly metricsExport: boolean;
  readonly concurrentRequests: number; // 0: as many as the proxy likes
  readonly cancellation: boolean;
  readonly flowControl: boolean;
  readonly healthReporting: boolean;
}

export interface Capabilities {
  readonly agentId: string;
  readonly name: string;
  readonly version: string;
  readonly supportedEvents: readonly EventType[];
  readonly features: AgentFeatures;
  readonly limits: {
    readonly maxBodySize: number;
    readonly maxConcurrency: number;
    readonly preferredChunkSize: number;
  };
}

export interface HandshakeResponse {
  readonly protocolVersion: number;
  readonly capabilities: Capabilities;
  readonly success: boolean;
  readonly error: string | undefined;
  readonly encoding: Encoding;
}

/** 8 is sent for `configure`, and 0 accepted: agents in the field disagree. */
const eventNumbers: Readonly<Record<EventType, number>> = {
  request_headers: 1,
  request_body_chunk: 2,
  response_headers: 3,
  response_body_chunk: 4,
  request_complete: 5,
  websocket_frame: 6,
  guardrail_inspect: 7,
  configure: 8,
};
const eventsByNumber = new Map<number, EventType>([
  [0, 'configure'],
  ...(Object.entries(eventNumbers) as [EventType, number][]).map(([type, number]): [number, EventType] => [
    number,
    type,
  ]),
]);

const names = z.array(shortText).max(wireLimits.controlListMax);

const handshakeRequest = z
  .object({
    supported_versions: z.array(z.int()).max(wireLimits.auditItemsMax),
    proxy_id: shortText.nullish(),
    proxy_version: shortText.nullish(),
    config: anything,
    supported_encodings: names.nullish(),
  })
  .transform(
    (given): HandshakeRequest => ({
      supportedVersions: given.supported_versions,
      proxyId: given.proxy_id ?? '',
      proxyVersion: given.proxy_version ?? '',
      config: given.config,
      supportedEncodings: given.supported_encodings ?? ['json'],
    }),
  );

const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const amount = count.nullish().transform((value) => value ?? 0);

const features = z
  .object({
    streaming_body: flag,
    websocket: flag,
    guardrails: flag,
    config_push: flag,
    metrics_export: flag,
    concurrent_requests: amount,
    cancellation: flag,
    flow_control: flag,
    health_reporting: flag,
  })
  .transform(
    (given): AgentFeatures => ({
      streamingBody: given.streaming_body,
      websocket: given.websocket,
      guardrails: given.guardrails,
      configPush: given.config_push,
      metricsExport: given.metrics_export,
      concurrentRequests: given.concurrent_requests,
      cancellation: given.cancellation,
      flowControl: given.flow_control,
      healthReporting: given.health_reporting,
    }),
  );

const sizes = z
  .object({ max_body_size: amount, max_concurrency: amount, preferred_chunk_size: amount })
  .transform((given) => ({
    maxBodySize: given.max_body_size,
    maxConcurrency: given.max_concurrency,
    preferredChunkSize: given.preferred_chunk_size,
  }));

const capabilities = z
  .object({
    agent_id: shortText.nullish(),
    name: shortText.nullish(),
    version: shortText.nullish(),
    supported_events: z.array(z.int()).max(wireLimits.auditItemsMax),
    features: features.prefault({}),
    limits: sizes.prefault({}),
  })
  .transform(
    (given): Capabilities => ({
      agentId: given.agent_id ?? '',
      name: given.name ?? '',
      version: given.version ?? '',
      supportedEvents: [...new Set(given.supported_events.flatMap((number) => eventsByNumber.get(number) ?? []))],
      features: given.features,
      limits: given.limits,
    }),
  );

const handshakeResponse = z
  .object({
    protocol_version: z.int(),
    capabilities,
    success: z.boolean().nullish(),
    error: maybe(shortText),
    encoding: z.enum(encodings).nullish(),
  })
  .transform(
    (given): HandshakeResponse => ({
      protocolVersion: given.protocol_version,
      capabilities: given.capabilities,
      success: given.success ?? given.error === undefined,
      error: given.error,
      encoding: given.encoding ?? 'json',
    }),
  );

export function readHandshakeRequest(message: unknown): Reading<HandshakeRequest> {
  return narrow(handshakeRequest, message);
}

export function readHandshakeResponse(message: unknown): Reading<HandshakeResponse> {
  return narrow(handshakeResponse, message);
}

export function writeHandshakeRequest(request: HandshakeRequest): object {
  return {
    supported_versions: request.supportedVersions,
    proxy_id: request.proxyId,
    proxy_version: request.proxyVersion,
    config: request.config ?? null,
    supported_encodings: request.supportedEncodings,
  };
}

export function writeHandshakeResponse(response: HandshakeResponse): object {
  const { protocolVersion, capabilities: able, success, error, encoding } = response;
  return {
    protocol_version: protocolVersion,
    capabilities: {
      agent_id: able.agentId,
      name: able.name,
      version: able.version,
      supported_events: able.supportedEvents.map((type) => eventNumbers[type]),
      features: {
        streaming_body: able.features.streamingBody,
        websocket: able.features.websocket,
        guardrails: able.features.guardrails,
        config_push: able.features.configPush,
        metrics_export: able.features.metricsExport,
        concurrent_requests: able.features.concurrentRequests,
        cancellation: able.features.cancellation,
        flow_control: able.features.flowControl,
        health_reporting: able.features.healthReporting,
      },
      limits: {
        max_body_size: able.limits.maxBodySize,
        max_concurrency: able.limits.maxConcurrency,
        preferred_chunk_size: able.limits.preferredChunkSize,
      },
    },
    success,
    error: error ?? null,
    encoding,
  };
}

// ---- from the agent, at any time ----

export type HealthState =
  | { readonly status: 'healthy' }
  | { readonly status: 'degraded'; readonly disabledFeatures: readonly string[]; readonly timeoutMultiplier: number }
  | { readonly status: 'draining'; readonly etaMs: number | undefined }
  | { readonly status: 'unhealthy'; readonly reason: string; readonly recoverable: boolean };

type Numbers = Readonly<Record<string, number>>;

export interface HealthStatus {
  readonly agentId: string;
  readonly state: HealthState;
  readonly message: string | undefined;
  readonly load: Numbers; // in_flight, queue_depth, p50_latency_ms and so on
  readonly resources: Numbers;
  readonly validUntilMs: number | undefined;
  readonly timestampMs: number;
}

export interface MetricsReport {
  readonly agentId: string;
  readonly timestampMs: number;
  readonly intervalMs: number;
  readonly counters: unknown;
  readonly gauges: unknown;
  readonly histograms: unknown;
}

export interface FlowControl {
  readonly correlationId: string | undefined; // of one exchange; undefined: the whole connection
  readonly action: 'pause' | 'resume' | { readonly bufferAvailable: number };
  readonly timestampMs: number;
}

export type ConfigUpdate =
  | { readonly type: 'request_reload' }
  | {
      readonly type: 'rule_update';
      readonly ruleSet: string;
      readonly rules: readonly unknown[];
      readonly removeRules: readonly string[];
    }
  | {
      readonly type: 'list_update';
      readonly listId: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    }
  | { readonly type: 'restart_required'; readonly reason: string; readonly gracePeriodMs: number }
  | { readonly type: 'config_error'; readonly error: string; readonly field: string | undefined };

/** What an agent says without being asked, except replies, pings and pongs. */
export type ControlMessage =
  | { readonly type: 'health'; readonly health: HealthStatus }
  | { readonly type: 'metrics'; readonly report: MetricsReport }
  | { readonly type: 'config-update'; readonly update: ConfigUpdate }
  | { readonly type: 'flow-control'; readonly control: FlowControl };

const numbers = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((given): Numbers => {
    const found = Object.entries(given ?? {}).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    return Object.fromEntries(found.slice(0, wireLimits.auditItemsMax));
  });

const healthState = z
  .object({
    status: z.literal(['healthy', 'degraded', 'draining', 'unhealthy']),
    disabled_features: names.nullish(),
    timeout_multiplier: z.number().min(0).nullish(),
    eta_ms: count.nullish(),
    reason: shortText.nullish(),
    recoverable: z.boolean().nullish(),
  })
  .transform((given): HealthState => {
    switch (given.status) {
      case 'healthy':
        return { status: 'healthy' };
      case 'degraded': {
        const { disabled_features: disabled, timeout_multiplier: multiplier } = given;
        return { status: 'degraded', disabledFeatures: disabled ?? [], timeoutMultiplier: multiplier ?? 1 };
      }
      case 'draining':
        return { status: 'draining', etaMs: given.eta_ms ?? undefined };
      case 'unhealthy':
        return { status: 'unhealthy', reason: given.reason ?? '', recoverable: given.recoverable ?? true };
    }
  });

const health = z
  .object({
    agent_id: shortText.nullish(),
    state: healthState,
    message: maybe(shortText),
    load: numbers,
    resources: numbers,
    valid_until_ms: maybe(z.number()),
    timestamp_ms: z.number().nullish(),
  })
  .transform(
    (given): HealthStatus => ({
      agentId: given.agent_id ?? '',
      state: given.state,
      message: given.message,
      load: given.load,
      resources: given.resources,
      validUntilMs: given.valid_until_ms,
      timestampMs: given.timestamp_ms ?? 0,
    }),
  );

const metrics = z
  .object({
    agent_id: shortText.nullish(),
    timestamp_ms: z.number().nullish(),
    interval_ms: z.number().nullish(),
    counters: anything,
    gauges: anything,
    histograms: anything,
  })
  .transform(
    (given): MetricsReport => ({
      agentId: given.agent_id ?? '',
      timestampMs: given.timestamp_ms ?? 0,
      intervalMs: given.interval_ms ?? 0,
      counters: given.counters,
      gauges: given.gauges,
      histograms: given.histograms,
    }),
  );

const flowControl = z
  .object({
    correlation_id: maybe(correlationId),
    action: z.union([
      z.literal(['pause', 'resume']),
      z
        .object({ update_capacity: z.object({ buffer_available: count }) })
        .transform((given) => ({ bufferAvailable: given.update_capacity.buffer_available })),
    ]),
    timestamp_ms: z.number().nullish(),
  })
  .transform(
    (given): FlowControl => ({
      correlationId: given.correlation_id,
      action: given.action,
      timestampMs: given.timestamp_ms ?? 0,
    }),
  );

const list = z.array(shortText).max(wireLimits.controlListMax).nullish();
const updates = z
  .object({
    request_reload: z.unknown().optional(),
    rule_update: z
      .object({
        rule_set: shortText,
        rules: z.array(anything).max(wireLimits.controlListMax).nullish(),
        remove_rules: list,
      })
      .optional(),
    list_update: z.object({ list_id: shortText, add: list, remove: list }).optional(),
    restart_required: z.object({ reason: shortText.nullish(), grace_period_ms: count.nullish() }).optional(),
    config_error: z.object({ error: shortText.nullish(), field: maybe(shortText) }).optional(),
  })
  .transform((given, context): ConfigUpdate => {
    const { rule_update: rules, list_update: lists, restart_required: restart, config_error: error } = given;
    if (rules !== undefined)
      return {
        type: 'rule_update',
        ruleSet: rules.rule_set,
        rules: rules.rules ?? [],
        removeRules: rules.remove_rules ?? [],
      };
    if (lists !== undefined)
      return { type: 'list_update', listId: lists.list_id, add: lists.add ?? [], remove: lists.remove ?? [] };
    if (restart !== undefined)
      return { type: 'restart_required', reason: restart.reason ?? '', gracePeriodMs: restart.grace_period_ms ?? 0 };
    if (error !== undefined) return { type: 'config_error', error: error.error ?? '', field: error.field };
    if ('request_reload' in given) return { type: 'request_reload' };
    context.addIssue('none of request_reload, rule_update, list_update, restart_required, config_error');
    return z.NEVER;
  });
/** A bare word, a table with one name, or that table under `update_type`: all three are seen. */
const configUpdate = z.preprocess((value) => {
  const inner = typeof value === 'object' && value !== null && 'update_type' in value ? value.update_type : value;
  return inner === 'request_reload' ? { request_reload: {} } : inner;
}, updates);

export function readControl(type: ControlMessage['type'], message: unknown): Reading<ControlMessage> {
  switch (type) {
    case 'health':
      return mapped(narrow(health, message), (value) => ({ type, health: value }));
    case 'metrics':
      return mapped(narrow(metrics, message), (value) => ({ type, report: value }));
    case 'flow-control':
      return mapped(narrow(flowControl, message), (value) => ({ type, control: value }));
    case 'config-update':
      return mapped(narrow<ConfigUpdate>(configUpdate, message), (value) => ({ type, update: value }));
  }
}

function mapped<A, B>(reading: Reading<A>, change: (value: A) => B): Reading<B> {
  return reading.ok ? { ok: true, value: change(reading.value) } : reading;
}

export function writeControl(message: ControlMessage): object {
  switch (message.type) {
    case 'health':
      return writeHealth(message.health);
    case 'metrics': {
      const { agentId, timestampMs, intervalMs, counters, gauges, histograms } = message.report;
      return { agent_id: agentId, timestamp_ms: timestampMs, interval_ms: intervalMs, counters, gauges, histograms };
    }
    case 'flow-control': {
      const { correlationId: id, action, timestampMs } = message.control;
      const written =
        typeof action === 'string' ? action : { update_capacity: { buffer_available: action.bufferAvailable } };
      return { correlation_id: id ?? null, action: written, timestamp_ms: timestampMs };
    }
    case 'config-update':
      return writeConfigUpdate(message.update);
  }
}

function writeHealth({ agentId, state, message, load, resources, validUntilMs, timestampMs }: HealthStatus): object {
  const rest = { load, resources, valid_until_ms: validUntilMs ?? null, timestamp_ms: timestampMs };
  return { agent_id: agentId, state: writeHealthState(state), message: message ?? null, ...rest };
}

function writeHealthState(state: HealthState): object {
  switch (state.status) {
    case 'healthy':
      return { status: 'healthy' };
    case 'degraded': {
      const { status, disabledFeatures, timeoutMultiplier } = state;
      return { status, disabled_features: disabledFeatures, timeout_multiplier: timeoutMultiplier };
    }
    case 'draining':
      return { status: 'draining', eta_ms: state.etaMs ?? null };
    case 'unhealthy':
      return state;
  }
}

function writeConfigUpdate(update: ConfigUpdate): object {
  switch (update.type) {
    case 'request_reload':
      return { request_reload: {} };
    case 'rule_update':
      return { rule_update: { rule_set: update.ruleSet, rules: update.rules, remove_rules: update.removeRules } };
    case 'list_update':
      return { list_update: { list_id: update.listId, add: update.add, remove: update.remove } };
    case 'restart_required':
      return { restart_required: { reason: update.reason, grace_period_ms: update.gracePeriodMs } };
    case 'config_error':
      return { config_error: { error: update.error, field: update.field ?? null } };
  }
}

// ---- from the proxy ----

/** The numbers are those of the wire. */
export const cancelReasons = {
  client_disconnect: 1,
  timeout: 2,
  blocked_by_agent: 3,
  upstream_error: 4,
  proxy_shutdown: 5,
  manual: 6,
} as const;
export type CancelReason = keyof typeof cancelReasons;

export interface Cancel {
  readonly correlationId: string;
  readonly reason: CancelReason;
}

const cancel = z
  .object({ correlation_id: correlationId, reason: z.int().min(0).max(255) })
  .transform((given): Cancel => ({ correlationId: given.correlation_id, reason: cancelReasonOf(given.reason) }));

export function readCancel(message: unknown): Reading<Cancel> {
  return narrow(cancel, message);
}

export function writeCancel({ correlationId: id, reason }: Cancel, timestampMs: number): object {
  return { correlation_id: id, reason: cancelReasons[reason], timestamp_ms: timestampMs };
}

/** A number that is none of ours is a cancel all the same. */
export function cancelReasonOf(number: number): CancelReason {
  const reasons = Object.keys(cancelReasons) as CancelReason[];
  return reasons.find((reason) => cancelReasons[reason] === number) ?? 'manual';
}
