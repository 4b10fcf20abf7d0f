// Is the stack ready to be sent requests? Not while it starts or drains, not without a worker, and not while an agent is
// down without which its routes answer 503. Pure: a state and figures in, reasons out. It refuses to look at upstreams: a
// balancer that takes a host out because an upstream behind it is down takes out all hosts at once.

import { instanceNames } from '../agent-instances.ts';
import { strictestFailureMode } from '../failure-mode.ts';
import type { Config } from '../schema.ts';
import type { Family } from './family.ts';
import { agentLines } from './tables.ts';

export interface ChildSeen {
  readonly name: string;
  readonly kind: 'agent' | 'worker';
  readonly state: string;
}

export interface Situation {
  readonly phase: string;
  readonly children: readonly ChildSeen[];
  readonly config: Pick<Config, 'agents' | 'filters' | 'routes'>;
  readonly figures: readonly Family[];
}

/** Why it is not, a sentence each; none: it is. */
export function obstaclesOf({ phase, children, config, figures }: Situation): string[] {
  if (phase === 'stopping' || phase === 'ended') return ['draining'];
  if (phase !== 'running') return ['starting'];
  const isUp = (kind: string) => children.filter((one) => one.kind === kind && one.state === 'ready');
  if (isUp('worker').length === 0) return ['no worker of the proxy is ready'];
  const running = new Set(isUp('agent').map(({ name }) => name));
  const started = new Set(children.filter(({ kind }) => kind === 'agent').map(({ name }) => name));
  const lines = new Map(agentLines(figures).map((line) => [line.name, line]));
  return config.agents.flatMap((agent) => {
    if (strictestFailureMode(config as Config, agent) === 'open') return [];
    const processes = instanceNames(agent).filter((name) => started.has(name));
    const isDown = processes.length > 0 && !processes.some((name) => running.has(name));
    const why = isDown ? 'is down' : reasonOf(lines.get(agent.name));
    return why === undefined ? [] : [`agent "${agent.name}" ${why}, and it is fail-closed`];
  });
}

function reasonOf(line: ReturnType<typeof agentLines>[number] | undefined): string | undefined {
  if (line?.reachable === 0) return 'does not answer';
  return line?.breaker === 'open' ? 'has an open circuit breaker' : undefined;
}
