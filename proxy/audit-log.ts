// The audit line: one per exchange that an agent stopped, did not answer for, or had something to say about. Beside the
// access line because it is read by others, and tells what an agent said in its own words; those are bounded where they
// come in (agents/protocol). Written as JSON with every value escaped, so that no client and no agent can forge a line.

import type { LineFile } from '#config/lines/line-file';
import type { Note } from './agents/inquiry.ts';
import type { Exchange } from './exchange.ts';

export function writeAuditLine(lines: LineFile, exchange: Exchange, notes: readonly Note[]): void {
  lines.append(`${JSON.stringify(auditOf(exchange, notes)).replace(unsafe, escaped)}\n`);
}

function auditOf(exchange: Exchange, notes: readonly Note[]): Record<string, unknown> {
  const { id, sender, head, host, target, route, status, refusal, error, inquiry } = exchange;
  return {
    timestamp: new Date().toISOString(),
    request_id: id,
    client_ip: sender.ip,
    method: head.method,
    host,
    path: target.split('?', 1)[0],
    route: route?.name,
    status,
    refusal,
    error,
    tags: inquiry === undefined || inquiry.tags.length === 0 ? undefined : inquiry.tags,
    agents: notes.map(told),
  };
}

/** What is empty is left out. */
function told({ agent, filter, event, decision, audit, fault }: Note): Record<string, unknown> {
  return {
    agent,
    filter,
    event,
    decision,
    fault,
    rule_ids: some(audit?.ruleIds),
    reason_codes: some(audit?.reasonCodes),
    tags: some(audit?.tags),
    confidence: audit?.confidence,
  };
}

function some(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

// Beyond what JSON escapes: DEL and the C1 controls, which terminals obey, and the line ends of Unicode.
const unsafe = /[\u007f-\u009f\u2028\u2029]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
