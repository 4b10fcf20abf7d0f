// A command line as a shell would part it into words: quotes of both kinds, backslashes, and `$'…'`, which browsers write
// when they copy a request. Bytes: what is beyond ASCII becomes its UTF-8. It refuses to run or to expand anything: a
// dollar sign is a dollar sign.

export type Words = { readonly words: readonly string[] } | { readonly problem: string };

export function shellWords(line: string): Words {
  const text = Buffer.from(line, 'utf8').toString('latin1');
  const words: string[] = [];
  let at = 0;
  let word: string | undefined;
  while (at < text.length) {
    const sign = text.charAt(at);
    if (/[ \t\r\n]/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
      continue;
    }
    const piece = pieceAt(text, at);
    if (piece === undefined) return { problem: `a quote is not closed: ${text.slice(at, at + 20)}` };
    if (piece.text !== '' || sign !== '\\') word = (word ?? '') + piece.text; // a line that goes on is no word
    at = piece.end;
  }
  if (word !== undefined) words.push(word);
  return { words };
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

/** A quoted piece, an escaped sign, or one sign; nothing if a quote is not closed. */
function pieceAt(text: string, at: number): Piece | undefined {
  const sign = text.charAt(at);
  if (sign === "'") return upTo(text, at + 1, "'", () => undefined);
  if (sign === '"') return upTo(text, at + 1, '"', escapedInDouble);
  if (sign === '$' && text.charAt(at + 1) === "'") return upTo(text, at + 2, "'", escapedAsInC);
  if (sign !== '\\') return { text: sign, end: at + 1 };
  const next = text.charAt(at + 1);
  return { text: next === '\n' ? '' : next, end: Math.min(at + 2, text.length) };
}

function upTo(
  text: string,
  from: number,
  quote: string,
  escaped: (text: string, at: number) => Piece | undefined,
): Piece | undefined {
  const pieces: string[] = [];
  let at = from;
  while (at < text.length) {
    const sign = text.charAt(at);
    if (sign === quote) return { text: pieces.join(''), end: at + 1 };
    const piece = (sign === '\\' ? escaped(text, at) : undefined) ?? { text: sign, end: at + 1 };
    pieces.push(piece.text);
    at = piece.end;
  }
  return undefined;
}

function escapedInDouble(text: string, at: number): Piece | undefined {
  const next = text.charAt(at + 1);
  if (next === '\n') return { text: '', end: at + 2 };
  return '"\\$`'.includes(next) && next !== '' ? { text: next, end: at + 2 } : undefined;
}

const controls: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  0: '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

function escapedAsInC(text: string, at: number): Piece | undefined {
  const [coded, hex] = /^\\(?:x([\da-f]{1,2})|u([\da-f]{1,4}))/i.exec(text.slice(at, at + 6)) ?? [];
  if (coded !== undefined) {
    const code = Number.parseInt(coded.slice(2), 16);
    const character =
      hex === undefined ? Buffer.from(String.fromCharCode(code), 'utf8').toString('latin1') : String.fromCharCode(code);
    return { text: character, end: at + coded.length };
  }
  const next = text.charAt(at + 1);
  if (next === '') return undefined;
  return { text: controls[next] ?? next, end: at + 2 };
}
