// Agents that start after others, judged: nothing may wait for itself, by whatever way round, or it would never start.
// Pure, as refer.ts, whose part it is.

import type { Code, ProblemDetails } from './errors.ts';
import type { AgentConfig, Config } from './schema.ts';

type SystemConfig = Partial<Config['system']>;

/** Says a problem of a property, by its path below the agents. */
type Report = (code: Code, what: string, path: string, details?: Omit<ProblemDetails, 'at'>) => void;

/** What is not ours to start has one socket, whatever is behind it. */
export function checkInstances(agents: readonly AgentConfig[], report: Report): void {
  for (const [index, { name, use, command = [], instances }] of agents.entries()) {
    if (use !== undefined || command.length > 0 || (instances ?? 1) === 1) continue;
    const what = `agent "${name}" is not started by this stack, so it cannot be told how often`;
    report('config-conflict', what, `${index}.instances`, {
      hint: 'remove `instances`, or say what to start with `use` or `command`',
    });
  }
}

/** A group alone would leave children with the rights of root. */
export function checkAccount({ user, group }: SystemConfig, report: Report): void {
  if (group === undefined || user !== undefined) return;
  report('config-conflict', 'a group is given and no user, so everything would still run as root', 'group', {
    hint: 'name the user, too',
  });
}

export function checkOrder(agents: readonly AgentConfig[], report: Report): void {
  const after = new Map(agents.map((agent) => [agent.name, agent.after ?? []]));
  for (const [index, { name }] of agents.entries()) {
    const round = wayBackTo(name, after);
    // Told once, at the first of those that wait for each other.
    if (round === undefined || round.some((one) => agents.findIndex((agent) => agent.name === one) < index)) continue;
    const what = `agents wait for each other: ${[...round, name].map((one) => `"${one}"`).join(' after ')}`;
    report('config-conflict', what, `${index}.after`, { hint: 'remove one of these `after`' });
  }
}

/** The agents on the way from one back to itself, itself first. */
function wayBackTo(name: string, after: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set<string>();
  const search = (at: string, trail: string[]): string[] | undefined => {
    for (const next of after.get(at) ?? []) {
      if (next === name) return trail;
      if (typeof next !== 'string' || seen.has(next)) continue;
      seen.add(next);
      const found = search(next, [...trail, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(name, [name]);
}
