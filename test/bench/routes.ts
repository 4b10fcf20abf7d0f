// The cost of finding a route, in tables of 10, 1,000 and 10,000 of them: one row per kind of matcher, and one of all
// kinds mixed. In this process, without sockets: what is measured is the look-up alone. The requests are the same in
// number for each table and spread over it, and the hash of the routes they find says that the right ones were found.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RouteConfig } from '#config/schema';
import type { RoutedRequest } from '../../proxy/request/route-conditions.ts';
import type { RouteTable } from '../../proxy/request/route-table.ts';
import { type Asked, requestOf, routesOf, tableOf } from '../proxy/request/routes.ts';
import { median } from './report.ts';

export const routesName = 'routes';

const sizes = [10, 1000, 10_000] as const;
const requestCount = 256; // more than a branch predictor learns by heart, few enough to stay in a cache
const rounds = 5;
const roundMs = 100;
const tinyLookups = requestCount;

type Matches = Partial<RouteConfig['matches']>;

/** A route by its number, and a request that only it answers. */
interface Kind {
  readonly title: string;
  route(index: number): Matches;
  asked(index: number): Asked;
}

const kinds: readonly Kind[] = [
  {
    title: 'exact path',
    route: (index) => ({ path: [`/page-${index}`] }),
    asked: (index) => ({ target: `/page-${index}` }),
  },
  {
    title: 'prefix, on one host',
    route: (index) => ({ host: ['shop.example'], pathPrefix: [`/area-${index}`] }),
    asked: (index) => ({ host: 'shop.example', target: `/area-${index}/a/b?c=d` }),
  },
  {
    title: 'host',
    route: (index) => ({ host: [`h${index}.example`] }),
    asked: (index) => ({ host: `h${index}.example`, target: '/a/b/c' }),
  },
  {
    title: 'wildcard host and prefix',
    route: (index) => ({ host: [`*.h${index}.example`], pathPrefix: ['/api'] }),
    asked: (index) => ({ host: `www.h${index}.example`, target: '/api/v1/things' }),
  },
  {
    title: 'prefix and method',
    route: (index) => ({ pathPrefix: [`/m-${index}`], method: ['GET', 'HEAD'] }),
    asked: (index) => ({ target: `/m-${index}/x` }),
  },
  {
    title: 'value of a header, on one path',
    route: (index) => ({ pathPrefix: ['/tenants'], header: [{ name: 'X-Tenant', value: [`t${index}`] }] }),
    asked: (index) => ({ target: '/tenants/x', lines: [...usualLines, `x-tenant: t${index}`] }),
  },
  {
    title: 'prefix and source',
    route: (index) => ({ pathPrefix: [`/s-${index}`], source: ['10.0.0.0/8', '2001:db8::/32'] }),
    asked: (index) => ({ target: `/s-${index}/x`, ip: '10.1.2.3' }),
  },
];

const usualLines = ['User-Agent: bench', 'Accept: */*', 'Accept-Encoding: gzip', 'Cookie: a=b'];

const mixed: Kind = {
  title: 'all of these, mixed',
  route: (index) => kindOf(index).route(index),
  asked: (index) => kindOf(index).asked(index),
};

function kindOf(index: number): Kind {
  const kind = kinds[index % kinds.length];
  assert(kind !== undefined);
  return kind;
}

/** The table for the page, and the hash of what was found. */
export function measureRoutes(): { readonly text: string; readonly hash: string } {
  const hash = createHash('sha256');
  const lines = [...kinds, mixed].map((kind) => {
    const cells = sizes.map((size) => {
      const subject = subjectOf(kind, size);
      hash.update(check(subject));
      return measure(subject);
    });
    return `| ${kind.title} | ${cells.join(' | ')} |`;
  });
  const digest = shortened(hash.digest('hex'));
  const head = `| told apart by | ${sizes.map((size) => `${size.toLocaleString('en')} routes`).join(' | ')} |`;
  const about = `Made by \`node test/bench/run.ts ${routesName}\`: nanoseconds per look-up, the median of ${rounds} rounds and the least and most of them; hash of the routes found ${digest}.`;
  return { text: [about, '', head, '|---|---|---|---|', ...lines, ''].join('\n'), hash: digest };
}

/** Every look-up once, in a small table. */
export function runTinyRoutes(): string {
  const hash = createHash('sha256');
  for (const kind of [...kinds, mixed]) {
    const subject = subjectOf(kind, sizes[0]);
    hash.update(check(subject));
    lookUp(subject, tinyLookups);
  }
  return shortened(hash.digest('hex'));
}

const shortened = (hash: string): string => hash.slice(0, 16);

interface Subject {
  readonly table: RouteTable;
  readonly requests: readonly RoutedRequest[];
  readonly wanted: readonly string[];
}

function subjectOf(kind: Kind, size: number): Subject {
  const [base] = routesOf('route "base" { builtin-handler "demo" }');
  assert(base !== undefined);
  const routes = Array.from({ length: size }, (_, index) => ({
    ...base,
    name: `r${index}`,
    matches: { ...base.matches, ...kind.route(index) },
  }));
  const asked = Array.from({ length: requestCount }, (_, turn) => (turn * 7919) % size); // a prime: spread over the table
  return {
    table: tableOf(routes),
    requests: asked.map((index) => requestOf(kind.asked(index))),
    wanted: asked.map((index) => `r${index}`),
  };
}

/** The names found, which must be those that were meant. */
function check({ table, requests, wanted }: Subject): string {
  const found = requests.map((request) => table.match(request)?.name);
  assert.deepEqual(found, wanted);
  return found.join(' ');
}

function measure(subject: Subject): string {
  lookUpFor(subject, roundMs); // warm-up
  const figures = Array.from({ length: rounds }, () => lookUpFor(subject, roundMs));
  const [middle, least, most] = [median(figures), Math.min(...figures), Math.max(...figures)];
  return `${middle.toFixed(0)} [${least.toFixed(0)}-${most.toFixed(0)}]`;
}

/** Nanoseconds per look-up. */
function lookUpFor(subject: Subject, durationMs: number): number {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < durationMs) {
    lookUp(subject, requestCount);
    count += requestCount;
  }
  return (1e6 * (performance.now() - start)) / count;
}

function lookUp({ table, requests }: Subject, count: number): void {
  let misses = 0;
  for (let index = 0; index < count; index += 1) {
    if (table.match(requests[index % requestCount] as RoutedRequest) === undefined) misses += 1;
  }
  assert.equal(misses, 0);
}
