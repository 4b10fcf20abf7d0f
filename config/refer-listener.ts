// Whom a listener believes, judged: networks that are networks, a PROXY header that somebody may send, and a list that
// does not name everybody. Pure, as refer.ts, whose part it is.

import type { Code, ProblemDetails } from './errors.ts';
import { isEverybody, parseNetwork } from './network.ts';
import type { ListenerConfig } from './schema.ts';
import { isLoopback, parseAddress } from './value.ts';

/** Says a problem of a property, by its path below the listener. */
export type Report = (code: Code, what: string, path: string, details?: Omit<ProblemDetails, 'at'>) => void;

/** Values that could not be read are missing here, and have been reported. */
export function checkTrust(listener: ListenerConfig, title: string, report: Report): void {
  const { trustedProxies, proxyProtocol } = listener;
  for (const [index, text] of (trustedProxies ?? []).entries())
    if (typeof text === 'string') checkNetwork(listener, text, `trustedProxies.${index}`, report);
  if ((proxyProtocol === 'accept' || proxyProtocol === 'require') && trustedProxies?.length === 0) {
    const what = `${title} reads PROXY headers, and there is no proxy that it could believe`;
    report('config-missing-key', what, 'proxyProtocol', { hint: 'add: trusted-proxies "10.0.0.0/8"' });
  }
}

function checkNetwork(listener: ListenerConfig, text: string, path: string, report: Report): void {
  if (text === 'unix') return;
  const network = parseNetwork(text);
  if (typeof network === 'string') {
    const isMeant = text.toLowerCase() === 'unix' || text.startsWith('unix:');
    const details = isMeant ? { hint: 'write "unix"' } : {};
    return report('config-bad-value', `"${text}" must ${network}`, path, details);
  }
  if (!isEverybody(network) || isPrivate(listener)) return;
  const what = `"${text}" trusts everybody, so every client can choose the address that it is known by`;
  report('listener-trusts-everybody', what, path, {
    severity: 'warning',
    hint: 'name the networks of the proxies in front, or listen where only they can connect',
  });
}

/** Nobody but this host can connect. */
export function isPrivate({ address }: ListenerConfig): boolean {
  return (address ?? []).every((written) => {
    const parsed = typeof written === 'string' ? parseAddress(written) : undefined;
    return parsed === undefined || isLoopback(parsed);
  });
}
