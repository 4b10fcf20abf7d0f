// What can only be judged of agents and filters as a whole: keys without an effect beside others, and failure modes that
// nobody states. Pure, as refer.ts, which asks it. It refuses to guess a failure mode.

import type { AgentConfig, Config } from './schema.ts';

type Report = (what: string, key: string, hint: string) => void;
type IsWritten = (key: string) => boolean;

export function checkAsking(agent: AgentConfig, title: string, isWritten: IsWritten, report: Report): void {
  const { events, bodyHandling } = agent;
  if (!Array.isArray(events)) return; // it could not be read, and that has been said
  const asksBodies = events.includes('request-body') || events.includes('response-body');
  if (!asksBodies && Object.keys(bodyHandling ?? {}).some((key) => isWritten(`bodyHandling.${key}`)))
    report(
      `${title} has 'body-handling' and is asked about no bodies`,
      'bodyHandling',
      'add "request-body" to its events',
    );
  if (bodyHandling?.mode === 'stream' && isWritten('bodyHandling.onTooLarge'))
    report(
      `${title}: nothing is too large for mode "stream"`,
      'bodyHandling.onTooLarge',
      'remove it, or use mode "buffer"',
    );
  if (new Set(events).size < events.length) report(`${title} has an event twice`, 'events', 'keep one of them');
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
