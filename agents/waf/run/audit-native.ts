// An audit record in ModSecurity's native format: sections between lines `--boundary-A--`, in the order of the parts that
// the settings name; A and Z always. What is in a section is as the manual says. A body that holds such a line itself
// cannot end a section: the boundary is chosen by the caller at random. Pure.

import type { AuditRecord } from './audit-record.ts';
import { alertText } from './log-line.ts';
import type { Pair } from './request.ts';

export function nativeRecord(record: AuditRecord, boundary: string): string {
  const wanted = ['A', ...[...record.parts].filter((part) => part !== 'A' && part !== 'Z')];
  const sections = wanted.flatMap((part) => {
    const text = sectionOf[part]?.(record);
    return text === undefined ? [] : [`--${boundary}-${part}--\n${text}${text.endsWith('\n') ? '' : '\n'}\n`];
  });
  return `${sections.join('')}--${boundary}-Z--\n\n`;
}

const sectionOf: Readonly<Record<string, (record: AuditRecord) => string | undefined>> = {
  A: ({ startedAtMs, uniqueId, connection }) =>
    `[${apacheTime(startedAtMs)}] ${uniqueId} ${connection.clientAddress} ${connection.clientPort} ${connection.serverAddress} ${connection.serverPort}`,
  B: ({ line, requestHeaders }) => `${line}\n${headerLines(requestHeaders)}`,
  C: ({ requestBody }) => requestBody,
  E: ({ responseBody }) => responseBody,
  F: ({ responseProtocol, status, responseHeaders }) =>
    `${responseProtocol} ${status}\n${headerLines(responseHeaders)}`,
  H: trailer,
  I: ({ bodyWithoutFiles }) => bodyWithoutFiles,
  J: ({ files }) => (files.length === 0 ? undefined : fileLines(files)),
  K: ({ matchedRules }) => matchedRules.map(({ id, place }) => `${place.file}:${place.line} id:${id}`).join('\n'),
};

const headerLines = (headers: readonly Pair[]): string =>
  headers.map(([name, value]) => `${name}: ${value}\n`).join('');

function trailer(record: AuditRecord): string {
  const { interruption, server } = record;
  return [
    ...record.alerts.map((alert) => `Message: ${alertText(alert, alert.match)}`),
    ...(interruption === undefined ? [] : [`Action: Intercepted (phase ${interruption.phase})`]),
    `Stopwatch: ${Math.round(record.startedAtMs * 1000)} ${Math.round(record.durationMs * 1000)} (- - -)`,
    `Producer: ${['sentinel-stack', ...record.signatures].join('; ')}.`,
    ...(server === undefined ? [] : [`Server: ${server}`]),
    `Engine-Mode: "${{ on: 'ENABLED', 'detection-only': 'DETECTION_ONLY', off: 'DISABLED' }[record.engine]}"`,
  ].join('\n');
}

const fileLines = (files: AuditRecord['files']): string =>
  [
    ...files.map(({ field, name, bytes }, index) => `${index + 1},${bytes},"${field}","${name}"`),
    `Total,${files.reduce((sum, { bytes }) => sum + bytes, 0)}`,
  ].join('\n');

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `28/Nov/2026:11:33:07.123456 +0000`: in UTC, so that records of several hosts sort. */
function apacheTime(ms: number): string {
  const at = new Date(ms);
  const day = `${String(at.getUTCDate()).padStart(2, '0')}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `${day}:${at.toISOString().slice(11, 23)}000 +0000`;
}
