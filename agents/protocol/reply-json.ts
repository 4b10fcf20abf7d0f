// A reply as JSON has it (and MessagePack, and gRPC, which mirror it), narrowed and written. The shaping decision: header
// changes are narrowed to what can be put on the wire of HTTP without splitting it, whoever asks for them. It refuses
// more than one decision, changes to what frames a message, and anything that it would have to guess about.

import { z } from 'zod';
import { wireLimits } from '#config/limits';
import type {
  AgentReply,
  Audit,
  BodyMutation,
  Decision,
  HeaderMutation,
  Reading,
  WebsocketDecision,
} from './message.ts';
import { anything, bytes, correlationId, count, maybe, maybeText, narrow, shortText } from './narrow.ts';
import { readRouting, writeRouting } from './routing-json.ts';

/** The proxy's side: the reply, or why it is none. `version` is that of the connection. */
export function readReply(message: unknown, version: 1 | 2 = 1): Reading<AgentReply> {
  return narrow(version === 1 ? replyV1 : replyV2, message);
}

/** A reply as it goes on the wire, with every field that the specification names. */
export function writeReply(reply: AgentReply, version: 1 | 2 = 1, correlation?: string): object {
  const { tags, ruleIds, reasonCodes, confidence, custom } = reply.audit;
  const ownCustom = correlation === undefined ? custom : { ...custom, correlation_id: correlation };
  return {
    version,
    ...(correlation !== undefined && { correlation_id: correlation }),
    decision: writeDecision(reply.decision),
    request_headers: reply.requestHeaders.map(writeMutation),
    response_headers: reply.responseHeaders.map(writeMutation),
    routing_metadata: writeRouting(reply.routing),
    audit: { tags, rule_ids: ruleIds, confidence, reason_codes: reasonCodes, custom: ownCustom },
    needs_more: reply.needsMore,
    request_body_mutation: writeBody(reply.requestBody),
    response_body_mutation: writeBody(reply.responseBody),
    websocket_decision: reply.websocket ?? null,
  };
}

/** Where a v2 reply says which event it answers: at the top, or where agents in the field put it. */
export function correlationOf(message: unknown): string | undefined {
  const { data } = correlationSchema.safeParse(message);
  return data?.correlation_id ?? data?.audit?.custom?.correlation_id ?? undefined;
}

const correlationSchema = z.object({
  correlation_id: correlationId.nullish(),
  audit: z.object({ custom: z.object({ correlation_id: correlationId.nullish().catch(null) }).nullish() }).nullish(),
});

// ---- header changes ----

// RFC 9110, section 5.6.2: a field name is a token. Section 5.5: a value has no control bytes but HTAB; header bytes
// over 0x7f travel as the code points U+0080 to U+00FF.
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

// What frames a message or belongs to one connection (RFC 9112, section 6; RFC 9110, section 7.6.1) is the proxy's.
const framingNames = new Set(
  'connection content-length keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(' '),
);

/** Why a header cannot be changed so, or `undefined`. Also asked by the binary encoding, which has no schema. */
export function mutationProblem({ op, name, value }: HeaderMutation, of: 'request' | 'response'): string | undefined {
  if (name.length > wireLimits.headerNameBytesMax || !tokenPattern.test(name)) return 'not a header name';
  const lowerName = name.toLowerCase();
  if (framingNames.has(lowerName)) return 'a header that frames the message is not an agent’s to change';
  // RFC 9112, section 3.2: a request has exactly one Host, so it can be replaced but neither doubled nor removed.
  if (of === 'request' && op !== 'set' && lowerName === 'host') return 'Host can be set, not added or removed';
  if (value.length > wireLimits.headerValueBytesMax || !valuePattern.test(value)) return valueRule;
  return undefined;
}

const valueRule = 'a header value has no control characters and none over U+00FF';

const headerName = z
  .string()
  .max(wireLimits.headerNameBytesMax)
  .regex(tokenPattern, 'not a header name')
  .refine(
    (name) => !framingNames.has(name.toLowerCase()),
    'a header that frames the message is not an agent’s to change',
  );
const headerValue = z.string().max(wireLimits.headerValueBytesMax).regex(valuePattern, valueRule);

const nameAndValue = z.strictObject({ name: headerName, value: headerValue });
const mutation = z
  .strictObject({
    set: nameAndValue.optional(),
    add: nameAndValue.optional(),
    remove: z.strictObject({ name: headerName }).optional(),
  })
  .refine((operation) => Object.keys(operation).length === 1, 'exactly one of set, add, remove')
  .transform(({ set, add, remove }): HeaderMutation => {
    if (set !== undefined) return { op: 'set', ...set };
    if (add !== undefined) return { op: 'add', ...add };
    return { op: 'remove', name: remove?.name ?? '', value: '' };
  });
const mutations = z.array(mutation).max(wireLimits.headerMutationsMax);
const requestMutation = mutation.refine(
  (one) => mutationProblem(one, 'request') === undefined,
  'Host can be set, not added or removed',
);
const requestMutations = z.array(requestMutation).max(wireLimits.headerMutationsMax);

// ---- decisions ----

/** Values by header name, each one text or a list of texts. */
const blockHeaders = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'not an object',
  )
  .transform((table) =>
    Object.entries(table).flatMap(([name, values]) => [values].flat().map((value) => [name, value])),
  )
  .pipe(z.array(z.tuple([headerName, headerValue])).max(wireLimits.headerMutationsMax));

const block = z
  .object({
    status: z.int().min(200).max(599), // RFC 9110, section 15.2: a 1xx status is never the final reply
    body: maybe(z.string()),
    headers: maybe(blockHeaders),
    reason: maybe(shortText),
    rule_id: maybe(shortText),
  })
  .transform(
    ({ status, body, headers, reason, rule_id }): Decision => ({
      type: 'block',
      status,
      body,
      headers: headers ?? [],
      reason,
      ruleId: rule_id,
    }),
  );

const redirect = z
  .object({
    url: z
      .string()
      .max(wireLimits.redirectUrlBytesMax)
      .regex(/^[\x21-\x7e]+$/, 'a URL is printable ASCII without spaces'),
    status: z.literal([301, 302, 303, 307, 308]),
  })
  .transform(({ url, status }): Decision => ({ type: 'redirect', url, status }));

const challenge = z
  .object({
    challenge_type: shortText.min(1),
    params: z
      .record(z.string(), shortText)
      .refine((params) => Object.keys(params).length <= wireLimits.challengeParamsMax, 'too many parameters')
      .nullish(),
  })
  .transform(
    ({ challenge_type, params }): Decision => ({
      type: 'challenge',
      challengeType: challenge_type,
      params: params ?? {},
    }),
  );

const allow = z.literal('allow', 'not a decision').transform((): Decision => ({ type: 'allow' }));
const otherDecision = z
  .strictObject({ block: block.optional(), redirect: redirect.optional(), challenge: challenge.optional() })
  .transform((given, context): Decision => {
    const decisions = [given.block, given.redirect, given.challenge].filter((one) => one !== undefined);
    if (decisions[0] !== undefined && decisions.length === 1) return decisions[0];
    context.addIssue('exactly one of allow, block, redirect, challenge');
    return z.NEVER;
  });
// Not a zod union: its problem would say "invalid input" and not where.
const decision = z.unknown().transform((value, context): Decision => {
  const result = typeof value === 'string' ? allow.safeParse(value) : otherDecision.safeParse(value);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

// ---- the whole ----

const texts = z.array(shortText).max(wireLimits.auditItemsMax).nullish();
const audit = z
  .object({
    tags: texts,
    rule_ids: texts,
    reason_codes: texts,
    confidence: maybe(z.number().min(0).max(1)),
    custom: z.record(z.string(), anything).nullish(),
  })
  .nullish()
  .transform(
    (given): Audit => ({
      tags: given?.tags ?? [],
      ruleIds: given?.rule_ids ?? [],
      reasonCodes: given?.reason_codes ?? [],
      confidence: given?.confidence,
      custom: given?.custom ?? {},
    }),
  );

const bodyMutation = z
  .object({ data: maybe(bytes), chunk_index: count.nullish() })
  .transform(({ data, chunk_index }): BodyMutation => ({ data, chunkIndex: chunk_index ?? 0 }));

const websocket = z.union([
  z.literal('allow'),
  z.literal('drop'),
  z.strictObject({
    // RFC 6455, section 7.4.2: below 1000 nothing is used, from 5000 on nothing is defined; a reason has 123 bytes.
    close: z.object({
      code: z.int().min(1000).max(4999),
      reason: maybeText.transform((reason) => (reason ?? '').slice(0, 123)),
    }),
  }),
]);

const fields = {
  decision,
  request_headers: requestMutations.nullish(),
  response_headers: mutations.nullish(),
  routing_metadata: readRouting,
  audit,
  needs_more: z.boolean().nullish(),
  request_body_mutation: maybe(bodyMutation),
  response_body_mutation: maybe(bodyMutation),
  websocket_decision: maybe(websocket),
};

const replyV1 = z.object({ version: z.literal(1), ...fields }).transform(toReply);
// Agents in the field count the reply's version on their own: 1 and 2 are seen on connections of version 2.
const replyV2 = z.object({ version: z.literal([1, 2]).nullish(), ...fields }).transform(toReply);

function toReply(given: z.output<z.ZodObject<typeof fields>>): AgentReply {
  return {
    decision: given.decision,
    requestHeaders: given.request_headers ?? [],
    responseHeaders: given.response_headers ?? [],
    routing: given.routing_metadata,
    audit: given.audit,
    needsMore: given.needs_more ?? false,
    requestBody: given.request_body_mutation,
    responseBody: given.response_body_mutation,
    websocket: given.websocket_decision satisfies WebsocketDecision | undefined,
  };
}

// ---- writing ----

function writeDecision(given: Decision): unknown {
  switch (given.type) {
    case 'allow':
      return 'allow';
    case 'redirect':
      return { redirect: { url: given.url, status: given.status } };
    case 'challenge':
      return { challenge: { challenge_type: given.challengeType, params: given.params } };
    case 'block': {
      const { status, body, headers, reason, ruleId } = given;
      return { block: { status, body, headers: valuesByName(headers), reason, rule_id: ruleId } };
    }
  }
}

function valuesByName(headers: readonly (readonly [name: string, value: string])[]): unknown {
  const table = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    const before = table.get(name);
    table.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(table);
}

function writeMutation({ op, name, value }: HeaderMutation): unknown {
  return op === 'remove' ? { remove: { name } } : { [op]: { name, value } };
}

function writeBody(given: BodyMutation | undefined): unknown {
  if (given === undefined) return null;
  const { data, chunkIndex } = given;
  return { data: data === undefined ? null : base64(data), chunk_index: chunkIndex };
}

export function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}
