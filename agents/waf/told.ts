// What the agent is told, as it arrives: the block `waf` of the configuration with what routes say otherwise, as JSON. It
// is narrowed here once; everything behind it knows its shape. It refuses to fill in what is missing: the reader of the
// configuration has.

import { z } from 'zod';
import { agentLimits } from '#config/limits';
import { wafAgentLimits, wafAgentRanges } from '#config/limits-waf-agent';

const within = ({ least, most }: { readonly least: number; readonly most: number }) =>
  z.number().int().min(least).max(most);
const modes = z.enum(['prevention', 'detection', 'off']);

const exclusion = z.strictObject({
  name: z.string().max(63),
  ruleIds: z.array(z.string().regex(/^\d{1,9}(?:-\d{1,9})?$/)).max(wafAgentLimits.exclusionIdsMax),
  tags: z.array(z.string().regex(/^[\w./:-]{1,200}$/)).max(wafAgentLimits.exclusionIdsMax),
  path: z
    .string()
    .regex(/^\/[^\s"'\\]{0,500}$/)
    .optional(),
  targets: z.array(z.string().regex(/^[A-Z_]+(?::[^"',;\\\s]+)?$/)).max(wafAgentLimits.exclusionIdsMax),
});

const route = z.strictObject({
  mode: modes.optional(),
  paranoiaLevel: within(wafAgentRanges.paranoiaLevel).optional(),
  anomalyThreshold: within(wafAgentRanges.anomalyThreshold).optional(),
  outboundThreshold: within(wafAgentRanges.outboundThreshold).optional(),
  workBudget: within(wafAgentRanges.workBudget).optional(),
  inspectRequestBody: z.boolean().optional(),
  exclusions: z.array(exclusion),
});

const rotated = { path: z.string(), maxSize: z.number(), maxAgeMs: z.number(), maxFiles: z.number() };

const told = z.strictObject({
  mode: modes,
  rules: z.array(z.string().min(1)).min(1).max(wafAgentLimits.rulePathsMax),
  rulesDigest: z.string(),
  paranoiaLevel: within(wafAgentRanges.paranoiaLevel),
  anomalyThreshold: within(wafAgentRanges.anomalyThreshold),
  outboundThreshold: within(wafAgentRanges.outboundThreshold),
  workBudget: within(wafAgentRanges.workBudget),
  bodyInspection: z.strictObject({
    request: z.boolean(),
    response: z.boolean(),
    maxBytes: within(wafAgentRanges.bodyBytes),
    onTooLarge: z.enum(['refuse', 'inspect-prefix']),
  }),
  exclusions: z.array(exclusion),
  auditLog: z
    .strictObject({
      ...rotated,
      format: z.enum(['json', 'native']),
      parts: z.string(),
      storageDir: z.string().optional(),
    })
    .optional(),
  recordedRequests: z.strictObject({
    path: z.string().optional(),
    maxRequests: within(wafAgentRanges.recordedRequests),
    maxSize: within(wafAgentRanges.recordedBytes),
    maxAgeMs: within(wafAgentRanges.recordedAgeMs),
    maxBodySize: within(wafAgentRanges.recordedBodyBytes),
    passingSampleMs: within(wafAgentRanges.passingSampleMs),
  }),
  exclusionsFile: z.string(),
  processes: within(agentLimits.instances), // that share the requests
  canary: z
    .strictObject({
      rules: z.array(z.string().min(1)).min(1).max(wafAgentLimits.rulePathsMax),
      percent: within(wafAgentRanges.canaryPercent),
    })
    .optional(),
  collectionsFile: z.string().optional(),
  alertLog: z.strictObject(rotated).optional(),
  routes: z.record(z.string(), route),
});

export type Told = z.output<typeof told>;
export type ToldExclusion = z.output<typeof exclusion>;
export type ToldRoute = z.output<typeof route>;

/** Or what is wrong with it, a sentence each. */
export function readTold(config: unknown): Told | readonly string[] {
  const read = told.safeParse(config);
  if (read.success) return read.data;
  return read.error.issues
    .slice(0, wafAgentLimits.problemsShownMax)
    .map(({ path, message }) => `waf.${path.join('.')}: ${message}`);
}
