// What can only be judged when everything has been read: names refer to something that exists, nothing contradicts
// itself, no two listeners want one address, every route can be reached. Pure: a configuration and its origins in,
// problems out. It is asked even when some values could not be read, so every text may be missing (`texts`). It refuses
// to look at the machine (ports in use, files) but for certificates, through its last argument: that is asked when the stack starts.

import { type Code, type Problem, type ProblemDetails, problem } from './errors.ts';
import { faultOf, groupsIn, groupsWantedBy } from './expression.ts';
import { type Field, fieldOf } from './field.ts';
import { configurationLimits } from './limits.ts';
import type { Origins } from './origin.ts';
import { shadowedRoutes } from './reachable.ts';
import { checkAccess, checkSecrecy } from './refer-access.ts';
import { checkAsking, checkTransport, failureModesMissing } from './refer-agents.ts';
import { type Bench, checkBalancing, checkSplit } from './refer-balance.ts';
import { checkTrust, type Report } from './refer-listener.ts';
import { checkAccount, checkInstances, checkOrder } from './refer-supervision.ts';
import { checkTls, checkUpstreamTls, type TlsWorld } from './refer-tls.ts';
import { checkNameServers, checkRetry, checkUpstream } from './refer-upstream.ts';
import { checkWaf } from './refer-waf.ts';
import { normalFormOf } from './route-path.ts';
import { type AgentConfig, type Config, configSchema, type RouteConfig, type UpstreamConfig } from './schema.ts';
import { placeOf } from './source.ts';
import { suggest } from './suggest.ts';
import { type Address, isLoopback, parseAddress } from './value.ts';
import { shapeOf } from './walk.ts';

export function refer(config: Config, origins: Origins, world: TlsWorld): Problem[] {
  const judge = new Judge(config, origins);
  checkNames(judge, configSchema, config, '');
  checkExpressions(judge, configSchema, config, '');
  checkListeners(judge);
  config.listeners.forEach((listener, index) => {
    const title = titleOf('listener', listener);
    const report: Report = (code, what, path, details) =>
      judge.report(code, what, `listeners.${index}.${path}`, details);
    checkTrust(listener, title, report);
    checkTls(listener, title, report, world);
  });
  checkAdmin(judge);
  config.routes.forEach((route, index) => {
    checkRoute(judge, route, index);
    checkUpgrade(judge, route, index);
    const report: Report = (code, what, path, details) => judge.report(code, what, `routes.${index}.${path}`, details);
    checkAccess(route, titleOf('route', route), report);
    checkSecrecy(route, config.listeners, titleOf('route', route), report);
  });
  config.upstreams.forEach((upstream, index) => {
    checkTargets(judge, upstream, index);
    const bench = benchOf(judge, `upstreams.${index}`);
    checkBalancing(upstream, judge.isWritten('system.zone'), bench);
    checkUpstreamTls(upstream, titleOf('upstream', upstream), bench.report, world);
  });
  checkResilience(judge);
  config.agents.forEach((agent, index) => checkAgent(judge, agent, index));
  checkFailureModes(judge);
  checkAccount(config.system, (code, what, path, details) => judge.report(code, what, `system.${path}`, details));
  checkInstances(config.agents, (code, what, path, details) => judge.report(code, what, `agents.${path}`, details));
  checkOrder(config.agents, (code, what, path, details) => judge.report(code, what, `agents.${path}`, details));
  checkWaf(
    config,
    (path) => judge.isWritten(path),
    (code, what, path, details) => judge.report(code, what, path, details),
  );
  checkSockets(judge);
  checkReachable(judge);
  checkUsed(judge);
  return judge.problems;
}

class Judge {
  readonly problems: Problem[] = [];
  readonly config: Config;
  readonly origins: Origins;
  readonly meant = new Set<string>(); // names that were nearly written: they are no less used
  readonly #names = new Map<Collection, ReadonlyMap<string, number>>();

  constructor(config: Config, origins: Origins) {
    this.config = config;
    this.origins = origins;
  }

  /** The names in a collection, with the place of the first of each. */
  names(collection: Collection): ReadonlyMap<string, number> {
    const known = this.#names.get(collection);
    if (known !== undefined) return known;
    const names = new Map<string, number>();
    for (const [index, { name }] of this.config[collection].entries()) {
      if (typeof name === 'string' && !names.has(name)) names.set(name, index);
    }
    this.#names.set(collection, names);
    return names;
  }

  report(code: Code, what: string, path: string, details: Omit<ProblemDetails, 'at'> = {}): void {
    if (this.isJunk()) return;
    this.problems.push(problem(code, what, { at: this.origins.at(path), ...details }));
  }

  warn(code: Code, what: string, path: string, details: Omit<ProblemDetails, 'at'> = {}): void {
    this.report(code, what, path, { severity: 'warning', ...details });
  }

  /** True if the value stands in a file, even if it could not be read. */
  isWritten(path: string): boolean {
    return this.origins.has(path) && this.origins.get(path).kind !== 'default';
  }

  /** Past this nobody reads on, and looking for near names is what costs. */
  isJunk(): boolean {
    return this.problems.length >= configurationLimits.problemsKeptMax;
  }
}

type Collection = NonNullable<Field['refersTo']>;

// ---- names

/** Every field that the schema says refers to something: is there one of that name? */
function checkNames(judge: Judge, type: Parameters<typeof shapeOf>[0], value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) return value.forEach((one, index) => checkNames(judge, type, one, `${path}.${index}`));
  for (const [property, child] of Object.entries(shapeOf(type))) {
    const field = fieldOf(child);
    const inner = (value as Record<string, unknown>)[property];
    const innerPath = path === '' ? property : `${path}.${property}`;
    if (field.refersTo === undefined) checkNames(judge, child, inner, innerPath);
    else if (Array.isArray(inner)) texts(inner, innerPath, (name, at) => checkName(judge, field, name, at, path));
    else if (typeof inner === 'string') checkName(judge, field, inner, innerPath, path);
  }
}

/** Each text of a list with its path; what could not be read has been reported and is passed over. */
function texts(list: readonly unknown[] | undefined, path: string, each: (text: string, path: string) => void): void {
  for (const [index, one] of (list ?? []).entries()) if (typeof one === 'string') each(one, `${path}.${index}`);
}

function checkName(
  judge: Judge,
  { refersTo = 'routes' }: Field,
  wanted: string,
  path: string,
  ownerPath: string,
): void {
  const names = judge.names(refersTo);
  if (names.has(wanted) || judge.isJunk()) return;
  const kind = refersTo.slice(0, -1);
  const isShown = judge.problems.length < configurationLimits.problemsShownMax;
  const near = isShown ? suggest(wanted, names.keys()) : undefined; // which costs, among thousands of names
  if (near !== undefined) judge.meant.add(`${refersTo} ${near}`);
  const hint =
    near === undefined
      ? definedNames(kind, [...names.keys()])
      : `did you mean "${near}"${definedAt(judge, refersTo, names.get(near) ?? 0)}?`;
  const what = `${ownerOf(judge, ownerPath)} names ${kind} "${wanted}", which does not exist`;
  judge.report('config-unknown-name', what, path, { hint });
}

function definedNames(kind: string, names: readonly string[]): string {
  if (names.length === 0) return `there are no ${kind}s`;
  const shown = names.slice(0, 8).map((name) => `"${name}"`);
  return `there are: ${shown.join(', ')}${names.length > 8 ? ', …' : ''}`;
}

function definedAt(judge: Judge, collection: string, index: number): string {
  const at = judge.origins.at(`${collection}.${index}`);
  if (at === undefined) return '';
  const { file, line } = placeOf(at);
  return ` (${file}:${line})`;
}

/** `route "api"`, from `routes.3.…` */
function ownerOf(judge: Judge, path: string): string {
  const [collection = '', index = ''] = path.split('.');
  const items: unknown = judge.config[collection as keyof Config];
  const item: unknown = Array.isArray(items) ? items[Number(index)] : undefined;
  return titleOf(collection.slice(0, -1), item as Partial<Named> | undefined);
}

interface Named {
  readonly name: string;
}

/** `route "api"`; if its name could not be read, `this route`. */
function titleOf(kind: string, item: Partial<Named> | undefined): string {
  return item?.name === undefined ? `this ${kind}` : `${kind} "${item.name}"`;
}

// ---- listeners and the admin side

interface Opened {
  readonly address: Address;
  readonly written: string;
  readonly path: string;
}

function checkListeners(judge: Judge): void {
  const { config } = judge;
  if (config.listeners.length === 0) {
    const hint = 'add: listeners { listener "http" { address "127.0.0.1:8080" } }';
    judge.report('config-missing-key', 'there is no listener, so nothing would be served', '', { hint });
  }
  const opened = new Map<number, Opened[]>(); // by port: addresses of different ports never clash
  const open = (written: string, path: string) => openAddress(judge, opened, written, path);
  config.listeners.forEach(({ address }, index) => texts(address, `listeners.${index}.address`, open));
  config.listeners.forEach((listener, index) => checkStrictness(judge, listener, index));
  if (config.admin.address !== undefined) open(config.admin.address, 'admin.address');
}

/** There is no way around it: whoever needs odd requests from elsewhere has a tunnel. */
function checkStrictness(judge: Judge, { strictness, address }: Config['listeners'][number], index: number): void {
  if (strictness !== 'waf-lab') return;
  texts(address, `listeners.${index}.address`, (written) => {
    const parsed = parseAddress(written);
    if (parsed === undefined || isLoopback(parsed)) return;
    const what = `strictness "waf-lab" on "${written}", which others can reach: malformed requests would get through`;
    judge.report('config-conflict', what, `listeners.${index}.strictness`, { hint: 'listen on "127.0.0.1:8080"' });
  });
}

function openAddress(judge: Judge, opened: Map<number, Opened[]>, written: string, path: string): void {
  const address = parseAddress(written);
  if (address === undefined) return;
  const port = address.kind === 'tcp' ? address.port : -1;
  const besides = opened.get(port) ?? [];
  const clash = judge.isJunk() ? undefined : besides.find((one) => clashes(one.address, address));
  if (clash !== undefined) reportClash(judge, { address, written, path }, clash);
  opened.set(port, besides);
  besides.push({ address, written, path });
}

function reportClash(judge: Judge, one: Opened, first: Opened): void {
  const at = judge.origins.at(first.path);
  const what = first.written === one.written ? 'it is opened here already' : `"${first.written}" takes it already`;
  judge.report('config-duplicate-address', `"${one.written}" cannot be opened twice`, one.path, {
    hint: 'give each listener an address of its own',
    other: at && { what, at },
  });
}

/** The same socket, or one port of all addresses beside the same port of one. Port 0 is another one each time. */
function clashes(one: Address, other: Address): boolean {
  if (one.kind === 'unix' || other.kind === 'unix')
    return one.kind === 'unix' && other.kind === 'unix' && one.path === other.path;
  if (one.port !== other.port || one.port === 0) return false;
  const everything = (host: string) => host === '0.0.0.0' || host === '::';
  return one.host === other.host || everything(one.host) || everything(other.host);
}

function checkAdmin(judge: Judge): void {
  const { address, token } = judge.config.admin;
  if (address === undefined) {
    if (token === undefined || judge.isWritten('admin.address')) return;
    const what = "'token-file' in 'admin' has no effect without an address";
    judge.report('config-missing-key', what, 'admin.token', { hint: 'add: address "127.0.0.1:9090"' });
    return;
  }
  const parsed = parseAddress(address);
  if (parsed === undefined || isLoopback(parsed) || judge.isWritten('admin.token')) return;
  const what = `the admin side on "${address}" could be reached from outside, and nothing protects it`;
  const hint = 'listen on "127.0.0.1:9090", or add: token-file "…"';
  judge.report('config-public-without-token', what, 'admin.address', { hint });
}

/** Health, retries, names. */
function checkResilience(judge: Judge): void {
  const report = judge.report.bind(judge);
  const isWritten = judge.isWritten.bind(judge);
  const { config } = judge;
  config.upstreams.forEach((one, index) => checkUpstream(one, `upstreams.${index}`, isWritten, report));
  config.routes.forEach((one, index) => checkRetry(one, `routes.${index}`, report));
  checkNameServers(config, report);
}

// ---- routes and upstreams

function benchOf(judge: Judge, path: string): Bench {
  return {
    report: (code, what, below, details) => judge.report(code, what, `${path}.${below}`, details),
    isWritten: (below) => judge.isWritten(`${path}.${below}`),
  };
}

function checkRoute(judge: Judge, route: RouteConfig, index: number): void {
  const path = `routes.${index}`;
  checkHandler(judge, route, path);
  checkMatchers(judge, route, path);
  checkSplit(route, benchOf(judge, path));
  if (route.rewrite !== undefined) checkRewrite(judge, route, path);
}

/** What a route can do with a request: one of these. */
const handlers = {
  upstream: 'an upstream',
  split: 'a split',
  builtinHandler: 'a built-in handler',
  redirect: 'a redirect',
  staticFiles: 'static files',
} as const;

function checkHandler(judge: Judge, route: RouteConfig, path: string): void {
  const title = titleOf('route', route);
  const [first, second] = Object.entries(handlers).filter(([key]) => judge.isWritten(`${path}.${key}`));
  if (first === undefined) {
    const hint = 'add: upstream "…", static-files { root "…" }, builtin-handler "…", or redirect { to "…" }';
    return judge.report('config-missing-key', `${title} does not say where its requests go`, path, { hint });
  }
  if (second === undefined) return;
  const at = judge.origins.at(`${path}.${first[0]}`);
  const other = at && { what: `${first[1]} is here`, at };
  const what = `${title} has both ${first[1]} and ${second[1]}`;
  judge.report('config-conflict', what, `${path}.${second[0]}`, { hint: 'keep one of the two', other });
}

/** A matcher in a form that no normalised request has would never match, and nobody would be told. */
function checkMatchers(judge: Judge, { matches }: RouteConfig, path: string): void {
  for (const key of ['path', 'pathPrefix'] as const) {
    texts(matches[key], `${path}.matches.${key}`, (written, at) => {
      const normal = normalFormOf(written);
      if (normal === written) return;
      const what =
        'no request has this path: they are compared without dot segments, and percent-encoded only where it must be';
      judge.report('config-bad-value', what, at, { hint: `write ${JSON.stringify(normal)}` });
    });
  }
}

function checkRewrite(judge: Judge, route: RouteConfig, path: string): void {
  const { rewrite } = route;
  const at = `${path}.rewrite`;
  if (!['upstream', 'split', 'staticFiles'].some((one) => judge.isWritten(`${path}.${one}`))) {
    const what = `${titleOf('route', route)} rewrites requests, but forwards none and serves no files`;
    return judge.report('config-conflict', what, at, { hint: 'give it an upstream, or remove the rewrite' });
  }
  const has = (key: string) => judge.isWritten(`${at}.${key}`);
  if (has('pathRegex') !== has('to')) {
    const [there, missing] = has('to') ? ['to', 'path-regex'] : ['pathRegex', 'to'];
    const hint = missing === 'to' ? 'add: to "/new/$1"' : 'add: path-regex "^/old/(.*)$"';
    judge.report('config-missing-key', `'${missing}' is missing in 'rewrite'`, `${at}.${there}`, { hint });
  }
  const [groups, wanted] = [groupsIn(rewrite?.pathRegex), groupsWantedBy(rewrite?.to)];
  if (groups === undefined || wanted <= groups) return;
  const what = `'to' names group $${wanted}, and 'path-regex' has ${groups === 0 ? 'none' : `only ${groups}`}`;
  judge.report('config-bad-value', what, `${at}.to`, { hint: 'groups are the parentheses of the expression' });
}

/** Every expression of the configuration is one of RE2. */
function checkExpressions(judge: Judge, type: Parameters<typeof shapeOf>[0], value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value))
    return value.forEach((one, index) => checkExpressions(judge, type, one, `${path}.${index}`));
  for (const [property, child] of Object.entries(shapeOf(type))) {
    const inner = (value as Record<string, unknown>)[property];
    const innerPath = path === '' ? property : `${path}.${property}`;
    if (fieldOf(child).kind !== 'pattern') checkExpressions(judge, child, inner, innerPath);
    else if (Array.isArray(inner)) texts(inner, innerPath, (text, at) => checkExpression(judge, text, at));
    else if (typeof inner === 'string') checkExpression(judge, inner, innerPath);
  }
}

/** A tunnel needs an upstream at its other end, and bounds of one need a protocol that opens it. */
function checkUpgrade(judge: Judge, route: RouteConfig, index: number): void {
  const path = `routes.${index}`;
  const opens = route.websocket === true || (route.upgrade ?? []).length > 0;
  const title = titleOf('route', route);
  if (opens && ['builtinHandler', 'redirect'].some((one) => judge.isWritten(`${path}.${one}`))) {
    const what = `${title} answers by itself, so no protocol can be switched`;
    const key = route.websocket === true ? 'websocket' : 'upgrade';
    judge.report('config-conflict', what, `${path}.${key}`, { hint: 'remove it, or forward to an upstream' });
  }
  if (opens || judge.isWritten(`${path}.websocket`) || !judge.isWritten(`${path}.tunnel`)) return;
  const what = `'tunnel' in ${title} has no effect without a protocol to switch to`;
  judge.report('config-missing-key', what, `${path}.tunnel`, { hint: 'add: websocket #true' });
}

/** A target must say where it is: port 0 is "any" to listen on, and nowhere to connect to. */
function checkTargets(judge: Judge, { target }: UpstreamConfig, index: number): void {
  for (const [place, one] of (target ?? []).entries()) {
    const address = typeof one.address === 'string' ? parseAddress(one.address) : undefined;
    if (address?.kind !== 'tcp' || address.port !== 0) continue;
    const path = `upstreams.${index}.target.${place}.address`;
    judge.report('config-bad-value', "'target' needs the port that the server listens on, not 0", path);
  }
}

function checkExpression(judge: Judge, expression: string, path: string): void {
  const reason = faultOf(expression);
  if (reason === undefined) return;
  judge.report('config-bad-value', `this is not a regular expression of RE2: ${reason}`, path, {
    hint: 'RE2 has no look-around and no back-references',
  });
}

/** A route behind one that takes all its requests. Warned of, since it may be a step of a change that is under way. */
function checkReachable(judge: Judge): void {
  const { routes, listeners } = judge.config;
  const spared = new Set(listeners.map(({ defaultRoute }) => defaultRoute)); // reached without a match
  for (const { index, taker } of shadowedRoutes(routes.map((route) => (isWhole(route) ? route : undefined)))) {
    const [one, other] = [routes[index], routes[taker]];
    if (one !== undefined && other !== undefined && !spared.has(one.name)) warnUnreachable(judge, index, taker);
  }
}

/** What could not be read entirely is not compared. */
function isWhole({ priority, matches }: RouteConfig): boolean {
  const isRead = (value: unknown): boolean => Array.isArray(value) && value.every((one) => one !== undefined);
  const areRead = (lines: RouteConfig['matches']['header']) =>
    lines.every(({ name, value }) => name !== undefined && isRead(value));
  return (
    typeof priority === 'number' &&
    Object.values(matches).every(isRead) &&
    areRead(matches.header) &&
    areRead(matches.queryParam) &&
    matches.pathRegex.every((expression) => faultOf(expression) === undefined)
  );
}

function warnUnreachable(judge: Judge, index: number, taker: number): void {
  const [one, other] = [judge.config.routes[index], judge.config.routes[taker]];
  if (one?.name === other?.name) return; // that there are two of one name has been said
  const at = judge.origins.at(`routes.${taker}`);
  const what = `${titleOf('route', one)} can never be reached: "${other?.name}" takes all its requests`;
  judge.warn('route-unreachable', what, `routes.${index}`, { other: at && { what: `"${other?.name}" is here`, at } });
}

// ---- agents, and what nothing uses

function checkAgent(judge: Judge, agent: AgentConfig, index: number): void {
  const path = `agents.${index}`;
  const title = titleOf('agent', agent);
  if (agent.use !== undefined && agent.command.length > 0) {
    const hint = "keep 'use' for a bundled agent, 'command' for a program of yours";
    judge.report('config-conflict', `${title} has both 'use' and 'command'`, `${path}.command`, { hint });
  }
  if (agent.restartDelayMs > agent.restartDelayMaxMs) {
    const what = `${title}: the first restart delay is longer than the longest`;
    const hint = "lower it, or raise 'restart-delay-max-ms'";
    judge.report('config-conflict', what, `${path}.restartDelayMs`, { hint });
  }
  const report = (what: string, key: string, hint: string, code: Code = 'config-conflict') =>
    judge.report(code, what, `${path}.${key}`, { hint });
  checkTransport(agent, title, report);
  checkAsking(agent, title, report);
}

/** Whoever asks an agent must have said what happens without an answer: the filter, the agent or the route. */
function checkFailureModes(judge: Judge): void {
  for (const { route, filter, agent, index } of failureModesMissing(judge.config)) {
    const what = `nothing says what happens when agent "${agent}" does not answer (filter "${filter}", route "${route}")`;
    const hint = 'add to the agent: failure-mode "closed" (503) or "open" (the request passes)';
    judge.report('config-missing-key', what, `agents.${index}.name`, { hint });
  }
}

function checkSockets(judge: Judge): void {
  const seen = new Map<string, number>();
  for (const [index, { transport }] of judge.config.agents.entries()) {
    const socket: string | undefined = transport.unixSocket;
    if (socket === undefined) continue;
    const first = seen.get(socket);
    if (first === undefined) seen.set(socket, index);
    else reportSameSocket(judge, socket, index, first);
  }
}

function reportSameSocket(judge: Judge, socket: string, index: number, first: number): void {
  const at = judge.origins.at(`agents.${first}.transport.unixSocket`);
  judge.report(
    'config-duplicate-address',
    `two agents have the socket "${socket}"`,
    `agents.${index}.transport.unixSocket`,
    {
      hint: 'give each its own',
      other: at && { what: 'the other one is here', at },
    },
  );
}

function checkUsed(judge: Judge): void {
  const { routes, filters } = judge.config;
  warnUnused(judge, 'upstreams', new Set(routes.flatMap(upstreamsOf)), 'no route names it');
  warnUnused(judge, 'filters', new Set(routes.flatMap((route) => route.filters)), 'no route names it');
  warnUnused(judge, 'agents', new Set(filters.map(({ agent }) => agent)), 'no filter asks it');
}

function upstreamsOf({ upstream, split, mirror }: RouteConfig): Array<string | undefined> {
  return [upstream, mirror?.upstream, ...(split?.upstream ?? []).map(({ name }) => name)];
}

function warnUnused(judge: Judge, collection: Collection, used: ReadonlySet<string | undefined>, why: string): void {
  for (const [name, index] of judge.names(collection)) {
    if (used.has(name) || judge.meant.has(`${collection} ${name}`)) continue;
    judge.warn(
      'config-unused',
      `${collection.slice(0, -1)} "${name}" is not used: ${why}`,
      `${collection}.${index}.name`,
    );
  }
}
