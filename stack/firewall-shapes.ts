// What the firewall's program answers about recorded requests, narrowed to what is printed. With `--json` its answer goes
// out as it came.

import { z } from 'zod';

const standing = z.enum(['blocked', 'detected', 'passed']);

const summary = z.looseObject({
  id: z.string(),
  at: z.number(),
  method: z.string(),
  target: z.string(),
  client: z.string(),
});

export const comparisonShape = z.looseObject({
  requests: z.number(),
  refused: z.number(),
  nowPass: z.number(),
  nowRefused: z.number(),
  otherwise: z.number(),
  unlikeThen: z.number(),
  failed: z.number(),
  changes: z.array(summary.extend({ before: standing, after: standing, found: z.array(z.string()) })),
  places: z.array(z.object({ place: z.string(), requests: z.number() })),
});
export type ComparisonShape = z.output<typeof comparisonShape>;

const proposal = z.looseObject({
  text: z.string(),
  path: z.string(),
  rules: z.array(z.object({ ruleId: z.number(), targets: z.array(z.string()) })),
  passes: z.boolean(),
  hidden: z.array(z.string()),
  proof: comparisonShape,
});
export type ProposalShape = z.output<typeof proposal>;

export const explainedShape = z.looseObject({
  ok: z.literal(true),
  request: summary.extend({
    verdict: standing,
    status: z.number(),
    score: z.number().optional(),
    route: z.string().optional(),
    ruleId: z.number().optional(),
    reason: z.string().optional(),
  }),
  now: standing,
  score: z.number().optional(),
  threshold: z.number().optional(),
  culprits: z.array(
    z.looseObject({
      ruleId: z.number(),
      target: z.string(),
      message: z.string(),
      points: z.number(),
      matched: z.string().optional(),
    }),
  ),
  masked: z.array(z.string()),
  isBodyCut: z.boolean(),
  isReply: z.boolean(),
  exclusion: proposal.optional(),
  exclusionsFile: z.string(),
});
export type ExplainedShape = z.output<typeof explainedShape>;

export const replayedShape = z.looseObject({
  ok: z.literal(true),
  recorded: z.number(),
  comparison: comparisonShape,
});

export const topShape = z.looseObject({
  ok: z.literal(true),
  recorded: z.number(),
  rules: z.array(
    z.object({
      ruleId: z.number(),
      message: z.string(),
      requests: z.number(),
      clients: z.number(),
      where: z.array(z.object({ target: z.string(), requests: z.number() })),
    }),
  ),
});
export type TopShape = z.output<typeof topShape>;

export const tunedShape = z.looseObject({
  ok: z.literal(true),
  recorded: z.number(),
  groups: z.array(
    z.looseObject({
      place: z.string(),
      requests: z.number(),
      clients: z.number(),
      found: z.array(z.object({ ruleId: z.number(), where: z.string(), message: z.string() })),
      example: z.string(),
      tags: z.array(z.string()),
      exclusion: proposal.optional(),
    }),
  ),
});
export type TunedShape = z.output<typeof tunedShape>;
