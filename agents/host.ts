// The SDK: what every agent written here is (`import { allow, block, serveAgent } from '#agent'`). An agent gives
// functions; the host does the socket, the protocol, bounds, draining and the supervisor's channel. The shaping
// decision: a call that goes wrong, on whichever side, costs its connection and nothing else; the process lives on.
// It refuses to know any configuration file: what an agent is told comes through `configure`.

import { createServer, type Server, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { answerSupervisor, releaseChannel, stopAsked, tellSupervisor as tell } from '#config/child-side';
import type { Code } from '#config/errors';
import { hostLimits } from '#config/limits';
import { createLogger, type Level, type Logger, levels } from '#config/log';
import type { AgentReply, Audit, HeaderMutation, RedirectStatus } from '#protocol/message';
import { type Agent, Answerer } from './host-answer.ts';
import { HostConnection } from './host-connection.ts';
import { SocketPath, SocketProblem } from './host-socket.ts';

/**
 * Runs the agent on the socket that the command line names, until SIGTERM, SIGINT, a `drain` message or the loss of the
 * supervisor; then finishes the calls in flight. Resolves with the exit code: 0 drained, 2 wrong usage, 3 no socket.
 */
export async function serveAgent(agent: Agent): Promise<number> {
  const { path, level, replaces, orphanGraceMs } = commandLine();
  if (path === undefined) return fail(2, 'usage', `${agent.name}: no socket given; start it with --socket PATH`);
  const log = createLogger(agent.name, level);
  const host = new Host(agent, log);
  answerSupervisor(() => JSON.stringify(host.health));
  const asked = stopAsked(() => orphanGraceMs); // from before it listens: an early SIGTERM is honoured too
  const socket = new SocketPath(path, replaces);
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

/** The reply that lets the request pass, with changes to headers if any. */
export function allow(
  changes: { requestHeaders?: HeaderMutation[]; responseHeaders?: HeaderMutation[]; audit?: Partial<Audit> } = {},
): AgentReply {
  const { requestHeaders = [], responseHeaders = [], audit = {} } = changes;
  return { decision: { type: 'allow' }, requestHeaders, responseHeaders, audit: { ...emptyAudit, ...audit } };
}

/** The reply that ends the request with `status`. The reason and the rule id go to the logs, never to the client. */
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
  return { decision, requestHeaders: [], responseHeaders: [], audit: { ...emptyAudit, ruleIds, ...audit } };
}

/** The reply that sends the client elsewhere. */
export function redirect(url: string, status: RedirectStatus = 302): AgentReply {
  return { decision: { type: 'redirect', url, status }, requestHeaders: [], responseHeaders: [], audit: emptyAudit };
}

const emptyAudit: Audit = { tags: [], ruleIds: [], reasonCodes: [], confidence: undefined, custom: {} };

/** The server and its open connections. */
class Host {
  readonly server: Server;
  readonly #answerer: Answerer;
  readonly #log: Logger;
  readonly #connections = new Set<HostConnection>();

  constructor(agent: Agent, log: Logger) {
    this.#answerer = new Answerer(agent, log);
    this.#log = log;
    this.server = createServer((socket) => this.#serve(socket));
    this.server.maxConnections = hostLimits.connectionsMax;
  }

  /** What the supervisor is told when it asks. */
  get health(): Readonly<Record<string, unknown>> {
    return { connections: this.#connections.size };
  }

  #serve(socket: Socket): void {
    const connection = new HostConnection(socket, this.#answerer, this.#log);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** No new connections; the open ones end after the call they are in; at the deadline they are cut. */
  async drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const connection of this.#connections) connection.drain();
    const cut = setTimeout(() => {
      for (const connection of this.#connections) connection.cut();
    }, hostLimits.drainMs);
    await closed;
    clearTimeout(cut);
  }
}

interface CommandLine {
  readonly path: string | undefined;
  readonly level: Level;
  readonly replaces: boolean;
  readonly orphanGraceMs: number;
}

/** `--socket PATH`, and more from a supervisor of ours; what else is there is the agent's own. */
function commandLine(): CommandLine {
  const options = {
    socket: { type: 'string' },
    'log-level': { type: 'string' },
    replace: { type: 'boolean' }, // another process of this agent has the path, and will be told to end
    'orphan-grace-ms': { type: 'string' },
  } as const;
  const { values } = parseArgs({ options, strict: false, allowPositionals: true });
  const { socket, 'log-level': asked, replace, 'orphan-grace-ms': grace } = values;
  const path = typeof socket === 'string' && socket !== '' ? socket : undefined;
  const orphanGraceMs = typeof grace === 'string' && /^\d{1,9}$/.test(grace) ? Number(grace) : 0;
  return { path, level: levels.find((level) => level === asked) ?? 'info', replaces: replace === true, orphanGraceMs };
}

async function fail(exitCode: number, code: Code, what: string): Promise<number> {
  process.stderr.write(`${what} [${code}]\n`);
  await tell({ type: 'failed', code, what });
  releaseChannel();
  return exitCode;
}
