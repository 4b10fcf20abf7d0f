// The options of targets that are reached over sockets, read from their words: durations as Go writes them, numbers within
// bounds. A word that is wrong is told with what would be right. Nothing here connects to anything.

import { crsLimits } from '#config/limits-crs';
import { Stop } from './stop.ts';
import type { UrlTargetOptions } from './target-url.ts';

/** As `parseArgs` wants them. */
export const wireOptions = {
  'log-file': { type: 'string', short: 'l' },
  'log-marker-header': { type: 'string' },
  'max-marker-retries': { type: 'string' },
  'max-marker-log-lines': { type: 'string' },
  'connect-timeout': { type: 'string' },
  'read-timeout': { type: 'string' },
  'wait-for-timeout': { type: 'string' },
  'rate-limit': { type: 'string', short: 'r' },
  'skip-tls-verification': { type: 'boolean' },
} as const;

export type WireValues = { readonly [Name in keyof typeof wireOptions]?: string | boolean | undefined };

export type TargetChoice = { readonly kind: 'engine' | 'stack' } | { readonly kind: 'url'; readonly url: URL };

export function targetOf(word: string): TargetChoice {
  if (word === 'engine' || word === 'stack') return { kind: word };
  const url = /^https?:\/\//i.test(word) ? URL.parse(word) : null;
  if (url === null) throw new Stop(2, `'${word}' is no target; there are engine, stack and http://HOST:PORT`);
  if (url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw new Stop(2, `--target ${word} has more than a host and a port; each test has its own path`);
  return { kind: 'url', url };
}

export function urlTargetOptions(values: WireValues): UrlTargetOptions {
  const logFile = values['log-file'];
  if (typeof logFile !== 'string')
    throw new Stop(2, 'a firewall by its address needs --log-file: what it logs is what is tested');
  return {
    logFile,
    markerHeader: headerName(values),
    markerRetries: count(values, 'max-marker-retries', crsLimits.markerRetries, crsLimits.markerRetriesMax),
    markerLinesMax: count(values, 'max-marker-log-lines', crsLimits.markerLinesMax, crsLimits.markerLinesCeiling),
    waitTimeoutMs: duration(values, 'wait-for-timeout', crsLimits.waitTimeoutMs, crsLimits.timeoutMsMax),
    rateLimitMs: duration(values, 'rate-limit', 0, crsLimits.rateLimitMsMax),
    ...timeouts(values),
  };
}

export const timeouts = (values: WireValues, readTimeoutMs: number = crsLimits.readTimeoutMs) => ({
  connectTimeoutMs: duration(values, 'connect-timeout', crsLimits.connectTimeoutMs, crsLimits.timeoutMsMax),
  readTimeoutMs: duration(values, 'read-timeout', readTimeoutMs, crsLimits.timeoutMsMax),
  verifiesTls: values['skip-tls-verification'] !== true,
});

/** An option that the target has no use for is a mistake of its caller, who expects an effect. */
export function refuseOptions(
  values: WireValues,
  allowed: readonly (keyof typeof wireOptions)[],
  target: string,
): void {
  for (const name of Object.keys(wireOptions) as (keyof typeof wireOptions)[])
    if (values[name] !== undefined && !allowed.includes(name))
      throw new Stop(2, `--${name} has no effect on the target ${target}`);
}

function headerName(values: WireValues): string {
  const name = values['log-marker-header'] ?? 'X-CRS-Test';
  if (typeof name === 'string' && /^[\w-]+$/.test(name)) return name;
  throw new Stop(2, `--log-marker-header ${name} is no name of a header`);
}

function count(values: WireValues, name: keyof WireValues, fallback: number, most: number): number {
  const word = values[name];
  if (word === undefined) return fallback;
  const number = /^\d{1,9}$/.test(String(word)) ? Number(word) : 0;
  if (number < 1 || number > most) throw new Stop(2, `--${name} ${word} is no number from 1 to ${most}`);
  return number;
}

const unitsMs = { ms: 1, s: 1000, m: 60_000 } as const;

/** `3s`, `1m30s`, `250ms`. */
function duration(values: WireValues, name: keyof WireValues, fallback: number, most: number): number {
  const word = values[name];
  if (word === undefined) return fallback;
  const isOne = /^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m))+$/.test(String(word));
  const parts = [...String(word).matchAll(/([\d.]+)(ms|s|m)/g)];
  const total = parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * unitsMs[unit as keyof typeof unitsMs],
    0,
  );
  if (!isOne || total > most)
    throw new Stop(2, `--${name} ${word} is no duration up to ${most / 1000}s; write 3s or 250ms`);
  return total;
}
