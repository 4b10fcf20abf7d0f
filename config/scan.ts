// Text -> tokens: the lexical half of KDL, lenient on purpose. Every character of the text belongs to exactly one token
// and nothing is refused here, so that what is wrong can be named (`mend.ts`) and what is right can be laid out anew
// with its comments (`format.ts`). Linear in the text; no recursion. It refuses to give values: the KDL library does.

export type TokenKind =
  | 'space' // blanks, and a `\` that continues the line together with that line's end
  | 'newline'
  | 'line-comment'
  | 'block-comment'
  | 'slashdash'
  | 'string' // "…", """…""", #"…"#; `closed` tells whether its end was found
  | 'word' // identifier, number, keyword, or a run of characters that should have been quoted
  | 'open' // {
  | 'close' // }
  | 'list-open' // [
  | 'list-close' // ]
  | 'semicolon'
  | 'equals'
  | 'comma'
  | 'type-open' // (
  | 'type-close' // )
  | 'control'; // a byte no text has

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly closed: boolean;
}

const punctuation: Readonly<Record<string, TokenKind>> = {
  '{': 'open',
  '}': 'close',
  '[': 'list-open',
  ']': 'list-close',
  ';': 'semicolon',
  '=': 'equals',
  ',': 'comma',
  '(': 'type-open',
  ')': 'type-close',
};

// KDL 2.0, "Newline" and "Whitespace"; the byte order mark counts as blank wherever it stands.
const newline = /\r\n|[\n\r\u0085\u000b\u000c\u2028\u2029]/y;
const blanks = /(?:[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff]|\\[\t ]*(?:\/\/[^\r\n]*)?(?:\r?\n|$))+/y;
const lineRest = /[^\n\r\u0085\u000b\u000c\u2028\u2029]*/y;
const rawString = /(#+)("""|")/y;
// A word runs up to what can end one. A `/` inside belongs to it (a path that lacks its quotes) unless it opens a comment.
const word = /(?:[^\s\u0085{}[\];=,()"/\\\u0000-\u0008\u000e-\u001f\u007f\ufeff]|\/(?![/*-])|\\(?![\t ]*\r?\n))+/y;

/** All tokens; or, of a text of more words than wanted, those up to there. */
export function scan(text: string, wordsMax = Number.POSITIVE_INFINITY): Token[] {
  const tokens: Token[] = [];
  let words = 0;
  for (let at = 0; at < text.length && words < wordsMax; ) {
    const token = readToken(text, at);
    tokens.push(token);
    if (!blankKinds.has(token.kind)) words += 1;
    at = token.end;
  }
  return tokens;
}

/** Tokens that mean nothing by themselves. */
export const blankKinds: ReadonlySet<TokenKind> = new Set(['space', 'newline', 'line-comment', 'block-comment']);

function readToken(text: string, at: number): Token {
  return (
    readRun(text, at, 'newline', newline) ??
    readRun(text, at, 'space', blanks) ??
    readComment(text, at) ??
    readString(text, at) ??
    readPunctuation(text, at) ??
    readRun(text, at, 'word', word) ??
    token('control', at, at + 1)
  );
}

function token(kind: TokenKind, start: number, end: number, closed = true): Token {
  return { kind, start, end, closed };
}

function readRun(text: string, at: number, kind: TokenKind, expression: RegExp): Token | undefined {
  expression.lastIndex = at;
  return expression.test(text) ? token(kind, at, expression.lastIndex) : undefined;
}

function readPunctuation(text: string, at: number): Token | undefined {
  const kind = punctuation[text.charAt(at)];
  return kind === undefined ? undefined : token(kind, at, at + 1);
}

function readComment(text: string, at: number): Token | undefined {
  if (text.startsWith('//', at)) {
    lineRest.lastIndex = at;
    lineRest.test(text);
    return token('line-comment', at, lineRest.lastIndex);
  }
  if (text.startsWith('/*', at)) return readBlockComment(text, at);
  return text.startsWith('/-', at) ? token('slashdash', at, at + 2) : undefined;
}

/** Block comments nest. */
function readBlockComment(text: string, at: number): Token {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = at;
  let depth = 0;
  for (let match = edge.exec(text); match !== null; match = edge.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return token('block-comment', at, edge.lastIndex);
  }
  return token('block-comment', at, text.length, false);
}

function readString(text: string, at: number): Token | undefined {
  rawString.lastIndex = at;
  const raw = rawString.exec(text);
  if (raw !== null) {
    const [opening, hashes = '', quotes = ''] = raw;
    const closing = quotes + hashes;
    return quotes === '"' ? readRaw(text, at, closing) : readUntil(text, at, at + opening.length, closing);
  }
  if (text.startsWith('"""', at)) return readMultiline(text, at);
  return text.charAt(at) === '"' ? readQuoted(text, at) : undefined;
}

/** `#"…"#`, on one line: the search for its end never looks beyond the line's. */
function readRaw(text: string, start: number, closing: string): Token {
  const edge = /["\n\r\u0085\u000b\u000c\u2028\u2029]/g;
  edge.lastIndex = start + closing.length;
  for (let match = edge.exec(text); match !== null; match = edge.exec(text)) {
    if (match[0] !== '"') return token('string', start, match.index, false);
    if (text.startsWith(closing, match.index)) return token('string', start, match.index + closing.length);
  }
  return token('string', start, text.length, false);
}

function readUntil(text: string, start: number, from: number, closing: string): Token {
  const end = text.indexOf(closing, from);
  return end === -1 ? token('string', start, text.length, false) : token('string', start, end + closing.length);
}

function readMultiline(text: string, at: number): Token {
  const edge = /\\[\s\S]|"""/g; // an escaped character, or the end
  edge.lastIndex = at + 3;
  for (let match = edge.exec(text); match !== null; match = edge.exec(text)) {
    if (match[0] === '"""') return token('string', at, edge.lastIndex);
  }
  return token('string', at, text.length, false);
}

function readQuoted(text: string, at: number): Token {
  const edge = /["\\\n\r\u0085\u000b\u000c\u2028\u2029]/g;
  edge.lastIndex = at + 1;
  for (let match = edge.exec(text); match !== null; match = edge.exec(text)) {
    if (match[0] === '"') return token('string', at, edge.lastIndex);
    if (match[0] !== '\\') return token('string', at, match.index, false);
    edge.lastIndex = afterEscape(text, match.index);
  }
  return token('string', at, text.length, false);
}

/** Behind an escape: `\"` is two characters, `\` before white space takes all of it. */
function afterEscape(text: string, backslash: number): number {
  const blank = /[\s\u0085]+/y;
  blank.lastIndex = backslash + 1;
  return blank.test(text) ? blank.lastIndex : backslash + 2;
}
