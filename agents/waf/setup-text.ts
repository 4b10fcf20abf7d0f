// The configuration's words as SecLang: what stands before the rules and behind them. The shaping decision: nothing that
// an operator says reaches the engine on another way, so `waf show` prints all of it and a rule can be written by hand to
// the same effect. Routes are told apart by ENV:sentinel_route, which the agent sets. Pure. It refuses to name files.

import type { RuleFile } from './engine.ts';
import type { Told, ToldExclusion, ToldRoute } from './told.ts';

/** In place of a route's name, where rules look for it. */
export const routeVariable = 'sentinel_route';

/** Ids of what is made here: outside of what CRS, its plugins and our own rules use. */
const firstId = 9_990_000;

export interface SetupTexts {
  readonly before: RuleFile;
  readonly after: RuleFile;
}

export function setupTexts(told: Told): SetupTexts {
  const ids = new Ids();
  const before = [...settingLines(told), ...processorLines(ids, told), levelLine(ids, told)];
  for (const one of told.exclusions) if (one.path !== undefined) before.push(...runtimeExclusion(ids, one, undefined));
  for (const [name, route] of Object.entries(told.routes)) before.push(...routeLines(ids, name, route));
  const after = told.exclusions.flatMap((one) => (one.path === undefined ? loadTimeExclusion(one) : []));
  return {
    before: { file: 'waf/before.conf', text: `${before.join('\n')}\n` },
    after: { file: 'waf/after.conf', text: `${after.join('\n')}\n` },
  };
}

class Ids {
  #next = firstId;

  take(): number {
    this.#next += 1;
    return this.#next;
  }
}

const engineWords = { prevention: 'On', detection: 'DetectionOnly', off: 'Off' } as const;

function settingLines({ mode, workBudget, bodyInspection, auditLog, alertLog }: Told): string[] {
  const { request, response, maxBytes, onTooLarge } = bodyInspection;
  const action = onTooLarge === 'refuse' ? 'Reject' : 'ProcessPartial';
  return [
    `SecRuleEngine ${engineWords[mode]}`,
    `SecWorkBudget ${workBudget}`,
    `SecRequestBodyAccess ${onOff(request)}`,
    `SecRequestBodyLimit ${maxBytes}`,
    `SecRequestBodyNoFilesLimit ${maxBytes}`,
    `SecRequestBodyLimitAction ${action}`,
    `SecResponseBodyAccess ${onOff(response)}`,
    `SecResponseBodyLimit ${maxBytes}`,
    'SecResponseBodyLimitAction ProcessPartial',
    'SecResponseBodyMimeType text/plain text/html text/xml application/json application/xml',
    `SecAuditEngine ${auditLog === undefined && alertLog === undefined ? 'Off' : 'RelevantOnly'}`,
    ...(auditLog === undefined
      ? []
      : [`SecAuditLogFormat ${auditLog.format === 'json' ? 'JSON' : 'Native'}`, `SecAuditLogParts ${auditLog.parts}`]),
  ];
}

const onOff = (on: boolean): string => (on ? 'On' : 'Off');

/** How a body is read follows from its type; one that cannot be read as what it says it is goes no further. */
function processorLines(ids: Ids, { bodyInspection }: Told): string[] {
  const byType = (type: string, processor: string) =>
    `SecRule REQUEST_HEADERS:Content-Type "@rx ${type}" "id:${ids.take()},phase:1,pass,nolog,t:none,t:lowercase,ctl:requestBodyProcessor=${processor}"`;
  const isCutAllowed = bodyInspection.onTooLarge === 'inspect-prefix'; // what is shown ends in the middle of something
  const refuse = (variable: string, msg: string, more: string) =>
    `SecRule ${variable} "!@eq 0" "id:${ids.take()},phase:2,deny,status:400,log,auditlog,t:none,msg:'${msg}'${more},severity:'CRITICAL'${isCutAllowed ? ',chain"\nSecRule INBOUND_DATA_ERROR "@eq 0" "t:none' : ''}"`;
  return [
    byType('^(?:application(?:/soap\\+|/)|text/)xml', 'XML'),
    byType('^application/(?:[a-z0-9.-]+[+])?json', 'JSON'),
    refuse('REQBODY_ERROR', 'The body cannot be read as what its type says', ",logdata:'%{REQBODY_ERROR_MSG}'"),
    refuse('MULTIPART_STRICT_ERROR', 'The multipart body can be read in more than one way', ''),
  ];
}

/** By the names that CRS gave them; rules of ours use the same. Which of them a rule set looks at differs by its version. */
function levelLine(ids: Ids, { paranoiaLevel, anomalyThreshold, outboundThreshold }: Told): string {
  return action(ids, setLevels({ paranoiaLevel, anomalyThreshold, outboundThreshold }));
}

type Levels = Pick<ToldRoute, 'paranoiaLevel' | 'anomalyThreshold' | 'outboundThreshold'>;

function setLevels({ paranoiaLevel: level, anomalyThreshold: inbound, outboundThreshold: outbound }: Levels): string[] {
  return [
    ...(level === undefined
      ? []
      : ['blocking_paranoia_level', 'detection_paranoia_level', 'paranoia_level', 'executing_paranoia_level'].map(
          (name) => setvar(name, level),
        )),
    ...(inbound === undefined ? [] : [setvar('inbound_anomaly_score_threshold', inbound)]),
    ...(outbound === undefined ? [] : [setvar('outbound_anomaly_score_threshold', outbound)]),
  ];
}

const setvar = (name: string, value: number): string => `setvar:tx.${name}=${value}`;

const action = (ids: Ids, actions: readonly string[]): string =>
  `SecAction "id:${ids.take()},phase:1,pass,nolog,t:none,${actions.join(',')}"`;

// ---- one route

function routeLines(ids: Ids, name: string, route: ToldRoute): string[] {
  const actions = [
    ...(route.mode === undefined ? [] : [`ctl:ruleEngine=${engineWords[route.mode]}`]),
    ...(route.workBudget === undefined ? [] : [`ctl:workBudget=${route.workBudget}`]),
    ...(route.inspectRequestBody === undefined ? [] : [`ctl:requestBodyAccess=${onOff(route.inspectRequestBody)}`]),
    ...setLevels(route),
  ];
  const own =
    actions.length === 0
      ? []
      : [`SecRule ${ofRoute(name)} "id:${ids.take()},phase:1,pass,nolog,t:none,${actions.join(',')}"`];
  return [...own, ...route.exclusions.flatMap((one) => runtimeExclusion(ids, one, name))];
}

const ofRoute = (name: string): string => `ENV:${routeVariable} "@streq ${name}"`;

// ---- exclusions

/** Everywhere: done once, when the rules are loaded. */
function loadTimeExclusion({ name, ruleIds, tags, targets }: ToldExclusion): string[] {
  const lines =
    targets.length === 0
      ? [...ruleIds.map((id) => `SecRuleRemoveById ${id}`), ...tags.map((tag) => `SecRuleRemoveByTag ${exactly(tag)}`)]
      : targets.flatMap((target) => [
          ...ruleIds.map((id) => `SecRuleUpdateTargetById ${id} "!${target}"`),
          ...tags.map((tag) => `SecRuleUpdateTargetByTag ${exactly(tag)} "!${target}"`),
        ]);
  return [`# exclusion "${name}"`, ...lines];
}

const exactly = (tag: string): string => `^${tag.replaceAll('.', '\\.')}$`;

/** For some requests: said anew for each of them. The path is looked at as it is meant, so `/editor/../admin` is not below `/editor`. */
function runtimeExclusion(ids: Ids, one: ToldExclusion, route: string | undefined): string[] {
  const controls = controlsOf(one).join(',');
  const id = `id:${ids.take()},phase:1,pass,nolog`;
  const rule = (condition: string, actions: string) => `SecRule ${condition} "${actions}"`;
  const byPath = (path: string) => `REQUEST_FILENAME "@beginsWith ${path}"`;
  const comment = `# exclusion "${one.name}"${route === undefined ? '' : ` of route "${route}"`}`;
  if (route === undefined) return [comment, rule(byPath(one.path ?? '/'), `${id},t:none,t:normalizePath,${controls}`)];
  if (one.path === undefined) return [comment, rule(ofRoute(route), `${id},t:none,${controls}`)];
  return [
    comment,
    rule(ofRoute(route), `${id},t:none,chain`),
    rule(byPath(one.path), `t:none,t:normalizePath,${controls}`),
  ];
}

function controlsOf({ ruleIds, tags, targets }: ToldExclusion): string[] {
  if (targets.length === 0)
    return [
      ...ruleIds.map((id) => `ctl:ruleRemoveById=${id}`),
      ...tags.map((tag) => `ctl:ruleRemoveByTag=${exactly(tag)}`),
    ];
  return targets.flatMap((target) => [
    ...ruleIds.map((id) => `ctl:ruleRemoveTargetById=${id};${target}`),
    ...tags.map((tag) => `ctl:ruleRemoveTargetByTag=${exactly(tag)};${target}`),
  ]);
}
