// What the tests of the link to agents share: a configuration from KDL, a request, agents to ask, and a server on a
// Unix socket that answers v1 as a test says.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { loadText } from '#config/load';
import { createLogger } from '#config/log';
import type { Config } from '#config/schema';
import { encodeFrame, FrameReader } from '#protocol/frame-v1';
import { Agents, type AskedRequest } from '../../../proxy/agents/ask.ts';

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
  const agents = new Agents(config, runtimeDir, log);
  return { agents, lines, [Symbol.dispose]: () => agents.close() };
}

export function requestTo(uri: string, headers: [string, string][] = [['Host', 'shop.example']]): AskedRequest {
  return {
    requestId: 'r1',
    method: 'GET',
    uri,
    headers,
    clientIp: '192.0.2.7',
    clientPort: 40_000,
    host: 'shop.example',
    protocol: 'HTTP/1.1',
    routeId: 'asked',
    upstreamId: undefined,
  };
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
