// Requests and routes as tests of the route table need them: a request is its bytes, read by the proxy's own parser.

import assert from 'node:assert/strict';
import { loadText } from '#config/load';
import { formatProblems } from '#config/report';
import type { Config, RouteConfig } from '#config/schema';
import { RequestHead } from '../../../proxy/http1/request-head.ts';
import { RouteMetrics } from '../../../proxy/metrics.ts';
import { normalizePath } from '../../../proxy/request/normal-path.ts';
import { normalizeHost } from '../../../proxy/request/normalize.ts';
import type { RoutedRequest } from '../../../proxy/request/route-conditions.ts';
import { makeRoute, RouteTable } from '../../../proxy/request/route-table.ts';
import { usualBounds } from '../../support/http1.ts';

export interface Asked {
  readonly method?: string;
  readonly host?: string;
  readonly target?: string;
  readonly lines?: readonly string[];
  readonly ip?: string;
  readonly scheme?: 'http' | 'https';
}

export function requestOf({
  method = 'GET',
  host = 'h',
  target = '/',
  lines = [],
  ip = '192.0.2.1',
  scheme = 'http',
}: Asked): RoutedRequest {
  const text = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n');
  const bytes = Buffer.from(text, 'latin1');
  const head = new RequestHead();
  head.begin(bytes, 0);
  assert(head.read(bytes, bytes.length, usualBounds) > 0, `${head.fault}: ${text}`);
  const normalized = normalizePath(target.split('?', 1)[0] ?? '');
  assert(normalized.ok, target);
  return { host: normalizeHost(host), path: normalized.path, target, head, sender: { ip, scheme } };
}

/** The routes of a `routes` block. */
export function routesOf(kdl: string): readonly RouteConfig[] {
  return configOf(kdl).routes;
}

function configOf(kdl: string): Config {
  const loaded = loadText('t.kdl', `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes {\n${kdl}\n}`);
  assert(loaded.ok, formatProblems(loaded.problems));
  return loaded.config;
}

const around = {
  upstreams: new Map(),
  bodyBytesMax: 1,
  agentsFor: () => undefined,
  metrics: (name: string) => new RouteMetrics(name),
};

export function tableOf(routes: readonly RouteConfig[]): RouteTable {
  return new RouteTable(routes.map((route) => makeRoute(route, around)));
}

export type Matches = RouteConfig['matches'];

/** What a route asks of a header or a parameter. */
export const lineOf = (name: string, value: readonly string[] = [], regex?: string) => ({ name, value, regex });

const [template] = routesOf('route "r" { builtin-handler "demo" }');

/** Routes that differ in what they match, named by their places. */
export function tableOfMatches(routes: ReadonlyArray<Partial<Matches> & { readonly priority?: number }>): RouteTable {
  assert(template !== undefined);
  return tableOf(
    routes.map(({ priority = 50, ...matches }, index) => ({
      ...template,
      name: String(index),
      priority,
      matches: { ...template.matches, ...matches },
    })),
  );
}
