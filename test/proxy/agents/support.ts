// What the tests of the link to agents share: a configuration from KDL, a request, agents to ask, and a server on a
// Unix socket that answers v1 as a test says.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { loadText } from '#config/load';
import { createLogger } from '#config/log';
import type { Config } from '#config/schema';
import { encodeFrame, FrameReader } from '#protocol/frame-v1';
import { HeaderBlock } from '#protocol/headers';
import type { AgentEvent, RequestHeadersEvent } from '#protocol/message';
import type { Agent } from '../../../proxy/agents/agent.ts';
import { Agents } from '../../../proxy/agents/ask.ts';
import { ask } from '../../../proxy/agents/asking.ts';
import { AgentCall, type CallResult, type CallWaiter, type Phase } from '../../../proxy/agents/call.ts';
import { Inquiry, type Stop } from '../../../proxy/agents/inquiry.ts';

export function configOf(agentsAndFilters: string, filters: string): Config {
  const text = `
    listeners { listener "http" { address "127.0.0.1:0" } }
    routes {
      route "asked" { builtin-handler "status"; filters ${filters} }
      route "plain" { matches { path "/plain" }; builtin-handler "status" }
    }
    ${agentsAndFilters}`;
  const loaded = loadText('test.kdl', text);
  assert(loaded.ok, loaded.ok ? '' : JSON.stringify(loaded.problems.map(({ what }) => what)));
  return loaded.config;
}

/** One agent named `a` at `path` behind one filter `f`, with further lines for each. */
export function oneAgent(path: string, agentLines = 'failure-mode "closed"', filterLines = ''): Config {
  const agent = `agent "a" { transport { unix-socket "${path}" }; events "request-headers"; ${agentLines}; }`;
  return configOf(`agents { ${agent} }\nfilters { filter "f" { agent "a"; ${filterLines} } }`, '"f"');
}

export function agentsOf(config: Config, runtimeDir = '/nonexistent') {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const all = new Agents(config, runtimeDir, log);
  const agents = {
    ask: (route: string, event: RequestHeadersEvent) => askAll(all, route, event),
    hasFor: (route: string) => all.planFor(route) !== undefined,
    planFor: (route: string) => all.planFor(route),
    ready: () => all.ready(),
    close: () => all.close(),
    agent: (name: string) => all.all.get(name),
  };
  return { agents, lines, [Symbol.dispose]: () => agents.close() };
}

let requests = 0;

export function requestTo(uri: string, headers: [string, string][] = [['Host', 'shop.example']]): RequestHeadersEvent {
  requests += 1;
  const metadata = {
    correlationId: `r${requests}`,
    requestId: `r${requests}`,
    clientIp: '192.0.2.7',
    clientPort: 40_000,
    serverName: 'shop.example',
    protocol: 'HTTP/1.1',
    tlsVersion: undefined,
    tlsCipher: undefined,
    routeId: 'asked',
    upstreamId: undefined,
    timestampMs: 0,
    traceparent: undefined,
  };
  return { type: 'request_headers', metadata, method: 'GET', uri, headers: HeaderBlock.of(headers) };
}

/** What asking about the head of a request came to, in one value. */
async function askAll(all: Agents, route: string, event: RequestHeadersEvent) {
  const inquiry = new Inquiry({ hasPassedChallenge: () => false });
  const headers = [...event.headers].flatMap(([name, values]) => values.map((value) => [name, value] as const));
  const stop = await ask(inquiry, {
    phase: 'request-headers',
    groups: all.planFor(route)?.groups['request-headers'] ?? [],
    event: () => ({ ...event, headers: HeaderBlock.of(inquiry.requestChanges.applyTo(headers)) }),
  });
  if (stop !== undefined) return { ...stopped(stop), trail: inquiry.trail };
  const [requestHeaders, responseHeaders] = [inquiry.requestChanges.list(), inquiry.responseChanges.list()];
  return { decision: 'allow', requestHeaders, responseHeaders, trail: inquiry.trail } as const;
}

export type Verdict = Awaited<ReturnType<typeof askAll>>;

function stopped(stop: Stop) {
  const { agent } = stop;
  if (stop.kind === 'unavailable') return { decision: 'unavailable', agent } as const;
  const { decision, reason } = stop;
  if (decision.type === 'challenge') return { decision: 'challenge', agent, reason } as const;
  const { status } = decision;
  const headers = decision.type === 'block' ? decision.headers : ([['Location', decision.url]] as const);
  const body = decision.type === 'block' ? decision.body : undefined;
  return { decision: 'block', status, body, headers, agent, reason } as const;
}

export type Talk = (message: unknown, socket: Socket, connection: number) => unknown;

export const allowed = { version: 1, decision: 'allow' };

/** Answers each message with what `talk` returns; nothing is sent for `undefined`. */
export async function serveTalk(path: string, talk: Talk) {
  const sockets = new Set<Socket>();
  const seen: unknown[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    const reader = new FrameReader();
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      for (const message of reader.push(Buffer.from(chunk)).messages) {
        seen.push(message);
        const reply = talk(message, socket, connection);
        if (reply !== undefined) socket.write(encodeFrame(reply) ?? '');
      }
    });
  });
  await new Promise<void>((done) => server.listen(path, done));
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  };
  return { seen, sockets, connections: () => connections, stop, [Symbol.asyncDispose]: stop };
}

export function isConfigure(message: unknown): boolean {
  return Object(message)['event_type'] === 'configure';
}

/** Waits for the answer to one call. */
export class Answered implements CallWaiter {
  readonly #resolvers = Promise.withResolvers<CallResult>();

  get outcome(): Promise<CallResult> {
    return this.#resolvers.promise;
  }

  onAnswer(_call: AgentCall, result: CallResult): void {
    this.#resolvers.resolve(result);
  }
}

export function outcomeOf(agent: Agent, phase: Phase, event: AgentEvent): Promise<CallResult> {
  const answered = new Answered();
  agent.ask(phase, event, answered);
  return answered.outcome;
}

export const noKeeper = { onSettled: () => undefined };

/** A call that nobody has sent yet, about the head of a request. */
export function callTo(uri: string, phase: Phase = 'request-headers', event: AgentEvent = requestTo(uri)) {
  const answered = new Answered();
  const call = new AgentCall(phase, event, performance.now(), 60_000, noKeeper, answered);
  return Object.assign(call, { outcome: answered.outcome });
}

/** What an agent is told of an exchange that is over. */
export const completed = (correlationId: string): AgentEvent => ({
  type: 'request_complete',
  correlationId,
  status: 200,
  durationMs: 1,
  requestBodySize: 0,
  responseBodySize: 0,
  upstreamAttempts: 1,
  error: undefined,
});
