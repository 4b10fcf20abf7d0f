// An expression as people write it for PCRE, in the words of RE2. The shaping decision: only what means the same is
// rewritten: `\s` holds the vertical tab in PCRE (since 8.34) and not in RE2, `\h` and `\v` are classes, possessive
// quantifiers and atomic groups are what a linear engine does without. It refuses to guess: all else goes on as it is,
// and RE2 says what it does not know.

const insideClass: Readonly<Record<string, string>> = { s: '\\s\\x0b', h: '\\t \\xa0', v: '\\n-\\r\\x85' };
const outsideClass: Readonly<Record<string, string>> = {
  s: '[\\s\\x0b]',
  S: '[^\\s\\x0b]',
  h: '[\\t \\xa0]',
  H: '[^\\t \\xa0]',
  v: '[\\n-\\r\\x85]',
  V: '[^\\n-\\r\\x85]',
  R: '(?:\\r\\n|[\\n-\\r\\x85])',
  e: '\\x1b',
  Z: '\\n?\\z',
};

export function forRe2(source: string): string {
  let result = '';
  let isInClass = false;
  for (let at = 0; at < source.length; ) {
    const part = partAt(source, at, isInClass);
    result += rewritten(part, isInClass);
    if (!isInClass && part.startsWith('[')) isInClass = true;
    else if (isInClass && part === ']') isInClass = false;
    at += part.length;
  }
  return result;
}

/** One escape, one opening of a class with what may not close it, one POSIX class, or one character. */
function partAt(source: string, at: number, isInClass: boolean): string {
  if (source.startsWith('\\Q', at) && !isInClass) {
    const end = source.indexOf('\\E', at);
    return end === -1 ? source.slice(at) : source.slice(at, end + 2);
  }
  if (source[at] === '\\') return source.slice(at, at + 2);
  if (source[at] !== '[') return source.charAt(at);
  if (!isInClass) return classOpening(source, at);
  const end = source.startsWith('[:', at) ? source.indexOf(':]', at) : -1;
  return end === -1 ? '[' : source.slice(at, end + 2);
}

/** `[`, `[^`, and a `]` right behind it, which is a member. */
function classOpening(source: string, at: number): string {
  const length = source[at + 1] === '^' ? 2 : 1;
  return source.slice(at, at + length + (source[at + length] === ']' ? 1 : 0));
}

function rewritten(part: string, isInClass: boolean): string {
  if (part.length !== 2 || part[0] !== '\\') return part;
  return (isInClass ? insideClass : outsideClass)[part.charAt(1)] ?? part;
}
