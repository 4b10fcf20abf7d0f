// The SDK: what every agent written here is (`import { allow, block, serveAgent } from '#agent'`). An agent gives
// functions; the host does the socket, the protocol, bounds, draining and the supervisor's channel. The shaping
// decision: a call that goes wrong, on whichever side, costs its connection and nothing else; the process lives on.
// It refuses to know any configuration file: what an agent is told comes through `configure`.

import { parseArgs } from 'node:util';
import {
  answerSupervisor,
  hearSupervisor,
  releaseChannel,
  stopAsked,
  tellSupervisor as tell,
  tellLastReport,
} from '#config/child-side';
import type { Code } from '#config/errors';
import { supervisorLimits } from '#config/limits';
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
import type { GrpcListening } from './host-grpc.ts';
import { HostServer } from './host-server.ts';
import { SocketPath, SocketProblem } from './host-socket.ts';
import type { HostStatus } from './host-status.ts';

/**
 * Runs the agent on the socket that the command line names, until SIGTERM, SIGINT, a `drain` message or the loss of the
 * supervisor; then finishes the calls in flight. Resolves with the exit code: 0 drained, 2 wrong usage, 3 no socket.
 */
export async function serveAgent(agent: Agent): Promise<number> {
  if (process.argv.includes(readCodeOnly)) return 0;
  const { path, grpc, level, replaces, isForGroup, orphanGraceMs, workerDrainMs, isTold } = commandLine();
  const given = isTold ? toldConfig() : undefined; // from before anything else: the message is on its way
  if (path === undefined && grpc === undefined)
    return fail(2, 'usage', `${agent.name}: no socket given; start it with --socket PATH`);
  if (typeof grpc === 'string') return fail(2, 'usage', `${agent.name}: ${grpc}`);
  const log = createLogger(agent.name, level);
  const host = new HostServer(agent, log);
  const report = () => JSON.stringify(host.health);
  answerSupervisor(report);
  const needed = { isNeeded: () => host.connections > 0, atMostMs: workerDrainMs };
  const asked = stopAsked(() => orphanGraceMs, needed); // from before it listens: an early SIGTERM is honoured too
  const socket = path === undefined ? undefined : new SocketPath(path, { replaces, isForGroup });
  const problems = given === undefined ? [] : await host.answerer.configure(await given);
  if (problems.length > 0) return fail(2, 'agent-config', `it refuses its configuration:\n${problems.join('\n')}`);
  try {
    await socket?.listen(host.server);
    const port = grpc === undefined ? undefined : await host.listenGrpc(grpc);
    log.info('agent-listening', { socket: path, address: grpc?.address, port, pid: process.pid });
  } catch (error) {
    return fail(3, 'agent-cannot-listen', error instanceof SocketProblem ? error.message : String(error));
  }
  const detail = agent.describe?.() ?? `socket ${path ?? grpc?.address}`;
  await tell({ type: 'ready', detail: detail.slice(0, 200) });
  await asked;
  await socket?.remove();
  await host.drain();
  await tellLastReport(report);
  releaseChannel();
  return 0;
}

/** To a program that is only to read its code, for Node to keep it. */
const readCodeOnly = '--read-code';

export type { Agent, HostStatus };

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

interface CommandLine {
  readonly path: string | undefined;
  readonly grpc: GrpcListening | string | undefined; // a text: what is wrong with it
  readonly level: Level;
  readonly replaces: boolean;
  readonly isForGroup: boolean;
  readonly orphanGraceMs: number;
  readonly workerDrainMs: number; // workers without a supervisor ask for so long behind that
  readonly isTold: boolean; // the supervisor tells the configuration before anybody else does
}

/** `--socket PATH`, and more from a supervisor of ours; what else is there is the agent's own. */
function commandLine(): CommandLine {
  const options = {
    socket: { type: 'string' },
    'log-level': { type: 'string' },
    replace: { type: 'boolean' }, // another process of this agent has the path, and will be told to end
    'socket-for-group': { type: 'boolean' }, // who connects is another user, of the socket's group
    'orphan-grace-ms': { type: 'string' },
    'worker-drain-ms': { type: 'string' },
    grpc: { type: 'string' },
    'grpc-cert': { type: 'string' },
    'grpc-key': { type: 'string' },
    'grpc-client-ca': { type: 'string' },
    'grpc-in-clear': { type: 'boolean' },
    'told-config': { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options, strict: false, allowPositionals: true });
  const { socket, 'log-level': asked, replace } = values;
  const path = typeof socket === 'string' && socket !== '' ? socket : undefined;
  const orphanGraceMs = millisecondsOf(values['orphan-grace-ms']);
  const workerDrainMs = millisecondsOf(values['worker-drain-ms']);
  const isForGroup = values['socket-for-group'] === true;
  const level = levels.find((one) => one === asked) ?? 'info';
  const isTold = values['told-config'] === true && process.send !== undefined;
  return {
    path,
    grpc: grpcOf(values),
    level,
    replaces: replace === true,
    isForGroup,
    orphanGraceMs,
    workerDrainMs,
    isTold,
  };
}

function millisecondsOf(value: unknown): number {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
}

/** `--grpc HOST:PORT`, and what it needs towards others than this host. */
function grpcOf(values: Readonly<Record<string, unknown>>): GrpcListening | string | undefined {
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const address = text('grpc');
  if (address === undefined) return undefined;
  const [cert, key, clientCa] = [text('grpc-cert'), text('grpc-key'), text('grpc-client-ca')];
  if ((cert === undefined) !== (key === undefined)) return '--grpc-cert and --grpc-key go together';
  const isSafe =
    cert !== undefined || values['grpc-in-clear'] === true || /^(?:127\.|localhost:|\[::1\])/.test(address);
  if (!isSafe)
    return `${address} can be reached by others: add --grpc-cert and --grpc-key, or insist with --grpc-in-clear`;
  return { address, cert, key, clientCa };
}

/** An agent that is ready has taken its configuration; one that refuses it says so to whoever started it. */
function toldConfig(): Promise<unknown> {
  return new Promise((resolve) => {
    const forget = hearSupervisor((heard) => {
      if (heard.type !== 'configure') return;
      forget();
      resolve(JSON.parse(heard.config));
    });
  });
}

async function fail(exitCode: number, code: Code, what: string): Promise<number> {
  process.stderr.write(`${what} [${code}]\n`);
  await tell({ type: 'failed', code, what: what.slice(0, supervisorLimits.failureCharactersMax) });
  releaseChannel();
  return exitCode;
}
