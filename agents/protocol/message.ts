// What the proxy and an agent say to each other about one exchange: the events and the replies, as types and nothing
// more. The shaping decision: one set of types for every version, encoding and transport; bytes are bytes here, whether
// they travel as base64 or raw. Names on the wire (snake_case) are those of agents people already run; names here are
// ours. Every message that comes from the other side is narrowed wholly, or refused with the place of what is wrong.

import type { HeaderTable } from './headers.ts';

export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Who asks for what, on which way. Texts hold no NUL. */
export interface RequestMetadata {
  readonly correlationId: string; // of the exchange: the same in all its events
  readonly requestId: string;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverName: string | undefined;
  readonly protocol: string;
  readonly tlsVersion: string | undefined;
  readonly tlsCipher: string | undefined;
  readonly routeId: string | undefined;
  readonly upstreamId: string | undefined;
  readonly timestampMs: number; // since 1970; RFC 3339 on the wire of JSON
  readonly traceparent: string | undefined;
}

export interface ConfigureEvent {
  readonly type: 'configure';
  readonly agentId: string;
  readonly config: unknown;
  readonly configVersion: string | undefined;
}

export interface RequestHeadersEvent {
  readonly type: 'request_headers';
  readonly metadata: RequestMetadata;
  readonly method: string;
  readonly uri: string;
  readonly headers: HeaderTable;
  readonly bodyBytes?: number; // that are to come, as the proxy's parser knows it; it is not sent
}

/** A body held whole is one chunk with `isLast`. */
interface BodyChunk {
  readonly correlationId: string;
  readonly data: Uint8Array;
  readonly isLast: boolean;
  readonly totalSize: number | undefined; // where it was declared
  readonly chunkIndex: number;
}

export interface RequestBodyChunkEvent extends BodyChunk {
  readonly type: 'request_body_chunk';
  readonly bytesReceived: number; // this chunk included
}

export interface ResponseHeadersEvent {
  readonly type: 'response_headers';
  readonly correlationId: string;
  readonly status: number;
  readonly headers: HeaderTable;
}

export interface ResponseBodyChunkEvent extends BodyChunk {
  readonly type: 'response_body_chunk';
  readonly bytesSent: number; // this chunk included
}

/** The exchange is over, whatever happened. */
export interface RequestCompleteEvent {
  readonly type: 'request_complete';
  readonly correlationId: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBodySize: number;
  readonly responseBodySize: number;
  readonly upstreamAttempts: number;
  readonly error: string | undefined;
}

export const websocketOpcodes = ['continuation', 'text', 'binary', 'close', 'ping', 'pong'] as const;
export type WebsocketOpcode = (typeof websocketOpcodes)[number];

export interface WebsocketFrameEvent {
  readonly type: 'websocket_frame';
  readonly correlationId: string;
  readonly opcode: WebsocketOpcode;
  readonly data: Uint8Array;
  readonly clientToServer: boolean;
  readonly frameIndex: number;
  readonly fin: boolean;
  readonly routeId: string | undefined;
  readonly clientIp: string;
}

export type InspectionType = 'prompt_injection' | 'pii_detection';

export interface GuardrailInspectEvent {
  readonly type: 'guardrail_inspect';
  readonly correlationId: string;
  readonly inspectionType: InspectionType;
  readonly content: string;
  readonly model: string | undefined;
  readonly categories: readonly string[];
  readonly routeId: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export type AgentEvent =
  | ConfigureEvent
  | RequestHeadersEvent
  | RequestBodyChunkEvent
  | ResponseHeadersEvent
  | ResponseBodyChunkEvent
  | RequestCompleteEvent
  | WebsocketFrameEvent
  | GuardrailInspectEvent;

export type EventType = AgentEvent['type'];

/** `value` is the empty string for `remove`. */
export interface HeaderMutation {
  readonly op: 'set' | 'add' | 'remove';
  readonly name: string;
  readonly value: string;
}

export type RedirectStatus = 301 | 302 | 303 | 307 | 308;

export type Decision =
  | { readonly type: 'allow' }
  | {
      readonly type: 'block';
      readonly status: number;
      readonly body: string | undefined;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly reason: string | undefined;
      readonly ruleId: string | undefined;
    }
  | { readonly type: 'redirect'; readonly url: string; readonly status: RedirectStatus }
  | {
      readonly type: 'challenge';
      readonly challengeType: string;
      readonly params: Readonly<Record<string, string>>;
    };

/** For the access and audit logs; no decision depends on it. */
export interface Audit {
  readonly tags: readonly string[];
  readonly ruleIds: readonly string[];
  readonly reasonCodes: readonly string[];
  readonly confidence: number | undefined;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** Where the exchange should go instead; only to names that the configuration allows this agent. */
export interface Routing {
  readonly upstreamOverride: string | undefined;
  readonly routeOverride: string | undefined;
  readonly tags: readonly string[];
  readonly guardrail: GuardrailFinding | undefined;
}

export interface GuardrailFinding {
  readonly detected: boolean;
  readonly confidence: number;
  readonly detections: readonly GuardrailDetection[];
  readonly redactedContent: string | undefined;
}

export interface GuardrailDetection {
  readonly category: string;
  readonly description: string;
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  readonly confidence: number | undefined;
  readonly span: { readonly start: number; readonly end: number } | undefined;
}

/** `data` undefined: the chunk passes as it is; empty: it is dropped; else it is replaced. */
export interface BodyMutation {
  readonly data: Uint8Array | undefined;
  readonly chunkIndex: number;
}

export type WebsocketDecision =
  | 'allow'
  | 'drop'
  | { readonly close: { readonly code: number; readonly reason: string } };

export interface AgentReply {
  readonly decision: Decision;
  readonly requestHeaders: readonly HeaderMutation[];
  readonly responseHeaders: readonly HeaderMutation[];
  readonly routing: Routing;
  readonly audit: Audit;
  readonly needsMore: boolean; // the body before a decision
  readonly requestBody: BodyMutation | undefined;
  readonly responseBody: BodyMutation | undefined;
  readonly websocket: WebsocketDecision | undefined;
}

export const noAudit: Audit = { tags: [], ruleIds: [], reasonCodes: [], confidence: undefined, custom: {} };

export const noRouting: Routing = {
  upstreamOverride: undefined,
  routeOverride: undefined,
  tags: [],
  guardrail: undefined,
};

/** Let it pass, unchanged. One object for all such replies: most replies are this one. */
export const plainAllow: AgentReply = Object.freeze({
  decision: { type: 'allow' },
  requestHeaders: [],
  responseHeaders: [],
  routing: noRouting,
  audit: noAudit,
  needsMore: false,
  requestBody: undefined,
  responseBody: undefined,
  websocket: undefined,
} satisfies AgentReply);

/** The exchange's own id: what ties its events together. */
export function correlationIdOf(event: Exclude<AgentEvent, ConfigureEvent>): string {
  return event.type === 'request_headers' ? event.metadata.correlationId : event.correlationId;
}
