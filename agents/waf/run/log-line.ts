// The line of the error log for one match, byte for byte as ModSecurity on Apache writes it, because log readers parse
// it (fail2ban, go-ftw): `[client 1.2.3.4] ModSecurity: Warning. Pattern match … [id "942100"] …`. What comes from
// outside is escaped, so that a line stays one line and no client can write a second. Pure.

import { wafRunLimits } from '#config/limits-waf-run';
import { matchSentence } from './alert.ts';
import { escaped } from './escaped.ts';
import type { Alert, TransactionState } from './state.ts';

const severityNames = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'] as const;

export const severityName = (severity: number): string => severityNames[severity] ?? String(severity);

/** The lines of a transaction, in order; those that rules do not log (`nolog`) are left out. */
export function logLines(tx: TransactionState): readonly string[] {
  return [
    ...tx.alerts.filter(({ isLogged }) => isLogged).map((alert) => logLine(tx, alert)),
    ...(tx.alertsLost === 0 ? [] : [`${start(tx)}${tx.alertsLost} more matches are not logged.${end(tx)}`]),
    ...problemLines(tx),
  ];
}

export function logLine(tx: TransactionState, alert: Alert): string {
  return `${start(tx)}${alertText(alert, matchSentence(alert))}${end(tx)}`;
}

/** The middle of the line, which the audit log repeats. */
export function alertText(alert: Alert, match: string): string {
  const { rule } = alert;
  const { meta } = rule;
  return [
    `${alert.action} ${match}`,
    part('file', rule.place.file),
    part('line', String(rule.place.line)),
    part('id', String(rule.id)),
    part('rev', meta.revision),
    part('msg', alert.message),
    part('data', alert.data === undefined ? undefined : cut(alert.data)),
    part('severity', meta.severity === undefined ? undefined : severityName(meta.severity)),
    part('ver', meta.version),
    part('maturity', meta.maturity?.toString()),
    part('accuracy', meta.accuracy?.toString()),
    ...alert.tags.map((tag) => part('tag', tag)),
  ].join('');
}

/** What no rule said: a body that could not be read, a limit that stopped the transaction. */
function problemLines(tx: TransactionState): readonly string[] {
  const lines: string[] = [];
  if (tx.bodyError !== undefined) lines.push(`${start(tx)}${escaped(tx.bodyError)}${end(tx)}`);
  const { interruption } = tx;
  const limit =
    interruption !== undefined && interruption.ruleId === undefined ? interruption.reason : tx.work.unfinished;
  if (limit !== undefined) lines.push(`${start(tx)}${escaped(limit)}${end(tx)}`);
  return lines;
}

const start = (tx: TransactionState): string => `[client ${tx.connection.clientAddress}] ModSecurity: `;

const end = (tx: TransactionState): string =>
  part('hostname', tx.request?.headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '') +
  part('uri', tx.request?.path ?? '') +
  part('unique_id', tx.uniqueId);

const part = (name: string, value: string | undefined): string =>
  value === undefined ? '' : ` [${name} "${escaped(value)}"]`;

function cut(text: string): string {
  const most = wafRunLimits.loggedDataCharactersMax;
  return text.length <= most ? text : `${text.slice(0, most)}...`;
}
