// What the proxy and an agent say to each other: the events, the replies, and the reading of both. The shaping decision:
// everything from the other side is `unknown` until a function here has narrowed it, and it is narrowed wholly or
// refused with the place of the first thing wrong; nothing is repaired. Field names on the wire (snake_case) are those
// of the agents people already run; names in code are ours. It knows no bytes: frame-v1.ts does.
// It refuses what this version does not act on (challenges, body changes, rerouting): an agent that asks for it would
// otherwise believe that it happened.

import { z } from 'zod';
import { wireLimits } from '#config/limits';

export interface RequestMetadata {
  readonly correlationId: string;
  readonly requestId: string;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverName: string | undefined;
  readonly protocol: string;
  readonly routeId: string | undefined;
  readonly upstreamId: string | undefined;
  readonly timestamp: string; // RFC 3339
}

/** Header names in lower case; the values of one name in their order. A Map: `__proto__` is a legal header name. */
export type HeaderTable = ReadonlyMap<string, readonly string[]>;

export interface RequestHeadersEvent {
  readonly type: 'request_headers';
  readonly metadata: RequestMetadata;
  readonly method: string;
  readonly uri: string;
  readonly headers: HeaderTable;
}

export interface ConfigureEvent {
  readonly type: 'configure';
  readonly agentId: string;
  readonly config: unknown;
  readonly configVersion: string | undefined;
}

export type AgentEvent = RequestHeadersEvent | ConfigureEvent;

/** `value` is the empty string for `remove`. */
export interface HeaderMutation {
  readonly op: 'set' | 'add' | 'remove';
  readonly name: string;
  readonly value: string;
}

export type RedirectStatus = 301 | 302 | 303 | 307 | 308;

export type Decision =
  | { readonly type: 'allow' }
  | {
      readonly type: 'block';
      readonly status: number;
      readonly body: string | undefined;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly reason: string | undefined;
      readonly ruleId: string | undefined;
    }
  | { readonly type: 'redirect'; readonly url: string; readonly status: RedirectStatus };

/** For the access and audit logs; no decision depends on it. */
export interface Audit {
  readonly tags: readonly string[];
  readonly ruleIds: readonly string[];
  readonly reasonCodes: readonly string[];
  readonly confidence: number | undefined;
  readonly custom: Readonly<Record<string, unknown>>;
}

export interface AgentReply {
  readonly decision: Decision;
  readonly requestHeaders: readonly HeaderMutation[];
  readonly responseHeaders: readonly HeaderMutation[];
  readonly audit: Audit;
}

export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** An agent's side: the event, or why it is none. */
export function readEvent(message: unknown): Reading<AgentEvent> {
  return read(eventSchema, message);
}

/** The proxy's side: the reply, or why it is none. */
export function readReply(message: unknown): Reading<AgentReply> {
  return read(replySchema, message);
}

/** An event as it goes on the wire. */
export function writeEvent(event: AgentEvent): unknown {
  const { type, ...fields } = event;
  return {
    version: 1,
    event_type: type,
    payload: 'metadata' in fields ? writeRequestHeaders(fields) : writeConfigure(fields),
  };
}

/** A reply as it goes on the wire, with every field that the specification names. */
export function writeReply(reply: AgentReply): unknown {
  const { tags, ruleIds, reasonCodes, confidence, custom } = reply.audit;
  return {
    version: 1,
    decision: writeDecision(reply.decision),
    request_headers: reply.requestHeaders.map(writeMutation),
    response_headers: reply.responseHeaders.map(writeMutation),
    routing_metadata: {},
    audit: { tags, rule_ids: ruleIds, confidence, reason_codes: reasonCodes, custom },
    needs_more: false,
    request_body_mutation: null,
    response_body_mutation: null,
  };
}

// ---- reading ----

function read<T>(schema: z.ZodType<T>, message: unknown): Reading<T> {
  const result = schema.safeParse(message);
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'message' : issue.path.join('.');
  return { ok: false, problem: `${place}: ${issue?.message ?? 'not what the protocol says'}` };
}

/** Absent and null are the same to agents in the field (Rust's `Option`). */
function maybe<T extends z.ZodType>(type: T) {
  return type.nullish().transform((value) => value ?? undefined);
}

// RFC 9110, section 5.6.2: a field name is a token. Section 5.5: a value has no control bytes but HTAB; header bytes
// over 0x7f travel as the code points U+0080 to U+00FF.
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

// What frames a message or belongs to one connection (RFC 9112, section 6; RFC 9110, section 7.6.1) is the proxy's.
const framingNames = new Set(
  'connection content-length keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(' '),
);

const headerName = z
  .string()
  .max(wireLimits.headerNameBytesMax)
  .regex(tokenPattern, 'not a header name')
  .refine(
    (name) => !framingNames.has(name.toLowerCase()),
    'a header that frames the message is not an agent’s to change',
  );
const headerValue = z
  .string()
  .max(wireLimits.headerValueBytesMax)
  .regex(valuePattern, 'a header value has no control characters and none over U+00FF');

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

// RFC 9112, section 3.2: a request has exactly one Host, so it can be replaced but neither doubled nor removed.
const requestMutation = mutation.refine(
  ({ op, name }) => op === 'set' || name.toLowerCase() !== 'host',
  'Host can be set, not added or removed',
);
const requestMutations = z.array(requestMutation).max(wireLimits.headerMutationsMax);

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
    reason: maybe(z.string().max(wireLimits.textCharactersMax)),
    rule_id: maybe(z.string().max(wireLimits.textCharactersMax)),
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

const refusedHere = (what: string) => z.undefined(`${what} is not part of this version of the proxy`).optional();

const allow = z.literal('allow', 'not a decision').transform((): Decision => ({ type: 'allow' }));
const otherDecision = z
  .strictObject({ block: block.optional(), redirect: redirect.optional(), challenge: refusedHere('a challenge') })
  .transform(({ block: blocked, redirect: redirected }, context): Decision => {
    const only = blocked === undefined ? redirected : redirected === undefined ? blocked : undefined;
    if (only !== undefined) return only;
    context.addIssue('exactly one of allow, block, redirect');
    return z.NEVER;
  });
// Not a zod union: its problem would say "invalid input" and not where.
const decision = z.unknown().transform((value, context): Decision => {
  const result = typeof value === 'string' ? allow.safeParse(value) : otherDecision.safeParse(value);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

const texts = z.array(z.string().max(wireLimits.textCharactersMax)).max(wireLimits.auditItemsMax).nullish();
const audit = z
  .object({
    tags: texts,
    rule_ids: texts,
    reason_codes: texts,
    confidence: maybe(z.number().min(0).max(1)),
    custom: z.record(z.string(), z.unknown()).nullish(),
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

const nothing = (what: string) => z.null(`${what} is not part of this version of the proxy`).optional();

const replySchema = z
  .object({
    version: z.literal(1),
    decision,
    request_headers: requestMutations.nullish(),
    response_headers: mutations.nullish(),
    routing_metadata: z
      .object({ upstream_override: refusedHere('rerouting'), route_override: refusedHere('rerouting') })
      .nullish(),
    audit,
    needs_more: z.literal(false, 'an answer that needs the body is not part of this version of the proxy').nullish(),
    request_body_mutation: nothing('changing a body'),
    response_body_mutation: nothing('changing a body'),
  })
  .transform(
    (given): AgentReply => ({
      decision: given.decision,
      requestHeaders: given.request_headers ?? [],
      responseHeaders: given.response_headers ?? [],
      audit: given.audit,
    }),
  );

const metadata = z
  .object({
    correlation_id: z.string(),
    request_id: z.string(),
    client_ip: z.string(),
    client_port: z.int().min(0).max(65_535),
    server_name: maybe(z.string()),
    protocol: z.string(),
    route_id: maybe(z.string()),
    upstream_id: maybe(z.string()),
    timestamp: z.string(),
  })
  .transform(
    (given): RequestMetadata => ({
      correlationId: given.correlation_id,
      requestId: given.request_id,
      clientIp: given.client_ip,
      clientPort: given.client_port,
      serverName: given.server_name,
      protocol: given.protocol,
      routeId: given.route_id,
      upstreamId: given.upstream_id,
      timestamp: given.timestamp,
    }),
  );

// By hand and not z.record, which drops the key `__proto__`: a header that an agent does not see is a way past it.
const headerTable = z
  .custom<Record<string, readonly string[]>>(isHeaderTable, 'not lists of texts by name')
  .transform(toHeaderTable);

function isHeaderTable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((list) => Array.isArray(list) && list.every((one) => typeof one === 'string'));
}

function toHeaderTable(given: Record<string, readonly string[]>): HeaderTable {
  const table = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(given)) {
    const lowerName = name.toLowerCase();
    table.set(lowerName, [...(table.get(lowerName) ?? []), ...values]);
  }
  return table;
}

const requestHeadersPayload = z.object({ metadata, method: z.string(), uri: z.string(), headers: headerTable });
const configurePayload = z.object({ agent_id: z.string(), config: z.unknown(), config_version: maybe(z.string()) });

const eventSchema = z
  .discriminatedUnion('event_type', [
    z.object({ version: z.literal(1), event_type: z.literal('request_headers'), payload: requestHeadersPayload }),
    z.object({ version: z.literal(1), event_type: z.literal('configure'), payload: configurePayload }),
  ])
  .transform(({ payload }): AgentEvent => {
    if ('metadata' in payload) return { type: 'request_headers', ...payload };
    const { agent_id: agentId, config, config_version: configVersion } = payload;
    return { type: 'configure', agentId, config, configVersion };
  });

// ---- writing ----

function writeRequestHeaders({ metadata: about, method, uri, headers }: Omit<RequestHeadersEvent, 'type'>): unknown {
  return {
    metadata: {
      correlation_id: about.correlationId,
      request_id: about.requestId,
      client_ip: about.clientIp,
      client_port: about.clientPort,
      server_name: about.serverName,
      protocol: about.protocol,
      route_id: about.routeId,
      upstream_id: about.upstreamId,
      timestamp: about.timestamp,
    },
    method,
    uri,
    headers: Object.fromEntries(headers), // defines own keys, so `__proto__` stays one of them
  };
}

function writeConfigure({ agentId, config, configVersion }: Omit<ConfigureEvent, 'type'>): unknown {
  return { agent_id: agentId, config, config_version: configVersion };
}

function writeDecision(given: Decision): unknown {
  switch (given.type) {
    case 'allow':
      return 'allow';
    case 'redirect':
      return { redirect: { url: given.url, status: given.status } };
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
