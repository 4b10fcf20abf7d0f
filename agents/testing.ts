// For authors of agents: events sent to an agent without any proxy, socket or process (docs/agents.md, "Testing"). The
// shaping decision: the handlers run exactly as under the host, with its checks and its deadline, so what passes here
// would pass there. It refuses to hide a fault: a handler that throws or returns nonsense throws in the test.

import { createLogger } from '#config/log';
import type {
  AgentEvent,
  AgentReply,
  RequestBodyChunkEvent,
  RequestHeadersEvent,
  RequestMetadata,
  ResponseBodyChunkEvent,
  ResponseHeadersEvent,
} from '#protocol/message';
import { type Agent, Answerer } from './host-answer.ts';
import { type Answer, Fault } from './host-call.ts';
import { HostStatus } from './host-status.ts';

/** Why a call would have had no answer. */
export class AgentFault extends Error {}

export class TestAgent {
  readonly status: HostStatus;
  readonly lines: Record<string, unknown>[] = []; // of the agent's log
  readonly #answerer: Answerer;

  constructor(agent: Agent) {
    const log = createLogger(agent.name, 'info', { write: (line) => this.lines.push(JSON.parse(line)) });
    this.status = new HostStatus(agent.name);
    this.#answerer = new Answerer(agent, log, this.status);
  }

  /** The reply to any event; rejects with an AgentFault where there would be none. */
  async send(event: AgentEvent): Promise<AgentReply> {
    const answer = await this.ask(event);
    if (answer instanceof Fault) throw new AgentFault(answer.why);
    return answer;
  }

  ask(event: AgentEvent): Promise<Answer> {
    return new Promise((resolve) => void this.#answerer.answer(event, resolve));
  }

  /** Resolves with what is wrong with the block; with the empty text if it was taken. */
  async configure(config: unknown): Promise<string> {
    const { decision } = await this.send({ type: 'configure', agentId: 'test', config, configVersion: undefined });
    return decision.type === 'block' ? (decision.body ?? '') : '';
  }

  requestHeaders(request: RequestSketch = {}): Promise<AgentReply> {
    return this.send(requestHeaders(request));
  }

  requestBody(data: string | Uint8Array, more: Partial<RequestBodyChunkEvent> = {}): Promise<AgentReply> {
    const chunk = bodyChunk(data);
    return this.send({ type: 'request_body_chunk', ...chunk, bytesReceived: chunk.data.length, ...more });
  }

  responseHeaders(status = 200, more: Partial<ResponseHeadersEvent> = {}): Promise<AgentReply> {
    return this.send({ type: 'response_headers', correlationId: 'test', status, headers: new Map(), ...more });
  }

  responseBody(data: string | Uint8Array, more: Partial<ResponseBodyChunkEvent> = {}): Promise<AgentReply> {
    const chunk = bodyChunk(data);
    return this.send({ type: 'response_body_chunk', ...chunk, bytesSent: chunk.data.length, ...more });
  }
}

/** As little of a request as a test cares about. */
export interface RequestSketch {
  readonly method?: string;
  readonly uri?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly metadata?: Partial<RequestMetadata>;
}

export function requestHeaders({
  method = 'GET',
  uri = '/',
  headers = {},
  metadata,
}: RequestSketch = {}): RequestHeadersEvent {
  const table = Object.entries(headers).map(([name, value]): [string, string[]] => [
    name.toLowerCase(),
    [value].flat(),
  ]);
  return { type: 'request_headers', metadata: { ...someone, ...metadata }, method, uri, headers: new Map(table) };
}

const someone: RequestMetadata = {
  correlationId: 'test',
  requestId: 'test',
  clientIp: '192.0.2.7', // RFC 5737: for documentation
  clientPort: 40_000,
  serverName: 'shop.example',
  protocol: 'HTTP/1.1',
  tlsVersion: undefined,
  tlsCipher: undefined,
  routeId: 'all',
  upstreamId: undefined,
  timestampMs: Date.UTC(2026, 0, 1),
  traceparent: undefined,
};

function bodyChunk(given: string | Uint8Array) {
  const data = typeof given === 'string' ? Buffer.from(given) : given;
  return { correlationId: 'test', data, isLast: true, totalSize: data.length, chunkIndex: 0 };
}
