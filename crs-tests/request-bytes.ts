// The bytes of a test's request, exactly as go-ftw puts them together (its ftwhttp/request.go): headers sorted by name,
// what is missing completed, a form's data escaped where it was not. Byte strings in and out.

import type { Input } from './case.ts';

type Header = readonly [name: string, value: string];

export function requestBytes(input: Input): string {
  if (input.encodedRequest !== undefined) return Buffer.from(input.encodedRequest, 'base64').toString('latin1');
  const type = typeOf(input);
  const body = bodyOf(input, type);
  const completed = input.autocompletes ? complete(input, type, body) : input.headers;
  const lines = completed.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${input.method} ${input.uri} ${input.version}\r\n${lines}\r\n${body}`;
}

const formType = 'application/x-www-form-urlencoded';

function typeOf({ headers, data, autocompletes }: Input): string {
  const given = headerValue(headers, 'content-type');
  return given ?? (autocompletes && data !== undefined && data !== '' ? formType : '');
}

function bodyOf({ data, autocompletes }: Input, type: string): string {
  if (data === undefined) return '';
  if (type === formType && autocompletes) return escapeForm(data);
  return type.includes('multipart/form-data;') ? data.replaceAll('\n', '\r\n') : data;
}

/** Only what is not there yet is added; then all are sorted, added ones among them. */
function complete({ headers, method }: Input, type: string, body: string): readonly Header[] {
  const added: Header[] = [];
  if (type !== '') added.push(['Content-Type', type]);
  added.push(['Connection', 'close']);
  if (body !== '' || /^POST|PUT|PATCH|DELETE$/.test(method)) added.push(['Content-Length', String(body.length)]);
  const missing = added.filter(([name]) => headerValue(headers, name.toLowerCase()) === undefined);
  return [...headers, ...missing].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

export const headerValue = (headers: readonly Header[], lowerName: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === lowerName)?.[1];

/** Data that unescaping changes was escaped by its author; other data is escaped pair by pair. */
function escapeForm(data: string): string {
  if (unescapeQuery(data) !== data) return data;
  return data
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals === -1) return escapeQuery(pair);
      return `${escapeQuery(pair.slice(0, equals))}=${escapeQuery(pair.slice(equals + 1))}`;
    })
    .join('&');
}

/** Go's url.QueryUnescape; '' where it fails. */
function unescapeQuery(text: string): string {
  if (/%(?![\da-f]{2})/i.test(text)) return '';
  return text
    .replaceAll('+', ' ')
    .replace(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Go's url.QueryEscape, on bytes. */
const escapeQuery = (text: string): string =>
  text.replace(/[^A-Za-z\d\-_.~]/g, (byte) =>
    byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
