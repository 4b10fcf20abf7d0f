// The boundary in a `Content-Type`. The shaping decision: the one spelling that all servers read alike, as ModSecurity 2.9
// has it: `multipart/form-data; boundary=x`, the parameter in small letters and alone; what is a little off sets a flag,
// what others might read differently is a mistake. It refuses a second boundary.

import { wafLimits } from '#config/limits-waf';
import { isLetterOrDigit, isSpace } from '../transform/bytes.ts';
import type { MultipartFlags } from './multipart-flags.ts';

type Flags = Pick<MultipartFlags, 'boundaryQuoted' | 'boundaryWhitespace' | 'missingSemicolon'>;

const type = 'multipart/form-data';
const parameter = 'boundary';

export function readBoundary(contentType: string, flags: Flags): { boundary: string } | { error: string } {
  const lower = contentType.toLowerCase();
  if (contentType.length > wafLimits.multipartContentTypeBytesMax) return broken('(length)');
  if (!lower.startsWith(type)) return { error: 'Multipart: Invalid MIME type.' };
  if (parametersIn(lower) > 1) return { error: 'Multipart: Multiple boundary parameters in C-T.' };
  const at = contentType.indexOf(parameter);
  if (at === -1) {
    return lower.includes(parameter)
      ? broken('(case sensitivity)')
      : { error: 'Multipart: Boundary not found in C-T.' };
  }
  return checkBefore(contentType.slice(type.length, at), flags) ?? readValue(contentType.slice(at), flags);
}

const broken = (what: string): { error: string } => ({ error: `Multipart: Invalid boundary in C-T ${what}.` });

/** `boundary` with a `=` somewhere behind it. */
function parametersIn(lower: string): number {
  return lower.slice(0, lower.lastIndexOf('=') + 1).split(parameter).length - 1;
}

/** Between the type and the parameter: white space and one semicolon. */
function checkBefore(between: string, flags: Flags): { error: string } | undefined {
  const signs = Array.from(between).filter((sign) => !isSpace(sign.charCodeAt(0)));
  if (signs.some((sign) => sign !== ';') || signs.length > 1) return broken('(malformed)');
  if (signs.length === 0) flags.missingSemicolon = true;
  return undefined;
}

function readValue(text: string, flags: Flags): { boundary: string } | { error: string } {
  const equals = text.indexOf('=');
  if (equals === -1) return broken('(malformed)');
  const gap = text.slice(parameter.length, equals);
  if (!isBlank(gap)) return broken('(parameter name)');
  const value = text.slice(equals + 1);
  if (gap !== '' || isSpace(value.charCodeAt(0))) flags.boundaryWhitespace = true;
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  if (!isQuoted && (value.startsWith('"') || (value.length >= 2 && value.endsWith('"')))) return broken('(quote)');
  flags.boundaryQuoted = isQuoted;
  return check(isQuoted ? value.slice(1, -1) : value);
}

function check(boundary: string): { boundary: string } | { error: string } {
  if (boundary === '') return broken('(empty)');
  if (parametersIn(boundary.toLowerCase()) > 0) return broken('(content)');
  if (!hasValidCharacters(boundary)) return broken('(characters)');
  if (boundary.length > wafLimits.multipartBoundaryBytesMax) return broken('(length)');
  return { boundary };
}

/** RFC 2046 section 5.1.1: a blank may not be the last. */
function hasValidCharacters(boundary: string): boolean {
  return !boundary.endsWith(' ') && Array.from(boundary).every(isBoundaryCharacter);
}

const isBoundaryCharacter = (sign: string): boolean =>
  isLetterOrDigit(sign.charCodeAt(0)) || " '()+_,-./:=?".includes(sign);

const isBlank = (text: string): boolean => Array.from(text).every((sign) => isSpace(sign.charCodeAt(0)));
