// Headers that a route has on every reply because of what it is configured to do: the preset of `security-headers`, and
// the `Vary` of CORS. They become part of the route's own rules when it is made, under what `response-headers` says, so a
// reply pays for them what it pays for those. Only strict transport depends on the exchange: over plain http it must not
// be said (RFC 6797 section 7.2).

import type { RouteConfig } from '#config/schema';
import type { HeaderRules, Mutation } from '../http1/header-edit.ts';
import { varyForCors } from './cors.ts';

type Policies = RouteConfig['policies'];
type SecurityConfig = NonNullable<Policies['securityHeaders']>;

/** The route's configuration with these rules in it, or itself. */
export function withImpliedHeaders(config: RouteConfig): RouteConfig {
  const { basicAuth, policies } = config;
  const { securityHeaders, cors, responseHeaders, requestHeaders } = policies;
  if (securityHeaders === undefined && cors === undefined && basicAuth === undefined) return config;
  const implied = [
    ...(securityHeaders === undefined ? [] : [presetOf(securityHeaders)]),
    ...(cors === undefined ? [] : [varyForCors(cors)]),
  ];
  const response = implied.reduce((rules, one) => under(rules, one), responseHeaders);
  const request =
    basicAuth === undefined
      ? requestHeaders
      : { ...requestHeaders, remove: ['Authorization', ...requestHeaders.remove] };
  return { ...config, policies: { ...policies, responseHeaders: response, requestHeaders: request } };
}

/** `rules` win where both name a header; what both add goes into one line. */
function under(rules: HeaderRules, implied: HeaderRules): HeaderRules {
  const names = new Set([...rules.remove, ...Object.keys(rules.set)].map((name) => name.toLowerCase()));
  const isFree = ([name]: readonly [string, string]) => !names.has(name.toLowerCase());
  const added = new Map(Object.entries(rules.add).map(([name, value]) => [name.toLowerCase(), [name, value] as const]));
  for (const [name, value] of Object.entries(implied.add).filter(isFree)) {
    const before = added.get(name.toLowerCase());
    added.set(name.toLowerCase(), before === undefined ? [name, value] : [before[0], `${before[1]}, ${value}`]);
  }
  return {
    remove: rules.remove,
    set: { ...Object.fromEntries(Object.entries(implied.set).filter(isFree)), ...rules.set },
    add: Object.fromEntries(added.values()),
  };
}

function presetOf({ nosniff, referrerPolicy, frames }: SecurityConfig): HeaderRules {
  const framing = {
    'same-origin': [{ 'X-Frame-Options': 'SAMEORIGIN' }, { 'Content-Security-Policy': "frame-ancestors 'self'" }],
    nobody: [{ 'X-Frame-Options': 'DENY' }, { 'Content-Security-Policy': "frame-ancestors 'none'" }],
    anybody: [{}, {}],
  } as const;
  const [set, add] = framing[frames];
  return {
    remove: [],
    set: {
      ...(nosniff ? { 'X-Content-Type-Options': 'nosniff' } : {}),
      ...(referrerPolicy === 'off' ? {} : { 'Referrer-Policy': referrerPolicy }),
      ...set,
    },
    add, // beside a policy of the upstream's: browsers hold to both (CSP level 3, section 8.1)
  };
}

/** What replies over https have besides; `undefined` if nothing. */
export function strictTransport(config: SecurityConfig | undefined): Mutation | undefined {
  if (config === undefined || config.hstsMs === 0) return undefined;
  const subdomains = config.hstsSubdomains ? '; includeSubDomains' : '';
  const value = `max-age=${Math.floor(config.hstsMs / 1000)}${subdomains}`;
  return { op: 'set', name: 'Strict-Transport-Security', value };
}
