// What goes over gRPC, as tables: the messages of both versions, their services, and a message of this side put on the
// wire or read from it. The values are those of JSON (event-json.ts, reply-json.ts, control.ts), written and narrowed by
// the same functions. agent.proto and agent-v1.proto are made from these tables (`make golden`), for authors of agents
// in other languages. The shaping decision: one stream (`ProcessStream`) says all that a Unix socket of version 2 says;
// `ControlStream` and `ProcessEvent` are there for agents that have only those. A number that was published is kept.

import { wireLimits } from '#config/limits';
import type { AgentMessage, ProxyMessage } from './codec-v2.ts';
import {
  type CancelReason,
  type ControlMessage,
  type HandshakeRequest,
  type HandshakeResponse,
  readCancel,
  readControl,
  readHandshakeRequest,
  readHandshakeResponse,
  writeCancel,
  writeControl,
  writeHandshakeRequest,
  writeHandshakeResponse,
} from './control.ts';
import { readPayload, writePayload } from './event-json.ts';
import { type AgentEvent, type AgentReply, correlationIdOf, type EventType, type Reading } from './message.ts';
import {
  decodeProtobuf,
  empty,
  encodeProtobuf,
  type Field,
  listOf,
  type Message,
  message,
  type Rule,
  type Scalar,
  union,
} from './protobuf.ts';
import { correlationOf, readReply, writeReply } from './reply-json.ts';

// ---- the tables ----

const field =
  (rule: Rule) =>
  (number: number, type: Scalar | Message): Field => ({ number, rule, type });
const one = field('one');
const maybe = field('maybe');
const list = field('list');
const map = field('map');

const headerValues = listOf('HeaderValues', 'string');

const metadata = message('RequestMetadata', {
  correlation_id: one(1, 'string'),
  request_id: one(2, 'string'),
  client_ip: one(3, 'string'),
  client_port: one(4, 'uint'),
  server_name: maybe(5, 'string'),
  protocol: one(6, 'string'),
  tls_version: maybe(7, 'string'),
  tls_cipher: maybe(8, 'string'),
  route_id: maybe(9, 'string'),
  upstream_id: maybe(10, 'string'),
  timestamp: one(11, 'string'),
  traceparent: maybe(12, 'string'),
});

const chunkFields = {
  correlation_id: one(1, 'string'),
  data: one(2, 'bytes'),
  is_last: one(3, 'bool'),
  total_size: maybe(4, 'uint'),
  chunk_index: one(5, 'uint'),
};

const eventMessages = {
  configure: message('ConfigureEvent', {
    correlation_id: one(1, 'string'),
    agent_id: one(2, 'string'),
    config: one(3, 'json'),
    config_version: maybe(4, 'string'),
  }),
  request_headers: message('RequestHeadersEvent', {
    correlation_id: one(1, 'string'),
    metadata: one(2, metadata),
    method: one(3, 'string'),
    uri: one(4, 'string'),
    headers: map(5, headerValues),
  }),
  request_body_chunk: message('RequestBodyChunkEvent', { ...chunkFields, bytes_received: one(6, 'uint') }),
  response_headers: message('ResponseHeadersEvent', {
    correlation_id: one(1, 'string'),
    status: one(2, 'uint'),
    headers: map(3, headerValues),
  }),
  response_body_chunk: message('ResponseBodyChunkEvent', { ...chunkFields, bytes_sent: one(6, 'uint') }),
  request_complete: message('RequestCompleteEvent', {
    correlation_id: one(1, 'string'),
    status: one(2, 'uint'),
    duration_ms: one(3, 'double'),
    request_body_size: one(4, 'uint'),
    response_body_size: one(5, 'uint'),
    upstream_attempts: one(6, 'uint'),
    error: maybe(7, 'string'),
  }),
  websocket_frame: message('WebSocketFrameEvent', {
    correlation_id: one(1, 'string'),
    opcode: one(2, 'string'),
    data: one(3, 'bytes'),
    client_to_server: one(4, 'bool'),
    frame_index: one(5, 'uint'),
    fin: one(6, 'bool'),
    route_id: maybe(7, 'string'),
    client_ip: one(8, 'string'),
  }),
  guardrail_inspect: message('GuardrailInspectEvent', {
    correlation_id: one(1, 'string'),
    inspection_type: one(2, 'string'),
    content: one(3, 'string'),
    model: maybe(4, 'string'),
    categories: list(5, 'string'),
    route_id: maybe(6, 'string'),
    metadata: map(7, 'string'),
  }),
} as const satisfies Record<EventType, Message>;

const header = message('Header', { name: one(1, 'string'), value: one(2, 'string') });
const headerName = message('HeaderName', { name: one(1, 'string') });
const headerChange = union('HeaderChange', {
  set: maybe(1, header),
  add: maybe(2, header),
  remove: maybe(3, headerName),
});

const decision = union('Decision', {
  allow: maybe(1, empty),
  block: maybe(
    2,
    message('Block', {
      status: one(1, 'uint'),
      body: maybe(2, 'string'),
      headers: map(3, headerValues),
      reason: maybe(4, 'string'),
      rule_id: maybe(5, 'string'),
    }),
  ),
  redirect: maybe(3, message('Redirect', { url: one(1, 'string'), status: one(2, 'uint') })),
  challenge: maybe(4, message('Challenge', { challenge_type: one(1, 'string'), params: map(2, 'string') })),
});

const bodyMutation = message('BodyMutation', { data: maybe(1, 'bytes'), chunk_index: one(2, 'uint') });

const agentResponse = message('AgentResponse', {
  version: one(1, 'uint'),
  correlation_id: maybe(2, 'string'),
  decision: maybe(3, decision),
  request_headers: list(4, headerChange),
  response_headers: list(5, headerChange),
  routing_metadata: map(6, 'string'),
  audit: maybe(
    7,
    message('Audit', {
      tags: list(1, 'string'),
      rule_ids: list(2, 'string'),
      confidence: maybe(3, 'double'),
      reason_codes: list(4, 'string'),
      custom: maybe(5, 'json'),
    }),
  ),
  needs_more: one(8, 'bool'),
  request_body_mutation: maybe(9, bodyMutation),
  response_body_mutation: maybe(10, bodyMutation),
  websocket_decision: maybe(
    11,
    union('WebSocketDecision', {
      allow: maybe(1, empty),
      drop: maybe(2, empty),
      close: maybe(3, message('WebSocketClose', { code: one(1, 'uint'), reason: one(2, 'string') })),
    }),
  ),
  /** It has no answer, and why: what a failure mode is for. */
  failed: maybe(12, 'string'),
});

const handshakeRequest = message('HandshakeRequest', {
  supported_versions: list(1, 'uint'),
  proxy_id: one(2, 'string'),
  proxy_version: one(3, 'string'),
  config: maybe(4, 'json'),
});

const handshakeResponse = message('HandshakeResponse', {
  protocol_version: one(1, 'uint'),
  capabilities: one(
    2,
    message('Capabilities', {
      agent_id: one(1, 'string'),
      name: one(2, 'string'),
      version: one(3, 'string'),
      supported_events: list(4, 'uint'),
      features: maybe(
        5,
        message('Features', {
          streaming_body: one(1, 'bool'),
          websocket: one(2, 'bool'),
          guardrails: one(3, 'bool'),
          config_push: one(4, 'bool'),
          metrics_export: one(5, 'bool'),
          concurrent_requests: one(6, 'uint'),
          cancellation: one(7, 'bool'),
          flow_control: one(8, 'bool'),
          health_reporting: one(9, 'bool'),
        }),
      ),
      limits: maybe(
        6,
        message('Limits', {
          max_body_size: one(1, 'uint'),
          max_concurrency: one(2, 'uint'),
          preferred_chunk_size: one(3, 'uint'),
        }),
      ),
    }),
  ),
  success: one(3, 'bool'),
  error: maybe(4, 'string'),
});

const controlMessages = {
  health: message('HealthStatus', {
    agent_id: one(1, 'string'),
    state: one(
      2,
      message('HealthState', {
        status: one(1, 'string'),
        disabled_features: list(2, 'string'),
        timeout_multiplier: maybe(3, 'double'),
        eta_ms: maybe(4, 'uint'),
        reason: maybe(5, 'string'),
        recoverable: maybe(6, 'bool'),
      }),
    ),
    message: maybe(3, 'string'),
    load: map(4, 'double'),
    resources: map(5, 'double'),
    valid_until_ms: maybe(6, 'double'),
    timestamp_ms: one(7, 'uint'),
  }),
  metrics: message('MetricsReport', {
    agent_id: one(1, 'string'),
    timestamp_ms: one(2, 'uint'),
    interval_ms: one(3, 'uint'),
    counters: maybe(4, 'json'),
    gauges: maybe(5, 'json'),
    histograms: maybe(6, 'json'),
  }),
  'config-update': message('ConfigUpdateRequest', {
    request_reload: maybe(1, empty),
    rule_update: maybe(
      2,
      message('RuleUpdate', { rule_set: one(1, 'string'), rules: list(2, 'json'), remove_rules: list(3, 'string') }),
    ),
    list_update: maybe(
      3,
      message('ListUpdate', { list_id: one(1, 'string'), add: list(2, 'string'), remove: list(3, 'string') }),
    ),
    restart_required: maybe(
      4,
      message('RestartRequired', { reason: one(1, 'string'), grace_period_ms: one(2, 'uint') }),
    ),
    config_error: maybe(5, message('ConfigError', { error: one(1, 'string'), field: maybe(2, 'string') })),
  }),
  'flow-control': message('FlowControl', {
    correlation_id: maybe(1, 'string'),
    action: one(
      2,
      union('FlowAction', {
        pause: maybe(1, empty),
        resume: maybe(2, empty),
        update_capacity: maybe(3, message('UpdateCapacity', { buffer_available: one(1, 'uint') })),
      }),
    ),
    timestamp_ms: one(3, 'uint'),
  }),
} as const satisfies Record<ControlMessage['type'], Message>;

const cancel = message('CancelRequest', {
  correlation_id: one(1, 'string'),
  reason: one(2, 'uint'),
  timestamp_ms: one(3, 'uint'),
});
const ping = message('Ping', { payload: one(1, 'bytes') });
const pong = message('Pong', { payload: one(1, 'bytes') });

const proxyToAgent = union('ProxyToAgent', {
  handshake: maybe(1, handshakeRequest),
  configure: maybe(2, eventMessages.configure),
  request_headers: maybe(3, eventMessages.request_headers),
  request_body_chunk: maybe(4, eventMessages.request_body_chunk),
  response_headers: maybe(5, eventMessages.response_headers),
  response_body_chunk: maybe(6, eventMessages.response_body_chunk),
  request_complete: maybe(7, eventMessages.request_complete),
  websocket_frame: maybe(8, eventMessages.websocket_frame),
  guardrail_inspect: maybe(9, eventMessages.guardrail_inspect),
  cancel: maybe(10, cancel),
  ping: maybe(11, ping),
  pong: maybe(12, pong),
});

const agentToProxy = union('AgentToProxy', {
  handshake: maybe(1, handshakeResponse),
  response: maybe(2, agentResponse),
  health: maybe(3, controlMessages.health),
  metrics: maybe(4, controlMessages.metrics),
  config_update: maybe(5, controlMessages['config-update']),
  flow_control: maybe(6, controlMessages['flow-control']),
  ping: maybe(7, ping),
  pong: maybe(8, pong),
});

/** Version 1 names the kind of an event, and has no handshake. */
const eventV1 = union('AgentRequest', {
  configure: proxyToAgent.fields['configure'] as Field,
  request_headers: proxyToAgent.fields['request_headers'] as Field,
  request_body_chunk: proxyToAgent.fields['request_body_chunk'] as Field,
  response_headers: proxyToAgent.fields['response_headers'] as Field,
  response_body_chunk: proxyToAgent.fields['response_body_chunk'] as Field,
  request_complete: proxyToAgent.fields['request_complete'] as Field,
  web_socket_frame: proxyToAgent.fields['websocket_frame'] as Field,
  guardrail_inspect: proxyToAgent.fields['guardrail_inspect'] as Field,
});

export interface Method {
  readonly path: string;
  readonly takes: Message;
  readonly gives: Message;
  readonly isStream: boolean;
}

function methodOf(service: string, name: string, takes: Message, gives: Message, isStream: boolean): Method {
  return { path: `/${service}/${name}`, takes, gives, isStream };
}

const [v1, v2] = ['zentinel.agent.v1.AgentProcessor', 'zentinel.agent.v2.AgentServiceV2'];

export const methods = {
  processStream: methodOf(v2, 'ProcessStream', proxyToAgent, agentToProxy, true),
  controlStream: methodOf(v2, 'ControlStream', proxyToAgent, agentToProxy, true),
  processEvent: methodOf(v2, 'ProcessEvent', proxyToAgent, agentToProxy, false),
  v1ProcessEvent: methodOf(v1, 'ProcessEvent', eventV1, agentResponse, false),
  v1ProcessEventStream: methodOf(v1, 'ProcessEventStream', eventV1, agentResponse, true),
} as const satisfies Record<string, Method>;

// ---- the proxy's side ----

export function writeOffer(request: HandshakeRequest): Buffer {
  return encodeProtobuf(proxyToAgent, { handshake: writeHandshakeRequest(request) });
}

/** `undefined`: larger than a message may be. */
export function writeGrpcEvent(event: AgentEvent, correlationId: string): Buffer | undefined {
  return bounded(
    encodeProtobuf(proxyToAgent, { [event.type]: { ...writePayload(event), correlation_id: correlationId } }),
  );
}

export function writeGrpcEventV1(event: AgentEvent): Buffer | undefined {
  const name = event.type === 'websocket_frame' ? 'web_socket_frame' : event.type;
  return bounded(encodeProtobuf(eventV1, { [name]: writePayload(event) }));
}

export function writeGrpcCancel(correlationId: string, reason: CancelReason): Buffer {
  return encodeProtobuf(proxyToAgent, { cancel: writeCancel({ correlationId, reason }, Date.now()) });
}

export function writeGrpcPing(from: 'proxy' | 'agent', kind: 'ping' | 'pong', payload: Uint8Array): Buffer {
  return encodeProtobuf(from === 'proxy' ? proxyToAgent : agentToProxy, { [kind]: { payload } });
}

/** What an agent says. Names its call by the correlation id, as JSON does. */
export function readAgentMessage(bytes: Buffer): Reading<AgentMessage | GrpcFailure> {
  const [name, value] = contentOf(agentToProxy, bytes);
  switch (name) {
    case 'handshake':
      return mapped(readHandshakeResponse(value), 'the handshake', (response) => ({
        type: 'handshake-response',
        response,
      }));
    case 'response':
      return readResponse(value);
    case 'ping':
    case 'pong':
      return { ok: true, value: { type: name, payload: Buffer.from((value as { payload: Uint8Array }).payload) } };
    case 'health':
    case 'metrics':
      return mapped(readControl(name, value), name, (control) => control);
    case 'config_update':
      return mapped(readControl('config-update', value), name, (control) => control);
    case 'flow_control':
      return mapped(readControl('flow-control', value), name, (control) => control);
    default:
      return { ok: false, problem: 'not a message of agent.proto' };
  }
}

/** An agent that has no answer to a call. */
export interface GrpcFailure {
  readonly type: 'declined';
  readonly correlationId: string;
  readonly why: string;
}

function readResponse(value: unknown): Reading<AgentMessage | GrpcFailure> {
  const correlationId = correlationOf(value);
  const { failed } = value as { failed?: string };
  if (failed !== undefined && correlationId !== undefined)
    return { ok: true, value: { type: 'declined', correlationId, why: failed.slice(0, wireLimits.textCharactersMax) } };
  return mapped(readReply(withVersion(value), 2), 'a reply', (reply) => ({
    type: 'reply',
    callId: undefined,
    correlationId,
    reply,
  }));
}

/** proto3 does not tell a missing number from 0. */
function withVersion(value: unknown): object {
  const table = value as { version: number };
  return table.version === 0 ? { ...table, version: undefined } : table;
}

export function readGrpcReplyV1(bytes: Buffer): Reading<AgentReply> {
  const value = decodeProtobuf(agentResponse, bytes);
  if (value === undefined) return { ok: false, problem: 'not a message of agent-v1.proto' };
  return readReply({ ...(value as object), version: 1 }, 1);
}

// ---- the agent's side ----

export function readProxyMessage(bytes: Buffer): Reading<ProxyMessage> {
  const [name, value] = contentOf(proxyToAgent, bytes);
  switch (name) {
    case 'handshake':
      return mapped(readHandshakeRequest(value), 'the handshake', (request) => ({
        type: 'handshake-request',
        request,
      }));
    case 'cancel':
      return mapped(readCancel(value), name, ({ correlationId, reason }) => ({
        type: 'cancel',
        callId: undefined,
        correlationId,
        reason,
      }));
    case 'ping':
    case 'pong':
      return { ok: true, value: { type: name, payload: Buffer.from((value as { payload: Uint8Array }).payload) } };
    default:
      return name !== undefined && name in eventMessages
        ? readEventOf(name as EventType, value)
        : { ok: false, problem: 'not a message of agent.proto' };
  }
}

function readEventOf(type: EventType, value: unknown): Reading<ProxyMessage> {
  return mapped(readPayload(type, value), type, (event) => {
    const correlationId = correlationOf(value) || (event.type === 'configure' ? '' : correlationIdOf(event));
    return { type: 'event', callId: 0, correlationId, event };
  });
}

export function readGrpcEventV1(bytes: Buffer): Reading<AgentEvent> {
  const [name, value] = contentOf(eventV1, bytes);
  const type = name === 'web_socket_frame' ? 'websocket_frame' : name;
  if (type === undefined || !(type in eventMessages)) return { ok: false, problem: 'not a message of agent-v1.proto' };
  return mapped(readPayload(type as EventType, value), type, (event) => event);
}

export function writeAnswer(response: HandshakeResponse): Buffer {
  return encodeProtobuf(agentToProxy, { handshake: writeHandshakeResponse(response) });
}

export function writeGrpcReply(reply: AgentReply, correlationId: string): Buffer | undefined {
  return bounded(encodeProtobuf(agentToProxy, { response: flat(writeReply(reply, 2, correlationId)) }));
}

export function writeGrpcFailure(correlationId: string, why: string): Buffer {
  return encodeProtobuf(agentToProxy, { response: { version: 2, correlation_id: correlationId, failed: why } });
}

export function writeGrpcReplyV1(reply: AgentReply): Buffer | undefined {
  return bounded(encodeProtobuf(agentResponse, flat(writeReply(reply, 1))));
}

export function writeGrpcControl(control: ControlMessage): Buffer {
  const name = {
    health: 'health',
    metrics: 'metrics',
    'config-update': 'config_update',
    'flow-control': 'flow_control',
  }[control.type];
  return encodeProtobuf(agentToProxy, { [name]: writeControl(control) });
}

// ---- both ----

type Routing = Readonly<Record<string, string | readonly string[]>>;

/** Where JSON may have one text or several, Protocol Buffers have one shape. */
function flat(written: object): object {
  const { routing_metadata: routing } = written as { routing_metadata: Routing };
  const texts = Object.entries(routing).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : value.join(','),
  ]);
  return { ...written, routing_metadata: Object.fromEntries(texts) };
}

function contentOf(type: Message, bytes: Buffer): [name: string | undefined, value: unknown] {
  const table = decodeProtobuf(type, bytes);
  const [entry] = Object.entries(Object(table));
  return entry ?? [undefined, undefined];
}

function bounded(bytes: Buffer): Buffer | undefined {
  return bytes.length > wireLimits.frameBytesMax ? undefined : bytes;
}

function mapped<A, B>(reading: Reading<A>, what: string, change: (value: A) => B): Reading<B> {
  return reading.ok
    ? { ok: true, value: change(reading.value) }
    : { ok: false, problem: `${what}: ${reading.problem}` };
}
