// What an agent says in the handshake that it can do, read off its functions. The shaping decision: nobody has to state
// it, so it cannot be stated wrongly: an event is supported where there is a handler for it. It promises what the host
// does for every agent (cancel, health, metrics, flow control) and nothing else.

import { hostLimits } from '#config/limits';
import type { Capabilities } from '#protocol/control';
import type { EventType } from '#protocol/message';
import type { Agent } from './host-answer.ts';

const handlers = {
  configure: 'onConfigure',
  request_headers: 'onRequestHeaders',
  request_body_chunk: 'onRequestBodyChunk',
  response_headers: 'onResponseHeaders',
  response_body_chunk: 'onResponseBodyChunk',
  request_complete: 'onRequestComplete',
  websocket_frame: 'onWebsocketFrame',
  guardrail_inspect: 'onGuardrailInspect',
} as const satisfies Record<EventType, keyof Agent>;

export function capabilitiesOf(agent: Agent): Capabilities {
  const supportedEvents = (Object.keys(handlers) as EventType[]).filter((type) => agent[handlers[type]] !== undefined);
  return {
    agentId: agent.name,
    name: agent.name,
    version: agent.version ?? '',
    supportedEvents,
    features: {
      streamingBody: agent.onRequestBodyChunk !== undefined || agent.onResponseBodyChunk !== undefined,
      websocket: agent.onWebsocketFrame !== undefined,
      guardrails: agent.onGuardrailInspect !== undefined,
      configPush: agent.onConfigure !== undefined,
      metricsExport: true,
      concurrentRequests: hostLimits.callsInFlightMax,
      cancellation: true,
      flowControl: true,
      healthReporting: true,
    },
    limits: {
      maxBodySize: hostLimits.bodyBytesMax,
      maxConcurrency: hostLimits.callsInFlightMax,
      preferredChunkSize: hostLimits.chunkBytes,
    },
  };
}
