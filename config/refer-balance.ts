// What balancing, splits and mirrors say, judged as a whole: every parameter belongs to an algorithm that reads it, every
// algorithm has what it needs, somebody gets the requests. Pure, as refer.ts, whose part it is.

import type { Code, ProblemDetails } from './errors.ts';
import { fieldOf } from './field.ts';
import { balanceLimits } from './limits.ts';
import type { RouteConfig, UpstreamConfig } from './schema.ts';
import { balancing, parametersOf } from './schema-balance.ts';
import { shapeOf } from './walk.ts';

/** Where the problems go, and what was written rather than filled in, by paths below the upstream or route. */
export interface Bench {
  report(code: Code, what: string, path: string, details?: Omit<ProblemDetails, 'at'>): void;
  isWritten(path: string): boolean;
}

/** Values that could not be read are missing here, and have been reported. */
export function checkBalancing(upstream: UpstreamConfig, hasZone: boolean, bench: Bench): void {
  const { loadBalancing, sticky } = upstream;
  if (loadBalancing === undefined) return;
  const used = new Set<string>([loadBalancing, ...(loadBalancing === 'sticky' ? [sticky?.fallback ?? ''] : [])]);
  checkParameters(upstream, used, bench);
  checkSticky(upstream, bench);
  checkHash(upstream, used, bench);
  checkZones(upstream, used, hasZone, bench);
  checkWeights(upstream, bench);
}

function checkParameters(upstream: UpstreamConfig, used: ReadonlySet<string>, { report, isWritten }: Bench): void {
  for (const [block, readers] of Object.entries(parametersOf) as Array<[Block, readonly string[]]>) {
    if (!isWritten(block) || readers.some((name) => used.has(name)) || holdsDefaults(upstream, block)) continue;
    const wanted = readers.map((name) => `"${name}"`).join(' or ');
    report('config-conflict', `'${block}' has an effect only with load-balancing ${wanted}`, block, {
      hint: `remove it, or write: load-balancing "${readers[0]}"`,
    });
  }
}

type Block = keyof typeof parametersOf;

/** As `show` writes every block out: what is as it would be without it promises nothing. */
function holdsDefaults(upstream: UpstreamConfig, block: Block): boolean {
  const values: Readonly<Record<string, unknown>> = { ...upstream[block] };
  return Object.entries(shapeOf(balancing[block])).every(([key, type]) => values[key] === fieldOf(type).fallback);
}

function checkSticky({ loadBalancing, sticky }: UpstreamConfig, { report, isWritten }: Bench): void {
  if (loadBalancing === 'sticky' && !isWritten('sticky')) {
    const hint = 'add: sticky { secret-file "…" }, a file with some 32 random characters';
    report('config-missing-key', "'sticky' needs a secret to sign its cookie with", 'loadBalancing', { hint });
  }
  if (sticky?.sameSite !== 'none' || sticky.secure === 'always') return;
  const what = 'browsers drop a cookie with SameSite=None that is not Secure';
  report('config-conflict', what, 'sticky.sameSite', { hint: 'add: secure "always"' });
}

function checkHash({ hash }: UpstreamConfig, used: ReadonlySet<string>, { report, isWritten }: Bench): void {
  const isNamed = hash?.by === 'header' || hash?.by === 'cookie';
  if (isNamed && !isWritten('hash.of'))
    report('config-missing-key', `'hash' does not say which ${hash.by} it is by`, 'hash.by', {
      hint: `add: of "${hash.by === 'header' ? 'X-Tenant' : 'session'}"`,
    });
  if (!isNamed && hash?.by !== undefined && isWritten('hash.of'))
    report('config-conflict', `'of' has no effect with by "${hash.by}"`, 'hash.of', { hint: 'write: by "header"' });
  if (hash?.maxLoadPercent === balanceLimits.loadPercentMax.default || !isWritten('hash.maxLoadPercent')) return;
  if (used.has('consistent-hash') || !used.has('maglev')) return;
  report('config-conflict', '\'max-load-percent\' has no effect with load-balancing "maglev"', 'hash.maxLoadPercent', {
    hint: 'remove it, or write: load-balancing "consistent-hash"',
  });
}

function checkZones(
  { target }: UpstreamConfig,
  used: ReadonlySet<string>,
  hasZone: boolean,
  { report, isWritten }: Bench,
): void {
  if (used.has('locality-aware')) {
    if (hasZone) return;
    const what = '"locality-aware" does not know in which zone this host stands';
    return report('config-missing-key', what, 'loadBalancing', { hint: 'add: system { zone "eu-1a" }' });
  }
  const index = (target ?? []).findIndex((_, place) => isWritten(`target.${place}.zone`));
  if (index === -1) return;
  const what = '\'zone\' has an effect only with load-balancing "locality-aware"';
  report('config-conflict', what, `target.${index}.zone`, { hint: 'remove it' });
}

function checkWeights({ target }: UpstreamConfig, { report }: Bench): void {
  if (target === undefined || target.length === 0 || target.some(({ weight }) => weight !== 0)) return;
  const what = 'no target has a weight over 0, so none would get a request';
  report('config-bad-value', what, 'target.0.weight', { hint: 'give one of them a weight of 1' });
}

/** What a route does with several upstreams. */
export function checkSplit({ split }: RouteConfig, { report, isWritten }: Bench): void {
  if (isWritten('mirror') && !isWritten('upstream') && !isWritten('split'))
    report('config-conflict', 'there are no requests to mirror: the route forwards none', 'mirror', {
      hint: 'give it an upstream, or remove the mirror',
    });
  const branches = split?.upstream;
  if (branches === undefined || branches.length === 0) return;
  if (branches.every(({ weight }) => weight === 0))
    report('config-bad-value', 'no upstream of the split has a weight over 0', 'split.upstream.0.weight', {
      hint: 'give one of them a weight of 1',
    });
  const names = branches.map((branch) => branch.name);
  const second = names.findIndex((name, index) => name !== undefined && names.indexOf(name) !== index);
  if (second === -1) return;
  const what = `upstream "${names[second]}" stands twice in the split`;
  report('config-duplicate-name', what, `split.upstream.${second}`, { hint: 'write one, with both weights together' });
}
