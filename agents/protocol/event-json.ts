// An event as JSON has it (and MessagePack, and gRPC, which mirror it), narrowed and written. The shaping decision: one
// payload per kind of event, the same in every version; version 1 wraps it in an envelope that names the kind, version
// 2 names the kind in the frame. Bytes are base64. It refuses an event with a field of another kind than the protocol
// says, and ignores fields that it does not know.

import { z } from 'zod';
import { wireLimits } from '#config/limits';
import type { HeaderTable } from './headers.ts';
import {
  type AgentEvent,
  type ConfigureEvent,
  type EventType,
  type GuardrailInspectEvent,
  type Reading,
  type RequestCompleteEvent,
  type RequestHeadersEvent,
  type RequestMetadata,
  type WebsocketFrameEvent,
  websocketOpcodes,
} from './message.ts';
import { anything, bytes, correlationId, count, maybe, maybeText, narrow } from './narrow.ts';
import { base64 } from './reply-json.ts';

/** The payload of one kind of event, narrowed. */
export function readPayload(type: EventType, payload: unknown): Reading<AgentEvent> {
  return narrow<AgentEvent>(schemas[type], payload);
}

/** The payload as it goes on the wire. */
export function writePayload(event: AgentEvent): object {
  switch (event.type) {
    case 'configure':
      return { agent_id: event.agentId, config: event.config, config_version: event.configVersion };
    case 'request_headers':
      return {
        correlation_id: event.metadata.correlationId,
        metadata: writeMetadata(event.metadata),
        method: event.method,
        uri: event.uri,
        headers: Object.fromEntries(event.headers), // defines own keys, so `__proto__` stays one of them
      };
    case 'request_body_chunk':
      return { ...writeChunk(event), bytes_received: event.bytesReceived };
    case 'response_body_chunk':
      return { ...writeChunk(event), bytes_sent: event.bytesSent };
    case 'response_headers':
      return {
        correlation_id: event.correlationId,
        status: event.status,
        headers: Object.fromEntries(event.headers),
      };
    case 'request_complete':
      return writeComplete(event);
    case 'websocket_frame':
      return writeWebsocketFrame(event);
    case 'guardrail_inspect':
      return writeGuardrailInspect(event);
  }
}

// ---- version 1: the envelope ----

const v1Types = {
  configure: 'configure',
  request_headers: 'request_headers',
  request_body_chunk: 'request_body_chunk',
  response_headers: 'response_headers',
  response_body_chunk: 'response_body_chunk',
  request_complete: 'request_complete',
  web_socket_frame: 'websocket_frame',
  guardrail_inspect: 'guardrail_inspect',
} as const satisfies Record<string, EventType>;

const envelope = z.object({
  version: z.literal(1),
  event_type: z.enum(Object.keys(v1Types) as (keyof typeof v1Types)[]),
  payload: z.unknown(),
});

/** An agent's side of version 1: the event, or why it is none. */
export function readEvent(message: unknown): Reading<AgentEvent> {
  const outer = narrow(envelope, message);
  if (!outer.ok) return outer;
  const inner = readPayload(v1Types[outer.value.event_type], outer.value.payload);
  return inner.ok ? inner : { ok: false, problem: `payload.${inner.problem}` };
}

/** An event as it goes on the wire of version 1. */
export function writeEvent(event: AgentEvent): object {
  const type = event.type === 'websocket_frame' ? 'web_socket_frame' : event.type;
  return { version: 1, event_type: type, payload: writePayload(event) };
}

// ---- reading ----

const metadata = z
  .object({
    correlation_id: correlationId,
    request_id: z.string(),
    client_ip: z.string(),
    client_port: z.int().min(0).max(65_535),
    server_name: maybeText,
    protocol: z.string(),
    tls_version: maybeText,
    tls_cipher: maybeText,
    route_id: maybeText,
    upstream_id: maybeText,
    timestamp: z.string().transform((text, context) => {
      const ms = Date.parse(text);
      if (Number.isNaN(ms)) context.addIssue('not a time of RFC 3339');
      return ms;
    }),
    traceparent: maybeText,
  })
  .transform(
    (given): RequestMetadata => ({
      correlationId: given.correlation_id,
      requestId: given.request_id,
      clientIp: given.client_ip,
      clientPort: given.client_port,
      serverName: given.server_name,
      protocol: given.protocol,
      tlsVersion: given.tls_version,
      tlsCipher: given.tls_cipher,
      routeId: given.route_id,
      upstreamId: given.upstream_id,
      timestampMs: given.timestamp,
      traceparent: given.traceparent,
    }),
  );

// By hand and not z.record, which drops the key `__proto__`: a header that an agent does not see is a way past it.
const headerTable = z
  .custom<Record<string, readonly string[]>>(isHeaderTable, 'not lists of texts by name')
  .transform(toHeaderTable);

function isHeaderTable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((list) => Array.isArray(list) && list.every((one) => typeof one === 'string'));
}

function toHeaderTable(given: Record<string, readonly string[]>): HeaderTable {
  const table = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(given)) {
    const lowerName = name.toLowerCase();
    table.set(lowerName, [...(table.get(lowerName) ?? []), ...values]);
  }
  return table;
}

const chunkFields = {
  correlation_id: correlationId,
  data: bytes,
  is_last: z.boolean(),
  total_size: maybe(count),
  chunk_index: count,
};

function toChunk(given: z.output<z.ZodObject<typeof chunkFields>>) {
  return {
    correlationId: given.correlation_id,
    data: given.data,
    isLast: given.is_last,
    totalSize: given.total_size,
    chunkIndex: given.chunk_index,
  };
}

const schemas = {
  configure: z
    .object({ agent_id: z.string().nullish(), config: anything, config_version: maybe(z.string()) })
    .transform(
      (given): ConfigureEvent => ({
        type: 'configure',
        agentId: given.agent_id ?? '',
        config: given.config,
        configVersion: given.config_version,
      }),
    ),
  request_headers: z
    .object({ metadata, method: z.string(), uri: z.string(), headers: headerTable })
    .transform((given): RequestHeadersEvent => ({ type: 'request_headers', ...given })),
  request_body_chunk: z
    .object({ ...chunkFields, bytes_received: count })
    .transform(
      (given): AgentEvent => ({ type: 'request_body_chunk', ...toChunk(given), bytesReceived: given.bytes_received }),
    ),
  response_headers: z
    .object({ correlation_id: correlationId, status: z.int().min(100).max(999), headers: headerTable })
    .transform(
      (given): AgentEvent => ({
        type: 'response_headers',
        correlationId: given.correlation_id,
        status: given.status,
        headers: given.headers,
      }),
    ),
  response_body_chunk: z
    .object({ ...chunkFields, bytes_sent: count })
    .transform(
      (given): AgentEvent => ({ type: 'response_body_chunk', ...toChunk(given), bytesSent: given.bytes_sent }),
    ),
  request_complete: z
    .object({
      correlation_id: correlationId,
      status: z.int().min(0).max(999),
      duration_ms: z.number().min(0),
      request_body_size: count,
      response_body_size: count,
      upstream_attempts: count,
      error: maybeText,
    })
    .transform(
      (given): RequestCompleteEvent => ({
        type: 'request_complete',
        correlationId: given.correlation_id,
        status: given.status,
        durationMs: given.duration_ms,
        requestBodySize: given.request_body_size,
        responseBodySize: given.response_body_size,
        upstreamAttempts: given.upstream_attempts,
        error: given.error,
      }),
    ),
  websocket_frame: z
    .object({
      correlation_id: correlationId,
      opcode: z.literal(websocketOpcodes),
      data: bytes,
      client_to_server: z.boolean(),
      frame_index: count,
      fin: z.boolean(),
      route_id: maybeText,
      client_ip: z.string(),
    })
    .transform(
      (given): WebsocketFrameEvent => ({
        type: 'websocket_frame',
        correlationId: given.correlation_id,
        opcode: given.opcode,
        data: given.data,
        clientToServer: given.client_to_server,
        frameIndex: given.frame_index,
        fin: given.fin,
        routeId: given.route_id,
        clientIp: given.client_ip,
      }),
    ),
  guardrail_inspect: z
    .object({
      correlation_id: correlationId,
      inspection_type: z.literal(['prompt_injection', 'pii_detection']),
      content: z.string(),
      model: maybeText,
      categories: z.array(z.string()).max(wireLimits.auditItemsMax).nullish(),
      route_id: maybeText,
      metadata: z.record(z.string(), z.string()).nullish(),
    })
    .transform(
      (given): GuardrailInspectEvent => ({
        type: 'guardrail_inspect',
        correlationId: given.correlation_id,
        inspectionType: given.inspection_type,
        content: given.content,
        model: given.model,
        categories: given.categories ?? [],
        routeId: given.route_id,
        metadata: given.metadata ?? {},
      }),
    ),
} as const satisfies Record<EventType, z.ZodType<AgentEvent>>;

// ---- writing ----

function writeMetadata(about: RequestMetadata): object {
  return {
    correlation_id: about.correlationId,
    request_id: about.requestId,
    client_ip: about.clientIp,
    client_port: about.clientPort,
    server_name: about.serverName,
    protocol: about.protocol,
    tls_version: about.tlsVersion,
    tls_cipher: about.tlsCipher,
    route_id: about.routeId,
    upstream_id: about.upstreamId,
    timestamp: new Date(about.timestampMs).toISOString(),
    traceparent: about.traceparent,
  };
}

type Chunk = Extract<AgentEvent, { type: 'request_body_chunk' | 'response_body_chunk' }>;

function writeChunk({ correlationId: id, data, isLast, totalSize, chunkIndex }: Chunk): object {
  return { correlation_id: id, data: base64(data), is_last: isLast, total_size: totalSize, chunk_index: chunkIndex };
}

function writeComplete(event: RequestCompleteEvent): object {
  return {
    correlation_id: event.correlationId,
    status: event.status,
    duration_ms: event.durationMs,
    request_body_size: event.requestBodySize,
    response_body_size: event.responseBodySize,
    upstream_attempts: event.upstreamAttempts,
    error: event.error,
  };
}

function writeWebsocketFrame(event: WebsocketFrameEvent): object {
  return {
    correlation_id: event.correlationId,
    opcode: event.opcode,
    data: base64(event.data),
    client_to_server: event.clientToServer,
    frame_index: event.frameIndex,
    fin: event.fin,
    route_id: event.routeId,
    client_ip: event.clientIp,
  };
}

function writeGuardrailInspect(event: GuardrailInspectEvent): object {
  return {
    correlation_id: event.correlationId,
    inspection_type: event.inspectionType,
    content: event.content,
    model: event.model,
    categories: event.categories,
    route_id: event.routeId,
    metadata: event.metadata,
  };
}
