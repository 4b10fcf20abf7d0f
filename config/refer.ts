// What can only be judged when everything has been read: names refer to something that exists, nothing contradicts
// itself, no two listeners want one address, every route can be reached. Pure: a configuration and its origins in,
// problems out. It is asked even when some values could not be read, so every text may be missing (`texts`). It refuses
// to look at the machine (ports in use, files): that is asked when the stack starts.

import RE2 from 're2';
import { type Code, type Problem, type ProblemDetails, problem } from './errors.ts';
import { type Field, fieldOf } from './field.ts';
import { configurationLimits } from './limits.ts';
import type { Origins } from './origin.ts';
import { type AgentConfig, type Config, configSchema, type RouteConfig, type UpstreamConfig } from './schema.ts';
import { placeOf } from './source.ts';
import { suggest } from './suggest.ts';
import { type Address, isLoopback, parseAddress } from './value.ts';
import { shapeOf } from './walk.ts';

export function refer(config: Config, origins: Origins): Problem[] {
  const judge = new Judge(config, origins);
  checkNames(judge, configSchema, config, '');
  checkListeners(judge);
  checkAdmin(judge);
  config.routes.forEach((route, index) => checkRoute(judge, route, index));
  config.routes.forEach((route, index) => checkUpgrade(judge, route, index));
  config.upstreams.forEach((upstream, index) => checkTargets(judge, upstream, index));
  config.agents.forEach((agent, index) => checkAgent(judge, agent, index));
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
  if (config.admin.address !== undefined) open(config.admin.address, 'admin.address');
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

// ---- routes and upstreams

function checkRoute(judge: Judge, route: RouteConfig, index: number): void {
  const path = `routes.${index}`;
  const title = titleOf('route', route);
  const handlers = [`${path}.upstream`, `${path}.builtinHandler`].filter((one) => judge.isWritten(one));
  if (handlers.length === 0) {
    const hint = 'add: upstream "…", or builtin-handler "…"';
    judge.report('config-missing-key', `${title} does not say where its requests go`, path, { hint });
  }
  if (handlers.length === 2) {
    const at = judge.origins.at(`${path}.upstream`);
    const what = `${title} has both an upstream and a built-in handler`;
    const other = at && { what: 'the upstream is here', at };
    judge.report('config-conflict', what, `${path}.builtinHandler`, { hint: 'keep one of the two', other });
  }
  texts(route.matches.pathRegex, `${path}.matches.pathRegex`, (text, at) => checkExpression(judge, text, at));
}

/** A tunnel needs an upstream at its other end, and bounds of one need a protocol that opens it. */
function checkUpgrade(judge: Judge, route: RouteConfig, index: number): void {
  const path = `routes.${index}`;
  const opens = route.websocket === true || (route.upgrade ?? []).length > 0;
  const title = titleOf('route', route);
  if (opens && judge.isWritten(`${path}.builtinHandler`)) {
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
  try {
    new RE2(expression, 'u');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    judge.report('config-bad-value', `this is not a regular expression of RE2: ${reason}`, path, {
      hint: 'RE2 has no look-around and no back-references',
    });
  }
}

/**
 * A route behind one that takes all its requests. Warned of, since it may be a step of a change that is under way.
 * Routes alike in priority are compared by what they match alone, others one by one as long as they are not too many.
 */
function checkReachable(judge: Judge): void {
  const ranked = rankedRoutes(judge);
  const spared = new Set(judge.config.listeners.map(({ defaultRoute }) => defaultRoute)); // reached without a match
  const alike = new Map<string, Ranked>();
  let budget = configurationLimits.routeComparisonsMax;
  for (const [rank, one] of ranked.entries()) {
    const key = `${one.route.priority} ${JSON.stringify(one.route.matches)}`;
    let taker = alike.get(key);
    for (let at = 0; taker === undefined && at < rank && budget > 0; at += 1, budget -= 1) {
      const before = ranked[at];
      if (before === undefined || before.route.priority === one.route.priority) break;
      if (covers(before.route, one.route)) taker = before;
    }
    alike.set(key, taker ?? one);
    if (taker !== undefined && !spared.has(one.route.name)) warnUnreachable(judge, one, taker);
  }
}

interface Ranked {
  readonly route: RouteConfig;
  readonly index: number;
}

/** The routes in the order in which they are tried; those that could not be read entirely are left out. */
function rankedRoutes({ config }: Judge): Ranked[] {
  const wholly = ({ priority, matches }: RouteConfig) =>
    typeof priority === 'number' && Object.values(matches).every((values) => !values.some((one) => one === undefined));
  return config.routes
    .map((route, index) => ({ route, index }))
    .filter(({ route }) => wholly(route))
    .toSorted((one, other) => other.route.priority - one.route.priority || one.index - other.index);
}

function warnUnreachable(judge: Judge, one: Ranked, taker: Ranked): void {
  if (one.route.name === taker.route.name) return; // that there are two of one name has been said
  const at = judge.origins.at(`routes.${taker.index}`);
  const what = `${titleOf('route', one.route)} can never be reached: "${taker.route.name}" takes all its requests`;
  const other = at && { what: `"${taker.route.name}" is here`, at };
  judge.warn('route-unreachable', what, `routes.${one.index}`, { other });
}

/** Every request of the second is one of the first. Errs on the side of silence. */
function covers(first: RouteConfig, second: RouteConfig): boolean {
  const [one, other] = [first.matches, second.matches];
  return (
    coversBy(one.host, other.host, isHostOf) && coversBy(one.method, other.method, isSame) && coversPath(one, other)
  );
}

/** Of a route that matches by paths of two kinds, nothing is claimed. */
function coversPath(one: RouteConfig['matches'], other: RouteConfig['matches']): boolean {
  const kinds = [one.path, one.pathPrefix, one.pathRegex].filter((values) => values.length > 0).length;
  if (kinds !== 1) return kinds === 0;
  if (other.path.length + other.pathPrefix.length + other.pathRegex.length === 0) return false;
  return (
    other.path.every((path) => one.path.includes(path) || one.pathPrefix.some((broad) => isUnder(broad, path))) &&
    other.pathPrefix.every((path) => one.pathPrefix.some((broad) => isUnder(broad, path))) &&
    other.pathRegex.every((expression) => one.pathRegex.includes(expression))
  );
}

function coversBy(
  broad: readonly string[],
  narrow: readonly string[],
  test: (broad: string, narrow: string) => boolean,
): boolean {
  if (broad.length === 0) return true;
  return narrow.length > 0 && narrow.every((one) => broad.some((other) => test(other, one)));
}

function isSame(broad: string, narrow: string): boolean {
  return broad === narrow;
}

function isHostOf(broad: string, narrow: string): boolean {
  return broad === narrow || (broad.startsWith('*.') && narrow.endsWith(broad.slice(1)));
}

function isUnder(broad: string, narrow: string): boolean {
  return narrow === broad || narrow.startsWith(broad.endsWith('/') ? broad : `${broad}/`);
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
  warnUnused(judge, 'upstreams', new Set(routes.map(({ upstream }) => upstream)), 'no route names it');
  warnUnused(judge, 'filters', new Set(routes.flatMap((route) => route.filters)), 'no route names it');
  warnUnused(judge, 'agents', new Set(filters.map(({ agent }) => agent)), 'no filter asks it');
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
