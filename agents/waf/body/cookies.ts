// The header `Cookie`, in both formats of SecCookieFormat: 0 (as browsers send it) and 1 (RFC 2109, with quotes and
// `$Path`). The shaping decision: as ModSecurity 2.9: values are not decoded, a cookie without `=` has an empty value,
// one without a name is left out. It refuses to judge names.

import { isSpace } from '../transform/bytes.ts';
import type { Argument } from './argument.ts';

export function readCookies(header: string, version: 0 | 1): readonly Argument[] {
  return version === 0 ? readPlain(header) : readQuoted(header);
}

function readPlain(header: string): readonly Argument[] {
  const found: Argument[] = [];
  for (const piece of header.split(';')) {
    const start = behindSpace(piece, 0);
    const equals = piece.indexOf('=', start);
    const name = piece.slice(start, equals === -1 ? undefined : equals);
    if (name !== '') found.push({ name, value: equals === -1 ? '' : piece.slice(equals + 1) });
  }
  return found;
}

/** `$name` behind a cookie is about that cookie, and named after it: `$a_Path`. */
function readQuoted(header: string): readonly Argument[] {
  const found: Argument[] = [];
  let cookie: string | undefined;
  for (let at = behindSeparators(header, 0); at < header.length; ) {
    const nameEnd = firstOf(header, at, '=,;');
    const name = trimEnd(header.slice(at, nameEnd));
    const { value, end } = header[nameEnd] === '=' ? readValue(header, nameEnd + 1) : { value: '', end: nameEnd };
    const isAbout = name.startsWith('$') && cookie !== undefined;
    if (name !== '') found.push({ name: isAbout ? `$${cookie}_${name.slice(1)}` : name, value });
    if (name !== '' && !name.startsWith('$')) cookie = name;
    at = behindSeparators(header, end);
  }
  return found;
}

function readValue(header: string, from: number): { value: string; end: number } {
  const start = behindSpace(header, from);
  if (header[start] !== '"') {
    const end = firstOf(header, start, ',;');
    return { value: trimEnd(header.slice(start, end)), end };
  }
  const close = firstOf(header, start + 1, '"');
  return { value: header.slice(start + 1, close), end: close + 1 };
}

function firstOf(text: string, from: number, signs: string): number {
  let at = from;
  while (at < text.length && !signs.includes(text.charAt(at))) at += 1;
  return at;
}

function behindSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function behindSeparators(text: string, from: number): number {
  let at = from;
  while (text[at] === ',' || text[at] === ';' || isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
