// What can only be judged of a whole upstream, or of a route that retries: keys that contradict each other or do nothing
// together. Pure, as refer.ts, which asks it. It refuses to look up names.

import { isIP } from 'node:net';
import type { Config, RouteConfig, UpstreamConfig } from './schema.ts';
import { parseAddress } from './value.ts';

type Report = (
  code: 'config-conflict' | 'config-bad-value',
  what: string,
  path: string,
  details: { readonly hint: string },
) => void;

type IsWritten = (path: string) => boolean;

export function checkUpstream(upstream: UpstreamConfig, path: string, isWritten: IsWritten, report: Report): void {
  const { healthCheck, ejection } = upstream;
  if (healthCheck !== undefined) checkHealth(healthCheck, `${path}.healthCheck`, isWritten, report);
  if (ejection !== undefined && ejection.ejectionMs > ejection.ejectionMaxMs) {
    const hint = "lower it, or raise 'max-ejection-secs'";
    report('config-conflict', 'the first ejection is longer than the longest', `${path}.ejection.ejectionMs`, { hint });
  }
}

type HealthCheck = NonNullable<UpstreamConfig['healthCheck']>;

const ofHttp = { path: 'path', host: 'host', expectedStatus: 'expected-status', bodyMatch: 'body-match' } as const;

function checkHealth(check: HealthCheck, path: string, isWritten: IsWritten, report: Report): void {
  for (const [property, key] of Object.entries(ofHttp)) {
    if (check.type !== 'tcp' || !isWritten(`${path}.${property}`)) continue;
    const what = `'${key}' has no effect on probes of type "tcp"`;
    report('config-conflict', what, `${path}.${property}`, { hint: 'add: type "http"' });
  }
  if (check.timeoutMs > check.intervalMs) {
    const hint = "lower it, or raise 'interval-secs'";
    report('config-conflict', 'a probe may take longer than the time between two', `${path}.timeoutMs`, { hint });
  }
  for (const [index, written] of (check.expectedStatus ?? []).entries()) {
    const [low = 0, high = low] = typeof written === 'string' ? written.split('-').map(Number) : [];
    if (low <= high) continue;
    const hint = `write "${high}-${low}"`;
    report('config-bad-value', 'no status is in this range', `${path}.expectedStatus.${index}`, { hint });
  }
}

/** A route that forwards nothing has nothing to retry. */
export function checkRetry(route: RouteConfig, path: string, report: Report): void {
  if (route.retryPolicy === undefined || (route.builtinHandler === undefined && route.redirect === undefined)) return;
  const what = 'this route retries requests, but forwards none';
  report('config-conflict', what, `${path}.retryPolicy`, { hint: 'give it an upstream, or remove the policy' });
}

/** Who says where names are cannot have one. */
export function checkNameServers({ system }: Config, report: Report): void {
  for (const [index, written] of (system.nameServers ?? []).entries()) {
    const address = typeof written === 'string' ? parseAddress(written) : undefined;
    if (address === undefined || (address.kind === 'tcp' && isIP(address.host) !== 0 && address.port !== 0)) continue;
    const hint = 'write its address and port, such as "127.0.0.53:53"';
    report('config-bad-value', "'name-servers' are given by address", `system.nameServers.${index}`, { hint });
  }
}
