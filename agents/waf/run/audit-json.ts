// An audit record as one line of JSON, in the shape of ModSecurity 3, which log pipelines read: `transaction` with the
// request, the response, who produced it, and `messages` with the details of each match. Bytes are shown as Latin-1
// characters, so that every byte of an attack can be told from every other. Pure.

import type { AuditedAlert, AuditRecord } from './audit-record.ts';
import { severityName } from './log-line.ts';
import type { Pair } from './request.ts';

export function jsonRecord(record: AuditRecord): string {
  const has = (part: string): boolean => record.parts.includes(part);
  const { connection } = record;
  return `${JSON.stringify({
    transaction: {
      client_ip: connection.clientAddress,
      time_stamp: new Date(record.startedAtMs).toISOString(),
      server_id: record.server ?? '',
      client_port: connection.clientPort,
      host_ip: connection.serverAddress,
      host_port: connection.serverPort,
      unique_id: record.uniqueId,
      is_interrupted: record.interruption !== undefined,
      request: {
        method: record.method,
        http_version: record.protocol.replace(/^HTTP\//, ''),
        uri: record.uri,
        ...(has('B') ? { headers: grouped(record.requestHeaders) } : {}),
        ...(has('C') ? { body: record.requestBody } : has('I') ? { body: record.bodyWithoutFiles } : {}),
        ...(has('J') && record.files.length > 0 ? { files: record.files } : {}),
      },
      response: {
        http_code: record.status,
        ...(has('F') ? { headers: grouped(record.responseHeaders) } : {}),
        ...(has('E') ? { body: record.responseBody } : {}),
      },
      ...(has('H') ? { producer: producer(record), messages: record.alerts.map(messageOf) } : {}),
      ...(has('K') ? { matched_rules: record.matchedRules.map(({ id }) => id) } : {}),
    },
  })}\n`;
}

/** Names as they came; of a repeated name all values. */
function grouped(headers: readonly Pair[]): Readonly<Record<string, string | readonly string[]>> {
  const byName = new Map<string, string[]>();
  for (const [name, value] of headers) byName.set(name, [...(byName.get(name) ?? []), value]);
  return Object.fromEntries(
    [...byName].map(([name, [first = '', ...more]]) => [name, more.length === 0 ? first : [first, ...more]]),
  );
}

const producer = ({ engine, signatures }: AuditRecord) => ({
  modsecurity: 'sentinel-stack',
  secrules_engine: { on: 'Enabled', 'detection-only': 'DetectionOnly', off: 'Disabled' }[engine],
  components: signatures,
});

function messageOf({ rule, match, message, data, tags, action }: AuditedAlert) {
  const { meta, place } = rule;
  return {
    message: message ?? '',
    details: {
      match,
      action,
      ruleId: String(rule.id),
      file: place.file,
      lineNumber: String(place.line),
      data: data ?? '',
      severity: meta.severity === undefined ? '' : String(meta.severity),
      severityName: meta.severity === undefined ? '' : severityName(meta.severity),
      ver: meta.version ?? '',
      rev: meta.revision ?? '',
      tags,
      maturity: String(meta.maturity ?? 0),
      accuracy: String(meta.accuracy ?? 0),
    },
  };
}
