// What can only be judged of agents and filters as a whole: keys without an effect beside others, and failure modes that
// nobody states. Pure, as refer.ts, which asks it. It refuses to guess a failure mode.

import { inspectionLimits } from './limits.ts';
import type { AgentConfig, Config } from './schema.ts';

type Report = (what: string, key: string, hint: string, code?: 'config-missing-key') => void;

/** An agent is in one place, and the stack starts only those that it reaches by a socket. */
export function checkTransport({ transport, use, command }: AgentConfig, title: string, report: Report): void {
  if (transport === undefined) return; // it could not be read, and that has been said
  const { unixSocket, grpc } = transport;
  if (unixSocket === undefined && grpc === undefined)
    report(
      `${title} has no place where it is reached`,
      'transport',
      'add unix-socket "NAME.sock", or grpc { address "HOST:PORT" }',
      'config-missing-key',
    );
  if (grpc === undefined) return;
  if (unixSocket !== undefined)
    report(`${title} has both 'unix-socket' and 'grpc'`, 'transport.grpc', 'keep one of them');
  if (use !== undefined || (command ?? []).length > 0)
    report(
      `${title} is started by the stack and reached by 'grpc'`,
      'transport.grpc',
      "use 'unix-socket' for programs that the stack starts",
    );
  if ((grpc.tls?.clientCert === undefined) !== (grpc.tls?.clientKey === undefined))
    report(`${title} has one of 'client-cert' and 'client-key'`, 'transport.grpc.tls', 'add the other one');
}

/** What stands at its default is no contradiction: `show` writes every key. */
export function checkAsking(agent: AgentConfig, title: string, report: Report): void {
  const { events, bodyHandling } = agent;
  if (!Array.isArray(events)) return; // it could not be read, and that has been said
  const asksBodies = ['request-body', 'response-body', 'websocket-frame'].some((one) =>
    [...events].some((event) => event === one),
  );
  if (!asksBodies && bodyHandling !== undefined && isOther(bodyHandling)) {
    const hint = 'add "request-body" to its events';
    report(`${title} has 'body-handling' and is asked about no bodies`, 'bodyHandling', hint);
  }
  if (bodyHandling?.mode === 'stream' && bodyHandling.onTooLarge === 'inspect-prefix') {
    const hint = 'remove it, or use mode "buffer"';
    report(`${title}: nothing is too large for mode "stream"`, 'bodyHandling.onTooLarge', hint);
  }
  if (new Set(events).size < events.length) report(`${title} has an event twice`, 'events', 'keep one of them');
}

function isOther({ mode, maxBytes, contentTypes, onTooLarge }: AgentConfig['bodyHandling']): boolean {
  const isUsual = mode === 'buffer' && maxBytes === inspectionLimits.bodyBytesMax.default && onTooLarge === 'refuse';
  return !isUsual || contentTypes.length > 0;
}

interface Missing {
  readonly route: string;
  readonly filter: string;
  readonly agent: string;
  readonly index: number; // of the agent
}

/** One for each agent. */
export function failureModesMissing({ routes, filters, agents }: Config): Missing[] {
  const missing = new Map<string, Missing>();
  for (const route of routes) {
    if (route.policies?.failureMode !== undefined) continue;
    for (const filterName of route.filters ?? []) {
      const filter = filters.find(({ name }) => name === filterName);
      const index = agents.findIndex(({ name }) => name === filter?.agent);
      const agent = agents[index];
      if (filter === undefined || agent === undefined || missing.has(agent.name)) continue;
      if ((filter.failureMode ?? agent.failureMode) !== undefined) continue;
      missing.set(agent.name, { route: route.name, filter: filterName, agent: agent.name, index });
    }
  }
  return [...missing.values()];
}
