// What can only be judged of the firewall as a whole: keys without an effect beside others, names that it brings with it,
// routes that speak of a firewall that does not look at them. Pure, as refer.ts, which asks it. It refuses to read rules.

import type { Config, RouteConfig } from './schema.ts';
import { bringsAgent, isWafAgent, type WafBlock, wafName } from './waf.ts';

type Report = (
  code: 'config-conflict' | 'config-missing-key',
  what: string,
  path: string,
  details: { readonly hint: string },
) => void;

export function checkWaf(config: Config, isWritten: (path: string) => boolean, report: Report): void {
  checkAgents(config, report);
  config.routes.forEach((route, index) => checkRoute(config, route, `routes.${index}.waf`, report));
  const { waf } = config;
  if (waf === undefined) return;
  checkExclusions(waf.exclusions, 'waf.exclusions', report);
  checkCollections(config, waf, report);
  if (bringsAgent(config)) checkNames(config, report);
  else checkOwnAgent(isWritten, report);
}

function checkAgents({ agents, waf }: Config, report: Report): void {
  agents.forEach((agent, index) => {
    if (!isWafAgent(agent)) return;
    if (waf === undefined)
      report(
        'config-conflict',
        `agent "${agent.name}" is the firewall, and there is no block 'waf'`,
        `agents.${index}.use`,
        {
          hint: 'add waf { }',
        },
      );
    const missing = ['request-headers', 'log'].filter((event) => !(agent.events ?? []).some((one) => one === event));
    if (missing.length > 0)
      report(
        'config-missing-key',
        `agent "${agent.name}" is the firewall, and its events lack ${missing.join(' and ')}`,
        `agents.${index}.events`,
        {
          hint: 'it begins a transaction with "request-headers" and ends it with "log"',
        },
      );
    if (agent.config !== undefined)
      report('config-conflict', `agent "${agent.name}" has a 'config'`, `agents.${index}.config`, {
        hint: "what the firewall is told stands in the block 'waf'",
      });
  });
}

function checkNames({ agents, filters }: Config, report: Report): void {
  const hint = `give it another name, or write an agent with use "waf" and put it where it belongs`;
  for (const [kind, list] of [
    ['agents', agents],
    ['filters', filters],
  ] as const) {
    const index = list.findIndex(({ name }) => name === wafName);
    if (index !== -1)
      report('config-conflict', `the block 'waf' brings one called "${wafName}" with it`, `${kind}.${index}.name`, {
        hint,
      });
  }
}

/** Each process would overwrite what the other one counted. */
function checkCollections({ agents }: Config, waf: WafBlock, report: Report): void {
  const several = Math.max(waf.instances, ...agents.filter(isWafAgent).map(({ instances }) => instances)) > 1;
  if (!several || waf.collectionsFile === undefined) return;
  report(
    'config-conflict',
    "'collections-file' is for one process of the firewall, and there are several",
    'waf.collectionsFile',
    {
      hint: 'remove one of the two',
    },
  );
}

/** Who writes the agent says there how it is asked. */
function checkOwnAgent(isWritten: (path: string) => boolean, report: Report): void {
  for (const [property, key] of [
    ['failureMode', 'failure-mode'],
    ['timeoutMs', 'timeout-ms'],
    ['instances', 'instances'],
  ] as const)
    if (isWritten(`waf.${property}`))
      report('config-conflict', `'${key}' in 'waf' has no effect beside an agent with use "waf"`, `waf.${property}`, {
        hint: 'write it in the agent',
      });
}

function checkRoute(config: Config, route: RouteConfig, path: string, report: Report): void {
  if (route.waf === undefined) return;
  checkExclusions(route.waf.exclusions, `${path}.exclusions`, report);
  if (config.waf === undefined)
    return report('config-conflict', `route "${route.name}" has a 'waf', and there is none for the stack`, path, {
      hint: 'add waf { } at the top',
    });
  if (bringsAgent(config) || asksFirewall(config, route)) return;
  report('config-conflict', `route "${route.name}" has a 'waf', and none of its filters asks the firewall`, path, {
    hint: 'add the filter',
  });
}

function asksFirewall({ filters, agents }: Config, route: RouteConfig): boolean {
  const named = filters.filter(({ name }) => (route.filters ?? []).includes(name)).map(({ agent }) => agent);
  return agents.some((agent) => isWafAgent(agent) && named.includes(agent.name));
}

function checkExclusions(exclusions: WafBlock['exclusions'], path: string, report: Report): void {
  exclusions.forEach(({ name, ruleIds, tags }, index) => {
    if ((ruleIds ?? []).length + (tags ?? []).length > 0) return;
    report('config-missing-key', `exclusion "${name}" names no rules`, `${path}.${index}`, {
      hint: 'add rule-ids or tags; to exclude everything, write mode "off" in the route',
    });
  });
}
