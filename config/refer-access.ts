// What a route says about who may ask, judged: a rate that is one, users that can be checked, origins that may have
// credentials. Pure, as refer.ts, whose part it is.

import { readUsers } from './password.ts';
import { isPrivate, type Report } from './refer-listener.ts';
import type { Config, RouteConfig } from './schema.ts';
import { Secret } from './secret.ts';

/** Values that could not be read are missing here, and have been reported. */
export function checkAccess({ basicAuth, policies }: RouteConfig, title: string, report: Report): void {
  const { rateLimit, cors } = policies;
  if (rateLimit !== undefined) checkRate(rateLimit, title, report);
  if (basicAuth?.users instanceof Secret) checkUsers(basicAuth.users, report);
  if (cors?.credentials !== true || cors.origins?.includes('*') !== true) return;
  const what = `${title} would let the pages of every origin act in the name of its users`;
  report('config-conflict', what, 'policies.cors.credentials', { hint: 'name the origins, or leave credentials out' });
}

/** On a listener that others than this host can reach, and that no proxy of ours stands in front of. */
export function checkSecrecy(route: RouteConfig, listeners: Config['listeners'], title: string, report: Report): void {
  if (route.basicAuth === undefined || route.matches?.scheme?.length > 0) return;
  const open = listeners.find((one) => one.protocol === 'http' && one.trustedProxies?.length === 0 && !isPrivate(one));
  if (open === undefined) return;
  const what = `${title} asks for passwords, and listener "${open.name}" speaks plain http: anybody on the way can read them`;
  const hint = 'add to its `matches`: scheme "https"; and redirect from http, or let the listener speak https';
  report('password-in-clear', what, 'basicAuth', { severity: 'warning', hint });
}

type RateLimit = NonNullable<RouteConfig['policies']['rateLimit']>;

function checkRate({ requestsPerSecond, requestsPerMinute }: RateLimit, title: string, report: Report): void {
  if (requestsPerSecond === undefined && requestsPerMinute === undefined) {
    const hint = 'add: requests-per-second 10';
    report('config-missing-key', `the rate limit of ${title} has no rate`, 'policies.rateLimit', { hint });
  }
  if (requestsPerSecond === undefined || requestsPerMinute === undefined) return;
  const what = `${title} has a rate by the second and one by the minute`;
  report('config-conflict', what, 'policies.rateLimit.requestsPerMinute', { hint: 'keep one of the two' });
}

function checkUsers(users: Secret, report: Report): void {
  const read = readUsers(users.reveal());
  if (typeof read !== 'string') return;
  const hint = 'make lines with: sentinel-stack hash-password NAME';
  report('config-bad-value', `the users file cannot be used: ${read}`, 'basicAuth.users', { hint });
}
