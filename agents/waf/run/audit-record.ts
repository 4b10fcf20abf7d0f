// What is written down about a transaction for an audit: chosen parts, with everything masked that rules (sanitiseArg and
// its kin) or our own list of well-known secrets want masked. A value of its own, so that each format is one function of
// it and no format can forget to mask. Pure: where and when it is written is the caller's.

import type { EngineMode, Rule } from '../compile/rule-set.ts';
import { matchSentence } from './alert.ts';
import { isSameName } from './item.ts';
import type { Pair } from './request.ts';
import type { Alert, Connection, Interruption, TransactionState } from './state.ts';

/** With its sentence. */
export type AuditedAlert = Alert & { readonly match: string };

export interface AuditRecord {
  readonly uniqueId: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly connection: Connection;
  readonly parts: string; // `ABIJDEFHZ`
  readonly engine: EngineMode;
  readonly line: string;
  readonly method: string;
  readonly uri: string;
  readonly protocol: string;
  readonly requestHeaders: readonly Pair[];
  readonly requestBody: string | undefined;
  readonly bodyWithoutFiles: string | undefined; // part I: the arguments of a multipart body
  readonly files: ReadonlyArray<{ readonly field: string; readonly name: string; readonly bytes: number }>;
  readonly status: number;
  readonly responseProtocol: string;
  readonly responseHeaders: readonly Pair[];
  readonly responseBody: string | undefined;
  readonly alerts: readonly AuditedAlert[];
  readonly interruption: Interruption | undefined;
  readonly matchedRules: readonly Rule[];
  readonly signatures: readonly string[];
  readonly server: string | undefined;
}

/** RelevantOnly: a rule that audits has matched, or the status is one of those that the settings name. */
export function isAudited(tx: TransactionState, status: number): boolean {
  if (tx.auditMode === 'on') return true;
  if (tx.auditMode === 'off') return false;
  return tx.isRelevant || tx.ruleSet.settings.audit.isRelevantStatus(status);
}

/** Carried by nearly every application, of use to nobody who reads a log. */
const secretHeaders = ['Authorization', 'Proxy-Authorization', 'Cookie', 'Set-Cookie', 'X-Api-Key'] as const;
const secretArgs = [
  'password',
  'passwd',
  'pwd',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'api_key',
] as const;

export function auditRecord(tx: TransactionState, status: number): AuditRecord {
  const { request, response, ruleSet } = tx;
  const mask = maskOf(tx);
  const masked = (text: string | undefined) => (text === undefined ? undefined : mask.text(text));
  const body = tx.bodyPieces.length === 0 ? undefined : mask.text(tx.bodyPieces.join(''));
  return {
    uniqueId: tx.uniqueId,
    startedAtMs: tx.startedAtMs,
    durationMs: tx.nowMs - tx.startedAtMs,
    connection: tx.connection,
    parts: tx.auditParts,
    engine: tx.engine,
    line: mask.text(request?.line ?? ''),
    method: request?.method ?? '',
    uri: mask.text(request?.uriRaw ?? ''),
    protocol: request?.protocol ?? '',
    requestHeaders: mask.headers(request?.headers ?? [], 'request-header'),
    requestBody: body,
    bodyWithoutFiles: tx.body.files.length === 0 ? body : formOf(tx.body.args, mask),
    files: tx.body.files.map(({ field, name, bytes }) => ({ field, name, bytes: bytes.length })),
    status,
    responseProtocol: response?.protocol ?? 'HTTP/1.1',
    responseHeaders: mask.headers(tx.responseHeaders, 'response-header'),
    responseBody: tx.responseText === undefined ? undefined : mask.text(tx.responseText),
    alerts: tx.alerts
      .filter(({ isAudited: isKept }) => isKept)
      .map((alert) => ({
        ...alert,
        match: mask.text(matchSentence(alert)),
        message: masked(alert.message),
        data: masked(alert.data),
      })),
    interruption: tx.interruption,
    matchedRules: [...tx.matchedRules],
    signatures: ruleSet.signatures,
    server: ruleSet.settings.serverSignature,
  };
}

const formOf = (args: readonly Pair[], mask: Mask): string =>
  args.map(([name, value]) => mask.text(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)).join('&');

interface Mask {
  text(text: string): string;
  headers(headers: readonly Pair[], what: 'request-header' | 'response-header'): readonly Pair[];
}

const stars = (text: string): string => '*'.repeat(Math.max(1, text.length));

export interface SecretNames {
  isArg(key: string): boolean; // `password`, `user.password`
  isHeader(name: string): boolean;
  readonly values: readonly string[]; // wherever they stand
}

/** Of a request: what nobody is to read who reads what was written down. */
export function secretNamesOf(tx: TransactionState): SecretNames {
  const names = (what: string): readonly string[] =>
    tx.sanitations.flatMap((one) => (one.what === what ? [one.name] : []));
  const args = [...secretArgs, ...names('arg')];
  const headers = [...secretHeaders, ...names('request-header')];
  return {
    isArg: (key) => args.some((name) => isSameName(key.split('.').at(-1) ?? key, name)) || names('arg').includes(key),
    isHeader: (name) => headers.some((known) => isSameName(known, name)),
    values: names('value').filter((value) => value !== ''),
  };
}

/** Arguments are masked where they stand in a query, a form or a JSON text; other values wherever they stand. */
function maskOf(tx: TransactionState): Mask {
  const names = (what: string): readonly string[] =>
    tx.sanitations.flatMap((one) => (one.what === what ? [one.name] : []));
  const { isArg: isSecretArg, values: secretValues } = secretNamesOf(tx);
  const args = [...tx.queryArgs, ...tx.body.args].filter(([key]) => isSecretArg(key));
  const values = new Set([...secretValues, ...args.map(([, value]) => value)].filter((value) => value !== ''));
  const forms = [...values].flatMap((value) => [...new Set([value, encodeForm(value)])]);
  return {
    text: (text) => forms.reduce((masked, form) => masked.replaceAll(form, stars(form)), maskPairs(text, isSecretArg)),
    headers: (headers, what) =>
      headers.map(([name, value]) => {
        const isSecret = [...secretHeaders, ...names(what)].some((known) => isSameName(known, name));
        return [name, isSecret ? stars(value) : value];
      }),
  };
}

/** `password=…` in a query or a form, in whatever encoding the value is. */
const maskPairs = (text: string, isSecret: (key: string) => boolean): string =>
  text.replace(/(^|[?&\s])([^=&?\s]{1,256})=([^&\s]*)/g, (whole, before: string, key: string, value: string) =>
    value !== '' && isSecret(key) ? `${before}${key}=${stars(value)}` : whole,
  );

const encodeForm = (value: string): string =>
  value.replace(/[^A-Za-z\d\-_.~]/g, (byte) =>
    byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
