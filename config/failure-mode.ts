// What happens when an agent does not answer, and who said so: the filter, else the agent, else the route. Pure; the proxy
// acts on it, `explain` prints it, the supervisor knows by it what must run. It refuses to have a default: a
// configuration in which nobody says it is refused (refer-agents.ts).

import type { AgentConfig, Config, FilterConfig, RouteConfig } from './schema.ts';

export interface FailureMode {
  readonly mode: 'open' | 'closed';
  readonly from: 'filter' | 'agent' | 'route';
}

export function failureModeOf(
  filter: Pick<FilterConfig, 'failureMode'>,
  agent: Pick<AgentConfig, 'failureMode'>,
  route: { readonly policies: Pick<RouteConfig['policies'], 'failureMode'> },
): FailureMode | undefined {
  if (filter.failureMode !== undefined) return { mode: filter.failureMode, from: 'filter' };
  if (agent.failureMode !== undefined) return { mode: agent.failureMode, from: 'agent' };
  const { failureMode } = route.policies;
  return failureMode === undefined ? undefined : { mode: failureMode, from: 'route' };
}

/** `closed` if anything would answer 503 without the agent. */
export function strictestFailureMode(config: Config, agent: AgentConfig): 'open' | 'closed' {
  const filters = config.filters.filter((one) => one.agent === agent.name);
  const modes = config.routes.flatMap((route) =>
    filters.filter(({ name }) => route.filters.includes(name)).map((one) => failureModeOf(one, agent, route)?.mode),
  );
  return modes.includes('closed') || (modes.length === 0 && agent.failureMode === 'closed') ? 'closed' : 'open';
}
