// Whether a request is denied, by which entry and why. Pure: the same request and lists give the same answer. The
// shaping decision: the cheapest question first (address, path), expressions last. It refuses to look at bodies and at
// any header but User-Agent.

import type RE2 from 're2';
import type { RequestHeadersEvent } from '#protocol/message';
import { attacks } from './attacks.ts';
import type { Denylists } from './model.ts';
import { readTarget, type Target } from './target.ts';

/** For the logs; the client learns nothing of it. */
export interface Denial {
  readonly ruleId: string;
  readonly reason: string;
}

/** By the first of the lists that denies it. */
export function judge(all: readonly Denylists[], event: RequestHeadersEvent): Denial | undefined {
  const target = readTarget(event.uri);
  for (const lists of all) {
    const denial = judgeBy(lists, event, target);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

function judgeBy(lists: Denylists, event: RequestHeadersEvent, target: Target): Denial | undefined {
  const { clientIp } = event.metadata;
  if (lists.networks.has(clientIp))
    return { ruleId: 'denylist-network', reason: `the address ${clientIp} is on the denylist` };
  if (lists.paths.has(target.path))
    return { ruleId: 'denylist-path', reason: `the path ${shown(target.path)} is on the denylist` };
  return (
    judgeUserAgent(lists.userAgents, event.headers.get('user-agent') ?? []) ??
    judgePatterns(lists, target) ??
    (lists.builtinAttacks ? judgeAttacks(target) : undefined)
  );
}

function judgeUserAgent(userAgents: RE2 | undefined, values: readonly string[]): Denial | undefined {
  for (const value of values) {
    const part = userAgents?.exec(value)?.[0];
    if (part !== undefined) {
      return { ruleId: 'denylist-user-agent', reason: `the user agent has '${shown(part)}', which is on the denylist` };
    }
  }
  return undefined;
}

function judgePatterns({ name, patterns }: Denylists, target: Target): Denial | undefined {
  if (patterns.length === 0) return undefined;
  const texts = scannable(target);
  const index = patterns.findIndex((pattern) => texts.some((text) => pattern.test(text)));
  if (index === -1) return undefined;
  return {
    ruleId: `denylist-pattern-${index}`,
    reason: `${name === 'config' ? 'config.patterns' : name}[${index}] matches: ${shown(patterns[index]?.source ?? '')}`,
  };
}

function judgeAttacks(target: Target): Denial | undefined {
  const texts = scannable(target);
  const found = attacks.find(({ pattern }) => texts.some((text) => pattern.test(text)));
  return found === undefined ? undefined : { ruleId: found.id, reason: found.what };
}

/** As bytes, once: RE2 would copy a JavaScript string anew for every expression (800 ns against 105 measured). */
function scannable({ decodedPath, query }: Target): Buffer[] {
  return [decodedPath, query].filter((text) => text !== '').map((text) => Buffer.from(text));
}

function shown(path: string): string {
  return path.length <= 200 ? path : `${path.slice(0, 200)}…`;
}
