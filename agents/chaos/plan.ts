// What happens to one request. Pure: time and chance are given. The shaping decision: the longest of the delays that chance picks is waited,
// and the first fault of another kind that chance picks is made after them, in the order of the configuration. It
// refuses to touch what is exempt, and anything at all once the experiment has expired.

import type { RequestHeadersEvent } from '#protocol/message';
import type { Chaos, ChaosFault, Kind } from './faults.ts';

export interface Plan {
  readonly delayMs: number;
  readonly then: Exclude<Kind, 'latency'> | undefined;
  readonly status: number;
}

const nothing: Plan = { delayMs: 0, then: undefined, status: 0 };

/** `ageMs` since the configuration was taken; `chance` gives numbers from 0 to below 1. */
export function planFor(chaos: Chaos, event: RequestHeadersEvent, ageMs: number, chance: () => number): Plan {
  if (ageMs >= chaos.lifetimeMs) return nothing;
  const path = pathOf(event.uri);
  if (matchesAny(chaos.exemptPaths, path)) return nothing;
  let delayMs = 0;
  let other: ChaosFault | undefined;
  for (const fault of chaos.faults) {
    if (!matches(fault, event, path) || chance() * 100 >= fault.percent) continue;
    if (fault.kind === 'latency') delayMs = Math.max(delayMs, fault.latencyMs + Math.floor(chance() * fault.jitterMs));
    else other ??= fault;
  }
  if (other === undefined) return { ...nothing, delayMs };
  return { delayMs, then: other.kind === 'latency' ? undefined : other.kind, status: other.status };
}

function matches({ paths, methods, header }: ChaosFault, event: RequestHeadersEvent, path: string): boolean {
  if (paths.length > 0 && !matchesAny(paths, path)) return false;
  if (methods.length > 0 && !methods.includes(event.method.toUpperCase())) return false;
  return header === undefined || (event.headers.get(header[0])?.includes(header[1]) ?? false);
}

function pathOf(uri: string): string {
  const mark = uri.indexOf('?');
  return mark === -1 ? uri : uri.slice(0, mark);
}

function matchesAny(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern));
}
