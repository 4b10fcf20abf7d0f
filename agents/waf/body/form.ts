// `application/x-www-form-urlencoded`, of a body and of a query string. The shaping decision: as ModSecurity 2.9: names
// may be empty, a broken escape stays as it is and is told (URLENCODED_ERROR), the value starts behind the first `=`.
// It refuses more arguments than it is told to keep, and says so.

import { isHex } from '../transform/bytes.ts';
import { urlDecode } from '../transform/url.ts';
import type { Argument, FoundArguments } from './argument.ts';

export interface FormLimits {
  readonly separator: string; // SecArgumentSeparator, one byte
  readonly argumentsMax: number; // SecArgumentsLimit
}

export interface FormBody extends FoundArguments {
  readonly hasBrokenEscape: boolean;
}

export function readForm(text: string, { separator, argumentsMax }: FormLimits): FormBody {
  const found: Argument[] = [];
  for (let at = 0; at < text.length; ) {
    if (found.length === argumentsMax) {
      return { arguments: found, error: `More than ${argumentsMax} arguments`, hasBrokenEscape: hasBrokenEscape(text) };
    }
    const next = text.indexOf(separator, at);
    const end = next === -1 ? text.length : next;
    found.push(argumentOf(text.slice(at, end)));
    at = end + 1;
  }
  return { arguments: found, error: undefined, hasBrokenEscape: hasBrokenEscape(text) };
}

function argumentOf(pair: string): Argument {
  const equals = pair.indexOf('=');
  if (equals === -1) return { name: urlDecode.apply(pair), value: '' };
  return { name: urlDecode.apply(pair.slice(0, equals)), value: urlDecode.apply(pair.slice(equals + 1)) };
}

function hasBrokenEscape(text: string): boolean {
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at + 1)) {
    if (!isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2))) return true;
  }
  return false;
}
