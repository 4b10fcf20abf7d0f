// What comes back from the control socket, narrowed: another version of the program may serve it, so what a command needs
// is asked for here and the rest is let through. It refuses to know what commands make of it.

import { z } from 'zod';
import { isCode } from '#config/errors';
import { levels } from '#config/log';

const exit = z.object({
  code: z.number().nullable(),
  signal: z.string().nullable(),
  killed: z.boolean(),
  notStarted: z.string().optional(),
  at: z.number(),
  problem: z.string().optional(),
});

const child = z.object({
  name: z.string(),
  kind: z.enum(['agent', 'worker']),
  role: z.enum(['current', 'coming', 'leaving']),
  state: z.string(),
  since: z.number(),
  pid: z.number().optional(),
  restarts: z.number(),
  readyMs: z.number().optional(),
  lastExit: exit.optional(),
  nextTryAt: z.number().optional(),
  failureMode: z.enum(['open', 'closed']).optional(),
  memoryBytes: z.number().optional(),
  cpuSeconds: z.number().optional(),
  cpuShare: z.number().optional(),
});

const worker = z.object({
  requestsPerSecond: z.number(),
  refusalsPerSecond: z.number(),
  p50Ms: z.number().optional(),
  p99Ms: z.number().optional(),
  inFlight: z.number(),
  connections: z.number(),
});

const agent = z.object({
  callsPerSecond: z.number(),
  blocks: z.number(),
  timeouts: z.number(),
  breaker: z.string(),
});

const upstream = z.object({
  name: z.string(),
  algorithm: z.string(),
  targets: z.number(),
  out: z.array(z.object({ name: z.string(), why: z.string() })),
});

export const statusShape = z.object({
  version: z.string(),
  phase: z.string(),
  pid: z.number(),
  startedAt: z.number(),
  readyMs: z.number().optional(),
  listening: z.record(z.string(), z.array(z.string())),
  children: z.array(child),
  external: z.array(z.object({ name: z.string(), socketPath: z.string() })),
  config: z.object({ file: z.string().optional(), sha256: z.string(), loadedAt: z.number() }),
  reloads: z.record(z.string(), z.number()),
  changing: z.string().optional(),
  rates: z.object({
    workers: z.record(z.string(), worker),
    agents: z.record(z.string(), agent),
    upstreams: z.array(upstream),
  }),
});
export type StatusShape = z.output<typeof statusShape>;
export type ChildShape = StatusShape['children'][number];

const complaint = z.object({
  code: z.string().transform((code) => (isCode(code) ? code : 'control-no-answer')),
  what: z.string(),
  hint: z.string().optional(),
  lines: z.array(z.string()).optional(),
});

export const outcomeShape = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), result: z.string(), changes: z.array(z.string()), ms: z.number() }),
  z.object({ ok: z.literal(false), error: complaint, problems: z.array(z.unknown()).optional() }),
]);

export const stopShape = z.object({
  ok: z.boolean(),
  code: z.number(),
  ms: z.number(),
  killed: z.array(z.string()),
  connections: z.number(),
  cut: z.number(),
});
export type StopShape = z.output<typeof stopShape>;

export const lineShape = z.union([
  z.object({
    at: z.number(),
    name: z.string(),
    stream: z.enum(['stdout', 'stderr', 'event']),
    level: z.enum(levels),
    text: z.string(),
  }),
  z.object({ dropped: z.number() }),
]);
export type LineShape = z.output<typeof lineShape>;
