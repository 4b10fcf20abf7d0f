// Parameters of a query, one after another, without a table of them: who asks for one name pays for one pass over at most
// a request line. Names and values are percent-decoded as UTF-8 and `+` is a blank, as forms are sent (WHATWG URL,
// application/x-www-form-urlencoded). What does not decode stays as it is written.

/** Calls `each` with every value of the name, until one answers true; true if one did. */
export function someParameter(target: string, name: string, each: (value: string) => boolean): boolean {
  for (let start = target.indexOf('?') + 1; start > 0 && start <= target.length; ) {
    const next = target.indexOf('&', start);
    const end = next === -1 ? target.length : next;
    const equals = target.indexOf('=', start);
    const nameEnd = equals === -1 || equals > end ? end : equals;
    if (end > start && isName(target, start, nameEnd, name)) {
      if (each(decodeForm(target.slice(Math.min(nameEnd + 1, end), end)))) return true;
    }
    start = end + 1;
  }
  return false;
}

/** Encoded, a name is longer than it is decoded, or has blanks where `+` was. */
function isName(target: string, start: number, end: number, name: string): boolean {
  if (end - start < name.length) return false;
  return decodeForm(target.slice(start, end)) === name;
}

function needsDecoding(text: string): boolean {
  return text.includes('%') || text.includes('+');
}

export function decodeForm(text: string): string {
  if (!needsDecoding(text)) return text;
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  return Buffer.from(spaced.replace(escaped, toByte), 'latin1').toString('utf8');
}

const escaped = /%([0-9A-Fa-f]{2})/g;

function toByte(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}
