// What the block `waf` stands for: the agent that acts on it, the filter that asks it, and their place in front of the
// routes. The shaping decision: all of it is written here as the text that a person could write by hand, and read as such,
// so nothing of it has an effect that the language does not have. Pure. It refuses to know rules.

import { check } from './check.ts';
import { problem } from './errors.ts';
import { wafAgentLimits } from './limits-waf-agent.ts';
import { parse } from './parse.ts';
import { ourRules, presetPath, withCompanions } from './rule-files.ts';
import type { AgentConfig, Config, FilterConfig, RouteConfig } from './schema.ts';
import { makeSource } from './source.ts';

export type WafBlock = NonNullable<Config['waf']>;

/** The agent and the filter that come with the block have these names; with `use "waf"` a file names its own. */
export const wafName = 'waf';

/** Where it keeps what it refused, beside its socket, unless it is told where. */
export const recordedRequestsName = 'waf-requests.db';

export function isWafAgent({ use }: Pick<AgentConfig, 'use'>): boolean {
  return use === 'waf';
}

/** What the firewall of a configuration as it is run is told; nothing where there is none. */
export function firewallConfig({ agents }: Config): unknown {
  return agents.find(isWafAgent)?.config;
}

/** Where the agent is that a `waf { }` alone brings with it. */
export function bringsAgent({ waf, agents }: Config): boolean {
  return waf !== undefined && !agents.some(isWafAgent);
}

export interface RulesOnDisk {
  readonly digest: string; // changes when a file of rules does
  readonly exclusionsFile: string; // absolute
}

/** The configuration that is run: with the agent, the filter, and what the agent is told. */
export function withWaf(config: Config, { digest, exclusionsFile }: RulesOnDisk): Config {
  const { waf } = config;
  if (waf === undefined) return config;
  const { agents, filters } = bringsAgent(config) ? brought(waf) : { agents: [], filters: [] };
  const all = [...config.agents, ...agents].map((agent) =>
    isWafAgent(agent) ? told(agent, config, waf, { digest, exclusionsFile }) : agent,
  );
  const routes = agents.length === 0 ? config.routes : config.routes.map((route) => guarded(route, waf));
  return { ...config, agents: all, filters: [...config.filters, ...filters], routes };
}

/** Behind the other filters: what they changed of a request is what is looked at. */
function guarded(route: RouteConfig, { mode }: WafBlock): RouteConfig {
  const isOff = (route.waf?.mode ?? mode) === 'off';
  return isOff || route.filters.includes(wafName) ? route : { ...route, filters: [...route.filters, wafName] };
}

function brought(waf: WafBlock): { agents: readonly AgentConfig[]; filters: readonly FilterConfig[] } {
  const { nodes } = parse(makeSource('waf', textOf(waf), 'waf'));
  const nothing = () => problem('config-not-found', 'the text of the firewall names no file');
  const look = { folder: nothing, 'file-path': nothing, 'rule-path': nothing };
  const { config } = check({ nodes, environment: {}, readSecret: nothing, readText: nothing, look });
  return config as Config; // the parts that are missing are not looked at
}

/** As it could stand in the file. */
export function textOf({ timeoutMs, failureMode, instances, bodyInspection }: WafBlock): string {
  const { response, maxBytes, onTooLarge } = bodyInspection;
  const events = ['request-headers', ...(response ? ['response-headers', 'response-body'] : []), 'log'];
  return `agents {
    agent "${wafName}" {
        use "waf"
        transport { unix-socket "${wafName}.sock" }
        events ${events.map((event) => `"${event}"`).join(' ')}
        timeout-ms ${timeoutMs}
        failure-mode "${failureMode}"
        instances ${instances}
        startup-timeout-secs 30
        max-queued-calls 1000
        body-handling { max-bytes ${maxBytes}; on-too-large "${onTooLarge}" }
    }
}
filters {
    filter "${wafName}" { agent "${wafName}" }
}
`;
}

/** What the agent reads: the block, what routes say otherwise, and a word that changes when a file of rules does. */
function told(agent: AgentConfig, { routes }: Config, waf: WafBlock, onDisk: RulesOnDisk): AgentConfig {
  const { digest: rulesDigest, exclusionsFile } = onDisk;
  const { failureMode: _, timeoutMs: __, instances: ___, applications, ...block } = waf;
  const rules = [...applications.map(presetPath), ...(waf.rules.length === 0 ? [ourRules] : waf.rules)];
  const own = routes.flatMap((route) => (route.waf === undefined ? [] : [[route.name, route.waf] as const]));
  const { auditLog, alertLog, recordedRequests, collectionsFile } = waf;
  const written = [auditLog?.path, auditLog?.storageDir, alertLog?.path, recordedRequests.path, collectionsFile];
  return {
    ...agent,
    config: JSON.parse(
      JSON.stringify({
        ...block,
        rules,
        rulesDigest,
        exclusionsFile,
        processes: agent.instances,
        routes: Object.fromEntries(own),
      }),
    ),
    mayRead: [
      ...new Set([
        ...agent.mayRead,
        exclusionsFile,
        ...withCompanions([...rules, ...(waf.canary?.rules ?? [])]).map(readable),
      ]),
    ].slice(0, wafAgentLimits.rulePathsMax),
    mayWrite: [...agent.mayWrite, ...written.filter((path) => path !== undefined)],
  };
}

/** Lists that rules name lie beside them, so a file or a pattern opens its folder. */
function readable(path: string): string {
  return /\.[a-z]+$|[*?]/.test(path) ? `${path.slice(0, path.lastIndexOf('/'))}/` : `${path}/`;
}
