// The chaos agent's `config { }` block, checked and made ready to be asked. The shaping decision: the limits that keep
// an experiment from becoming an outage (how long it lasts, how long a delay is, what is never touched) have defaults,
// so forgetting them is safe; what is to go wrong has none. It refuses a block that would do nothing it seems to say.

import { z } from 'zod';
import { chaosLimits } from '#config/limits';

export const kinds = ['latency', 'error', 'fault', 'hang', 'crash'] as const;
export type Kind = (typeof kinds)[number];

export interface ChaosFault {
  readonly kind: Kind;
  readonly percent: number; // of the requests that match
  readonly latencyMs: number;
  readonly jitterMs: number; // up to so much more
  readonly status: number;
  readonly paths: readonly string[]; // any of them; none: all
  readonly methods: readonly string[];
  readonly header: readonly [name: string, value: string] | undefined;
}

export interface Chaos {
  readonly lifetimeMs: number;
  readonly exemptPaths: readonly string[];
  readonly faults: readonly ChaosFault[];
}

export type ChaosReading =
  | { readonly ok: true; readonly chaos: Chaos }
  | { readonly ok: false; readonly problems: readonly string[] };

export function readChaos(config: unknown): ChaosReading {
  const result = blockSchema.safeParse(withHyphens(config));
  if (result.success) return { ok: true, chaos: result.data };
  return { ok: false, problems: result.error.issues.map(describe) };
}

/** Names may be written with `_` or `-`, as everywhere in the configuration. */
function withHyphens(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withHyphens);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.replaceAll('_', '-'), withHyphens(one)]));
}

const path = z
  .string('a text is needed')
  .regex(/^\/[^*]*\*?$/, 'a path begins with a slash; a star may stand at its end');
const paths = listOf(path);

function listOf<T extends z.ZodType<string>>(item: T) {
  const list = z.array(item).max(chaosLimits.matchersMax);
  return z.preprocess((value) => (typeof value === 'string' ? [value] : value), list);
}

function within(range: { least: number; most: number }) {
  return z.int(`a whole number from ${range.least} to ${range.most}`).min(range.least).max(range.most);
}

const fault = z
  .strictObject({
    kind: z.enum(kinds, `one of ${kinds.join(', ')}`),
    percent: z.number('a share in percent is needed').gt(0, 'over 0').max(100, 'at most 100'),
    'latency-ms': within(chaosLimits.latencyMs).default(chaosLimits.latencyMs.default),
    'jitter-ms': within(chaosLimits.latencyMs).default(0),
    status: z.int('a status from 400 to 599').min(400).max(599).default(503),
    paths: paths.default([]),
    methods: listOf(z.string('a text is needed')).default([]),
    header: z
      .string('a text is needed')
      .regex(/^[^:]+:.*$/, "'name: value' is needed")
      .transform((text): readonly [string, string] => {
        const colon = text.indexOf(':');
        return [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
      })
      .optional(),
  })
  .transform(
    (given): ChaosFault => ({
      kind: given.kind,
      percent: given.percent,
      latencyMs: given['latency-ms'],
      jitterMs: given['jitter-ms'],
      status: given.status,
      paths: given.paths,
      methods: given.methods.map((method) => method.toUpperCase()),
      header: given.header,
    }),
  );

const blockSchema = z
  .strictObject({
    'expires-secs': within({
      least: chaosLimits.lifetimeMs.least / 1000,
      most: chaosLimits.lifetimeMs.most / 1000,
    }).default(chaosLimits.lifetimeMs.default / 1000),
    'max-latency-ms': within(chaosLimits.latencyMs).default(chaosLimits.latencyMs.most),
    'exempt-paths': paths.default(['/health*', '/ready*', '/live*', '/metrics']),
    faults: z.array(fault, 'a list is needed: `faults { - { kind "error"; percent 5 } }`').max(chaosLimits.faultsMax),
  })
  .transform(
    (given): Chaos => ({
      lifetimeMs: given['expires-secs'] * 1000,
      exemptPaths: given['exempt-paths'],
      faults: given.faults.map((one) => ({
        ...one,
        latencyMs: Math.min(one.latencyMs, given['max-latency-ms']),
        jitterMs: Math.min(one.jitterMs, given['max-latency-ms'] - Math.min(one.latencyMs, given['max-latency-ms'])),
      })),
    }),
  );

function describe({ path: place, message }: z.core.$ZodIssue): string {
  const where = place.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `config${where}: ${message} [agent-config]`;
}
