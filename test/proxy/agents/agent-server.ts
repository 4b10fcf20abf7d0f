// An agent inside the test's own process that speaks version 2 with the protocol's own codec, and answers each event with
// what the test says: a part of a reply, or nothing at all. And a worker of the proxy that asks such agents.

import { createServer, type Socket } from 'node:net';
import { AgentReader, sendHandshakeResponse, sendReply } from '#protocol/codec-v2';
import type { Encoding } from '#protocol/control';
import { FrameBatch } from '#protocol/frame-batch';
import { type AgentEvent, type AgentReply, type EventType, plainAllow } from '#protocol/message';
import { temporaryFolder } from '../../agents/support.ts';
import type { Upstream } from '../../fixtures/upstream.ts';
import { TestWorker } from '../../support/worker.ts';

export type Answer = Partial<AgentReply> | undefined | Promise<Partial<AgentReply> | undefined>;

const all: readonly EventType[] = [
  'request_headers',
  'request_body_chunk',
  'response_headers',
  'response_body_chunk',
  'request_complete',
];

export async function serveV2(
  path: string,
  answer: (event: AgentEvent) => Answer,
  {
    encoding = 'sentinel-binary',
    events = all,
  }: { readonly encoding?: Encoding; readonly events?: readonly EventType[] } = {},
) {
  const seen: AgentEvent[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    const batch = FrameBatch.for(socket);
    const reader = new AgentReader((message) => {
      if (message.type === 'handshake-request') {
        const features = {
          streamingBody: true,
          websocket: false,
          guardrails: false,
          configPush: false,
          metricsExport: false,
          concurrentRequests: 0,
          cancellation: true,
          flowControl: true,
          healthReporting: true,
        };
        const limits = { maxBodySize: 0, maxConcurrency: 0, preferredChunkSize: 0 };
        const capabilities = { agentId: 'a', name: 'a', version: '1', supportedEvents: events, features, limits };
        sendHandshakeResponse(batch, { protocolVersion: 2, capabilities, success: true, error: undefined, encoding });
        reader.encoding = encoding;
      } else if (message.type === 'event') {
        const { callId, correlationId, event } = message;
        seen.push(event);
        const reply = (part: Partial<AgentReply> | undefined) => {
          if (part !== undefined) sendReply(batch, encoding, callId, correlationId, { ...plainAllow, ...part });
        };
        const part = answer(event);
        if (part instanceof Promise) void part.then(reply);
        else reply(part);
      }
    });
    socket.on('data', (chunk) => void reader.push(Buffer.from(chunk)));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(path, done));
  return {
    seen,
    connections: () => connections,
    ofType: <T extends EventType>(type: T) =>
      seen.filter((one): one is Extract<AgentEvent, { type: T }> => one.type === type),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

export const blocked = (status = 403): Partial<AgentReply> => ({
  decision: { type: 'block', status, body: 'no', headers: [], reason: 'seen', ruleId: 'r-1' },
});

interface Parts {
  readonly events?: string;
  readonly agent?: string;
  readonly filter?: string;
  readonly route?: string;
  readonly routes?: string;
  readonly upstreams?: string;
  readonly more?: string;
  readonly encoding?: Encoding;
  readonly supports?: readonly EventType[];
}

/** A worker whose only route asks the agent `a` and forwards to the upstream. */
export async function asking(
  upstream: Pick<Upstream, 'address'>,
  answer: (event: AgentEvent) => Answer,
  parts: Parts = {},
) {
  const {
    events = '"request-headers"',
    agent = '',
    filter = '',
    route = '',
    routes = '',
    upstreams = '',
    more = '',
    encoding = 'sentinel-binary',
    supports = all,
  } = parts;
  const folder = await temporaryFolder();
  const server = await serveV2(folder.file('s'), answer, { encoding, events: supports });
  const worker = await TestWorker.start(`schema-version "1"
    listeners { listener "http" { address "127.0.0.1:0" } }
    routes { route "site" { upstream "u"; filters "f"; ${route} }; ${routes} }
    upstreams { upstream "u" { target "${upstream.address}" }; ${upstreams} }
    agents { agent "a" { transport { unix-socket "${folder.file('s')}" }; events ${events}; ${/failure-mode/.test(`${agent}${filter}${route}`) ? '' : 'failure-mode "closed"; '}${/ timeout-ms|^timeout-ms/.test(agent) ? '' : 'timeout-ms 10000; '}${agent} } }
    filters { filter "f" { agent "a"; ${filter} } }
    ${more}`);
  return {
    worker,
    server,
    folder,
    [Symbol.asyncDispose]: async () => {
      await worker[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export const post = (body: string, more = '', path = '/'): string =>
  `POST ${path} HTTP/1.1\r\nHost: a.example\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\n${more}\r\n${body}`;

export const get = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
