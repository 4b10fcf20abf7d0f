// `Total: %{tx.score}` -> its parts, read once when the rules are loaded. `%{` that nothing closes is text, as in
// ModSecurity; a name that no variable has is a mistake that is reported, since it would stay empty for ever.

import { asciiLower } from '../transform/bytes.ts';
import type { Macro, VariableName } from './rule-set.ts';

export interface MacroPart {
  readonly name: VariableName;
  readonly start: number; // of `%{…}` in the text
  readonly length: number;
}

export function parseMacro(source: string): Macro {
  return parseMacroParts(source).macro;
}

/** With the places of the names, for complaints. */
export function parseMacroParts(source: string): { macro: Macro; names: MacroPart[] } {
  const parts: Array<string | VariableName> = [];
  const names: MacroPart[] = [];
  let from = 0;
  for (let open = source.indexOf('%{'); open !== -1; open = source.indexOf('%{', from)) {
    const close = source.indexOf('}', open);
    if (close === -1) break;
    if (open > from) parts.push(source.slice(from, open));
    const name = nameOf(source.slice(open + 2, close));
    parts.push(name);
    names.push({ name, start: open, length: close + 1 - open });
    from = close + 1;
  }
  if (from < source.length || parts.length === 0) parts.push(source.slice(from));
  return { macro: { source, parts }, names };
}

export function isConstant({ parts }: Macro): boolean {
  return parts.every((part) => typeof part === 'string');
}

/** `tx.score`, `REQUEST_HEADERS:Host` and `matched_var`. */
function nameOf(text: string): VariableName {
  const mark = /[.:]/.exec(text)?.index ?? text.length;
  const collection = text.slice(0, mark).trim().toUpperCase();
  const key = mark < text.length ? text.slice(mark + 1) : undefined;
  return { collection, key, lowerKey: key === undefined ? undefined : asciiLower(key) };
}
