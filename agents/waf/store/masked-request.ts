// A request as it may be kept: method, target, headers and body, with the values of secrets replaced. The shaping
// decision: what is kept is evaluated again later, so a value becomes as many `x`, which no rule has anything against,
// and the request keeps its shape; names of what was replaced are kept beside it, since nothing can be proven about them.
// Pure. It refuses to keep anything that the audit log would mask.

import { wafStoreLimits } from '#config/limits-waf-agent';
import { type SecretNames, secretNamesOf } from '../run/audit-record.ts';
import { isSameName } from '../run/item.ts';
import type { Pair } from '../run/request.ts';
import type { TransactionState } from '../run/state.ts';

export interface MaskedRequest {
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  readonly headers: readonly Pair[];
  readonly body: string | undefined; // bytes, a character each
  readonly isBodyCut: boolean;
  readonly masked: readonly string[]; // `ARGS:password`, `REQUEST_COOKIES:sid`
}

export function maskedRequest(tx: TransactionState, bodyBytesMax: number): MaskedRequest {
  const names = secretNamesOf(tx);
  const { request } = tx;
  const masked = new Set<string>();
  const headers = (request?.headers ?? []).map(([name, value]) => maskHeader(name, value, names, masked));
  const target = maskQuery(request?.uriRaw ?? '', names);
  for (const [key] of [...tx.queryArgs, ...tx.body.args]) if (names.isArg(key)) masked.add(`ARGS:${key}`);
  const body = bodyOf(tx, names, bodyBytesMax);
  return {
    method: request?.method ?? '',
    target: hideValues(target, names.values),
    protocol: request?.protocol ?? '',
    headers: headers.map(([name, value]) => [name, hideValues(value, names.values)]),
    body: body?.text,
    isBodyCut: body?.isCut === true || tx.isBodyCut,
    masked: [...masked].slice(0, wafStoreLimits.maskedNamesMax),
  };
}

const hidden = (text: string): string => 'x'.repeat(text.length);

function maskHeader(name: string, value: string, names: SecretNames, masked: Set<string>): Pair {
  if (isSameName(name, 'Cookie')) return [name, maskCookies(value, masked)];
  if (names.isHeader(name)) {
    masked.add(`REQUEST_HEADERS:${name}`);
    const blank = value.indexOf(' ') + 1; // the scheme of Authorization tells nothing
    return [name, value.slice(0, blank) + hidden(value.slice(blank))];
  }
  return [name, maskQuery(value, names)]; // Referer, and whatever else holds a query
}

/** Who has the cookies is somebody's session. */
function maskCookies(text: string, masked: Set<string>): string {
  return text
    .split(';')
    .map((one) => {
      const at = one.indexOf('=');
      if (at === -1) return one;
      masked.add(`REQUEST_COOKIES:${one.slice(0, at).trim()}`);
      return one.slice(0, at + 1) + hidden(one.slice(at + 1));
    })
    .join(';');
}

function maskQuery(text: string, names: SecretNames): string {
  const at = text.indexOf('?');
  return at === -1 ? text : text.slice(0, at + 1) + maskForm(text.slice(at + 1), names);
}

function maskForm(text: string, { isArg }: SecretNames): string {
  return text
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at !== -1 && isArg(decoded(pair.slice(0, at))) ? pair.slice(0, at + 1) + hidden(pair.slice(at + 1)) : pair;
    })
    .join('&');
}

const decoded = (name: string): string =>
  name
    .replaceAll('+', ' ')
    .replace(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** Cut first where nothing is to be hidden: whoever sends megabytes must not make us look at all of them. */
function bodyOf(
  tx: TransactionState,
  names: SecretNames,
  bytesMax: number,
): { readonly text: string; readonly isCut: boolean } | undefined {
  if (tx.bodyPieces.length === 0) return undefined;
  const text = tx.bodyPieces.join('');
  const isCut = text.length > bytesMax;
  const secrets = tx.body.args.filter(([key]) => names.isArg(key)).map(([, value]) => value);
  if (tx.requestProcessor === 'URLENCODED')
    return { text: hideValues(maskForm(text.slice(0, bytesMax), names), names.values), isCut };
  const values = [...secrets, ...names.values].filter((value) => value !== '');
  return { text: hideValues(maskJson(text, tx, names), values).slice(0, bytesMax), isCut };
}

/** Members of JSON by their names, as they stand: what it means may be in doubt, and escapes in a value too. */
function maskJson(text: string, { requestProcessor }: TransactionState, { isArg }: SecretNames): string {
  if (requestProcessor !== 'JSON') return text;
  return text.replace(
    /"((?:[^"\\]|\\.){1,200})"(\s{0,20}:\s{0,20})("(?:[^"\\]|\\.)*"?|[-\w.]+)/g,
    (whole, key: string, colon: string, value: string) => {
      if (!isArg(key)) return whole;
      return `"${key}"${colon}${value.startsWith('"') ? `"${hidden(value.slice(1, -1))}"` : '0'.repeat(value.length)}`;
    },
  );
}

function hideValues(text: string, values: readonly string[]): string {
  return values
    .slice(0, wafStoreLimits.maskedNamesMax)
    .reduce((left, value) => left.replaceAll(value, hidden(value)), text);
}

/** Whether what a rule looked at is among what was replaced. */
export function isMasked(name: string, masked: readonly string[]): boolean {
  const [variable = '', ...key] = name.split(':');
  if (key.length === 0) return false;
  const wanted = key.join(':');
  return masked.some((one) => {
    const at = one.indexOf(':');
    const isArgument = /^ARGS/.test(variable) && one.startsWith('ARGS:');
    return (isArgument || one.slice(0, at) === variable) && isSameName(one.slice(at + 1), wanted);
  });
}
