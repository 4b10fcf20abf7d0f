// Routing metadata of a reply as JSON has it: a table of texts, of which a few names mean something. The shaping
// decision: what a guardrail found travels inside it, as JSON in a text, because agents in the field send it so.
// Names without a meaning are ignored. It refuses to know whether an override is allowed: the proxy's pipeline does.

import { z } from 'zod';
import { wireLimits } from '#config/limits';
import { type GuardrailDetection, type GuardrailFinding, noRouting, type Routing } from './message.ts';
import { count, maybe, maybeText, shortText } from './narrow.ts';

export function writeRouting(routing: Routing): object {
  const { upstreamOverride, routeOverride, tags, guardrail } = routing;
  return {
    ...(upstreamOverride !== undefined && { upstream_override: upstreamOverride }),
    ...(routeOverride !== undefined && { route_override: routeOverride }),
    ...(tags.length > 0 && { tags }),
    ...(guardrail !== undefined && { guardrail_response: JSON.stringify(writeGuardrail(guardrail)) }),
  };
}

function writeGuardrail({ detected, confidence, detections, redactedContent }: GuardrailFinding): object {
  return { detected, confidence, detections, redacted_content: redactedContent };
}

const share = z.number().min(0).max(1);

const detection = z
  .object({
    category: shortText,
    description: shortText,
    severity: z.literal(['low', 'medium', 'high', 'critical']),
    confidence: maybe(share),
    span: maybe(z.object({ start: count, end: count })),
  })
  .transform(
    (given): GuardrailDetection => ({
      category: given.category,
      description: given.description,
      severity: given.severity,
      confidence: given.confidence,
      span: given.span,
    }),
  );

const guardrail = z
  .object({
    detected: z.boolean(),
    confidence: share.nullish(),
    detections: z.array(detection).max(wireLimits.auditItemsMax).nullish(),
    redacted_content: maybe(z.string()),
  })
  .transform(
    (given): GuardrailFinding => ({
      detected: given.detected,
      confidence: given.confidence ?? (given.detected ? 1 : 0),
      detections: given.detections ?? [],
      redactedContent: given.redacted_content,
    }),
  );

/** JSON in a text, or the object itself. */
const guardrailText = z.preprocess((value, context) => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
}, guardrail);

const tag = shortText.min(1);
/** Agents whose table has only texts write several tags with commas. */
const tags = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').filter((one) => one !== '') : value),
  z.array(tag).max(wireLimits.routeTagsMax),
);

export const readRouting = z
  .object({
    upstream_override: maybeText.pipe(shortText.optional()),
    route_override: maybeText.pipe(shortText.optional()),
    tags: tags.nullish(),
    guardrail_response: guardrailText.nullish(),
  })
  .nullish()
  .transform((given): Routing => {
    if (given === null || given === undefined) return noRouting;
    return {
      upstreamOverride: given.upstream_override,
      routeOverride: given.route_override,
      tags: given.tags ?? [],
      guardrail: given.guardrail_response ?? undefined,
    };
  });
