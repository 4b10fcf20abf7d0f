// What can be asked on the control socket: one table, path by path, and what each answers. Following lines is not here,
// since it has no end (follow.ts). It refuses to know sockets.

import type { StackControl } from '../control.ts';
import { type Answer, failure, json, outcome } from './answer.ts';
import { parseQuery, refused } from './asked.ts';
import type { Briefs } from './briefs.ts';

export interface Served {
  readonly control: StackControl;
  readonly briefs: Briefs;
  readonly version: string;
  /** The configuration in effect, as data, secrets masked. */
  readonly config: () => unknown;
  /** The metrics of all processes, as text; without it there is no such path. */
  readonly metrics?: (() => Promise<string>) | undefined;
}

interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string; // `NAME` stands for a child, with or without a slash in its name
  readonly parameters: readonly string[];
  readonly answer: (served: Served, name: string) => Promise<Answer> | Answer;
}

export const endpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/v1/status', parameters: [], answer: status },
  { method: 'GET', path: '/v1/config', parameters: [], answer: ({ control, config }) => configOf(control, config) },
  { method: 'GET', path: '/metrics', parameters: [], answer: metrics },
  { method: 'POST', path: '/v1/reload', parameters: [], answer: async (on) => outcome(await on.control.reload()) },
  { method: 'POST', path: '/v1/restart', parameters: [], answer: (on) => restart(on, undefined) },
  { method: 'POST', path: '/v1/stop', parameters: [], answer: stopAll },
  { method: 'POST', path: '/v1/children/NAME/restart', parameters: [], answer: restart },
  {
    method: 'POST',
    path: '/v1/children/NAME/stop',
    parameters: [],
    answer: async ({ control }, name) => outcome(await control.stop(name)),
  },
  {
    method: 'POST',
    path: '/v1/children/NAME/start',
    parameters: [],
    answer: async ({ control }, name) => outcome(await control.start(name)),
  },
];

export async function answer(served: Served, method: string, target: string): Promise<Answer> {
  const [path = '', query = ''] = splitTarget(target);
  const found = endpoints.flatMap((endpoint) => {
    const name = match(endpoint.path, path);
    return name === undefined ? [] : [{ endpoint, name }];
  });
  if (found.length === 0) return failure({ code: 'control-not-found', what: `there is no ${path}`, hint: thereAre() });
  const chosen = found.find(({ endpoint }) => endpoint.method === method);
  if (chosen === undefined)
    return wrongMethod(path, method, [...new Set(found.map(({ endpoint }) => endpoint.method))]);
  const parsed = parseQuery(query, chosen.endpoint.parameters);
  if (!parsed.ok) return failure(parsed.complaint);
  return chosen.endpoint.answer(served, chosen.name);
}

export function splitTarget(target: string): [path: string, query: string] {
  const at = target.indexOf('?');
  return at === -1 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

export function wrongMethod(path: string, method: string, methods: readonly string[]): Answer {
  const allow = methods.join(', ');
  return { ...failure(refused(`${path} takes ${allow}, not ${method}`).complaint), status: 405, allow };
}

function thereAre(): string {
  return `there are: ${[...endpoints.map(({ method, path }) => `${method} ${path}`), 'GET /v1/logs'].join(', ')}`;
}

/** The name that stands for NAME, '' where there is none; `undefined`: another path. */
function match(pattern: string, path: string): string | undefined {
  const [before = '', after] = pattern.split('NAME');
  if (after === undefined) return pattern === path ? '' : undefined;
  if (!path.startsWith(before) || !path.endsWith(after) || path.length <= before.length + after.length)
    return undefined;
  try {
    return decodeURIComponent(path.slice(before.length, path.length - after.length));
  } catch {
    return undefined; // no name is written like that
  }
}

async function status({ control, briefs, version }: Served): Promise<Answer> {
  const rates = await briefs.rates();
  return json({ version, ...control.status(), rates });
}

function configOf(control: StackControl, config: () => unknown): Answer {
  return json({ ...control.status().config, configuration: config() });
}

async function metrics({ metrics: text }: Served): Promise<Answer> {
  if (text === undefined) return failure({ code: 'control-not-found', what: 'this stack has no merged metrics' });
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await text() };
}

async function restart({ control }: Served, name: string | undefined): Promise<Answer> {
  return outcome(await control.restart(name));
}

/** Answered when everything has ended, right before the socket goes too. */
async function stopAll({ control }: Served): Promise<Answer> {
  const facts: { ms: number; killed: readonly string[]; connections: number; cut: number }[] = [];
  const forget = control.onFact((fact) => {
    if (fact.type === 'stack-stopped') facts.push(fact);
  });
  const code = await control.drainAndStop();
  forget();
  const { ms = 0, killed = [], connections = 0, cut = 0 } = facts[0] ?? {};
  return json({ ok: code === 0 && cut === 0, code, ms: Math.round(ms), killed, connections, cut });
}
