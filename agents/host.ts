// The SDK: what every agent written here is (`import { allow, block, serveAgent } from '#agent'`). An agent gives
// functions; the host does the socket, the protocol, bounds, draining and the supervisor's channel. The shaping
// decision: a call that goes wrong, on whichever side, costs its connection and nothing else; the process lives on.
// It refuses to know any configuration file: what an agent is told comes through `configure`.

import { parseArgs } from 'node:util';
import { type FromChild, readToChild } from '#config/channel';
import type { Code } from '#config/errors';
import { createLogger, type Level, levels } from '#config/log';
import {
  type AgentReply,
  type Audit,
  type HeaderMutation,
  noAudit,
  noRouting,
  plainAllow,
  type RedirectStatus,
  type RequestBodyChunkEvent,
  type ResponseBodyChunkEvent,
  type Routing,
} from '#protocol/message';
import type { Agent } from './host-answer.ts';
import { HostServer } from './host-server.ts';
import { SocketPath, SocketProblem } from './host-socket.ts';

/**
 * Runs the agent on the socket that the command line names, until SIGTERM, SIGINT, a `drain` message or the loss of the
 * supervisor; then finishes the calls in flight. Resolves with the exit code: 0 drained, 2 wrong usage, 3 no socket.
 */
export async function serveAgent(agent: Agent): Promise<number> {
  const { path, level } = commandLine();
  if (path === undefined) return fail(2, 'usage', `${agent.name}: no socket given; start it with --socket PATH`);
  const log = createLogger(agent.name, level);
  const host = new HostServer(agent, log);
  const asked = stopAsked(); // from before it listens: an early SIGTERM is honoured too
  const socket = new SocketPath(path);
  try {
    await socket.listen(host.server);
  } catch (error) {
    return fail(3, 'agent-cannot-listen', error instanceof SocketProblem ? error.message : String(error));
  }
  log.info('agent-listening', { socket: path, pid: process.pid });
  await tell({ type: 'ready', detail: `socket ${path}`.slice(0, 200) });
  await asked;
  await socket.remove();
  await host.drain();
  releaseChannel();
  return 0;
}

export type { Agent };

interface Changes {
  requestHeaders?: HeaderMutation[];
  responseHeaders?: HeaderMutation[];
  audit?: Partial<Audit>;
  routing?: Partial<Routing>;
}

/** The reply that lets the exchange pass, with changes to headers if any. */
export function allow(changes?: Changes): AgentReply {
  if (changes === undefined) return plainAllow;
  const { requestHeaders = [], responseHeaders = [], audit, routing } = changes;
  return {
    ...plainAllow,
    requestHeaders,
    responseHeaders,
    audit: audit === undefined ? noAudit : { ...noAudit, ...audit },
    routing: routing === undefined ? noRouting : { ...noRouting, ...routing },
  };
}

/** The reply that ends the exchange with `status`. The reason and the rule id go to the logs, never to the client. */
export function block(
  status: number,
  details: {
    body?: string;
    headers?: [string, string][];
    reason?: string;
    ruleId?: string;
    audit?: Partial<Audit>;
  } = {},
): AgentReply {
  const { body, headers = [], reason, ruleId, audit = {} } = details;
  const ruleIds = ruleId === undefined ? [] : [ruleId];
  const decision = { type: 'block', status, body, headers, reason, ruleId } as const;
  return { ...plainAllow, decision, audit: { ...noAudit, ruleIds, ...audit } };
}

/** The reply that sends the client elsewhere. */
export function redirect(url: string, status: RedirectStatus = 302, audit?: Partial<Audit>): AgentReply {
  const said = audit === undefined ? noAudit : { ...noAudit, ...audit };
  return { ...plainAllow, decision: { type: 'redirect', url, status }, audit: said };
}

/** The reply that lets pass only who solves something first; the proxy shows the page and remembers who did. */
export function challenge(
  challengeType: string,
  params: Record<string, string> = {},
  audit?: Partial<Audit>,
): AgentReply {
  const said = audit === undefined ? noAudit : { ...noAudit, ...audit };
  return { ...plainAllow, decision: { type: 'challenge', challengeType, params }, audit: said };
}

/** The reply to headers that wants to see the body before it decides. */
export function needBody(): AgentReply {
  return { ...plainAllow, needsMore: true };
}

/** The reply to a chunk of a body that puts `data` in its place; empty data drops it. */
export function replaceBody(event: RequestBodyChunkEvent | ResponseBodyChunkEvent, data: Uint8Array): AgentReply {
  const mutation = { data, chunkIndex: event.chunkIndex };
  return event.type === 'request_body_chunk'
    ? { ...plainAllow, requestBody: mutation }
    : { ...plainAllow, responseBody: mutation };
}

/** `--socket PATH`, and `--log-level` from a supervisor of ours; what else is there is the agent's own. */
function commandLine(): { path: string | undefined; level: Level } {
  const options = { socket: { type: 'string' }, 'log-level': { type: 'string' } } as const;
  const { socket, 'log-level': asked } = parseArgs({ options, strict: false, allowPositionals: true }).values;
  const path = typeof socket === 'string' && socket !== '' ? socket : undefined;
  return { path, level: levels.find((level) => level === asked) ?? 'info' };
}

/** Settles at the first request to stop, from whichever side. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    process.once('disconnect', resolve);
    process.on('message', (message) => {
      if (readToChild(message)?.type === 'drain') resolve();
    });
  });
}

async function fail(exitCode: number, code: Code, what: string): Promise<number> {
  process.stderr.write(`${what} [${code}]\n`);
  await tell({ type: 'failed', code, what });
  releaseChannel();
  return exitCode;
}

/** Settles once the message has left: a channel closed earlier would lose it. */
function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, () => resolve());
    else resolve();
  });
}

/** An open channel would keep the process alive. */
function releaseChannel(): void {
  if (process.connected) process.disconnect?.();
}
