// The small language inside `@pm`, `@pmFromFile` and `@strmatch`: `|41 42|` are bytes, `\|`, `\\`, `\"`, `\:`, `\;` the sign
// alone. The shaping decision: what does not keep to it is taken as it stands, since word lists written for other
// engines hold lone pipes and backslashes (CRS's php-errors.data does).

import { trim } from '../transform/space.ts';

const hexSection = /^(?:\s*[0-9A-Fa-f]{2})*\s*$/; // on a rule's argument, never on a request's value
const escapable = '|\\":;';

export function phrasePattern(text: string): string {
  const trimmed = trim.apply(text);
  const isQuoted = trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"');
  return withoutEscapes(isQuoted ? trimmed.slice(1, -1) : trimmed);
}

function withoutEscapes(text: string): string {
  if (!text.includes('|') && !text.includes('\\')) return text;
  let result = '';
  for (let at = 0; at < text.length; ) {
    const sign = text.charAt(at);
    const next = text.charAt(at + 1);
    const end = sign === '|' ? text.indexOf('|', at + 1) : -1;
    if (sign === '\\' && next !== '' && escapable.includes(next)) {
      result += next;
      at += 2;
    } else if (end > at + 1 && hexSection.test(text.slice(at + 1, end))) {
      result += Buffer.from(text.slice(at + 1, end).replaceAll(/\s/g, ''), 'hex').toString('latin1');
      at = end + 1;
    } else {
      result += sign;
      at += 1;
    }
  }
  return result;
}
