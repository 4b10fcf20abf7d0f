// `@detectXSS`: would a browser run something of this text? The shaping decision: the text is read as if it stood in each
// of five places of a page, and one tag, attribute or address that brings code with it is enough; the lists are
// libinjection's, whose verdicts CRS is written for, checked against it by `make golden`'s neighbour in the tests. It
// refuses to look at scripts themselves.

import type { Operator } from '../compile/rule-set.ts';
import { hexValue, isDigit, isHex } from '../transform/bytes.ts';
import { matchedNothingCaptured } from './argument.ts';
import { type HtmlPlace, HtmlScanner, type HtmlToken } from './html-scan.ts';

export const detectXss: Operator = {
  facts: { kind: 'bytes', bytes: [0x3c, 0x3d] }, // `<` opens tags and comments, `=` stands before every value
  match: (value, _context, wantsCaptures) => {
    if (!isXss(value)) return undefined;
    return wantsCaptures ? { captures: [value] } : matchedNothingCaptured;
  },
};

const places: readonly HtmlPlace[] = ['content', 'in-tag', 'in-single-quotes', 'in-double-quotes', 'in-back-ticks'];

export function isXss(text: string): boolean {
  return places.some((place) => isXssIn(text, place));
}

/** What an attribute's value may bring. `named`: the value is the name of another attribute. */
type Danger = 'none' | 'always' | 'address' | 'named';

function isXssIn(text: string, place: HtmlPlace): boolean {
  const scanner = new HtmlScanner(text, place);
  let danger: Danger = 'none';
  for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
    if (token.mark !== 'value' && token.mark !== 'attribute' && !isBlackMark(token, text)) {
      danger = 'none';
      continue;
    }
    if (token.mark === 'attribute') danger = dangerOf(text.slice(token.start, token.end));
    else if (token.mark !== 'value' || isBlackValue(danger, text.slice(token.start, token.end))) return true;
    else danger = 'none';
  }
  return false;
}

function isBlackMark({ mark, start, end }: HtmlToken, text: string): boolean {
  if (mark === 'doctype') return true;
  if (mark === 'tag') return isBlackTag(text.slice(start, end));
  return mark === 'comment' && isBlackComment(text.slice(start, end));
}

function isBlackValue(danger: Danger, value: string): boolean {
  if (danger === 'address') return isBlackAddress(value);
  return danger === 'always' || (danger === 'named' && dangerOf(value) !== 'none');
}

const blackTags = new Set([
  'APPLET',
  'BASE',
  'COMMENT',
  'EMBED',
  'FRAME',
  'FRAMESET',
  'HANDLER',
  'IFRAME',
  'IMPORT',
  'ISINDEX',
  'LINK',
  'LISTENER',
  'META',
  'NOSCRIPT',
  'OBJECT',
  'SCRIPT',
  'STYLE',
  'VMLFRAME',
  'XML',
  'XSS',
]);

function isBlackTag(written: string): boolean {
  if (written.length < 3) return false;
  const start = written.slice(0, 3).toUpperCase();
  return start === 'SVG' || start === 'XSL' || blackTags.has(nameOf(written));
}

/** In capitals, without the zero bytes that old browsers ignored. */
const nameOf = (written: string): string => written.replaceAll('\0', '').toUpperCase();

const attributes = new Map<string, Danger>([
  ['ACTION', 'address'],
  ['ATTRIBUTENAME', 'named'],
  ['BACKGROUND', 'address'],
  ['BY', 'address'],
  ['DATAFORMATAS', 'always'],
  ['DATASRC', 'always'],
  ['DYNSRC', 'address'],
  ['FILTER', 'always'],
  ['FOLDER', 'address'],
  ['FORMACTION', 'address'],
  ['FROM', 'address'],
  ['HANDLER', 'address'],
  ['HREF', 'address'],
  ['LOWSRC', 'address'],
  ['POSTER', 'address'],
  ['SRC', 'address'],
  ['STYLE', 'always'],
  ['TO', 'address'],
  ['VALUES', 'address'],
  ['XLINK:HREF', 'address'],
]);

function dangerOf(written: string): Danger {
  if (written.length < 2) return 'none';
  const name = nameOf(written);
  if (written.length >= 5) {
    if (nameOf(written.slice(0, 2)) === 'ON') return 'always';
    const start = nameOf(written.slice(0, 5));
    if (start === 'XMLNS' || start === 'XLINK') return 'always';
  }
  return attributes.get(name) ?? 'none';
}

const schemes = ['DATA', 'VIEW-SOURCE', 'VBSCRIPT', 'JAVA'];

function isBlackAddress(value: string): boolean {
  let start = 0;
  while (start < value.length && (value.charCodeAt(start) <= 0x20 || value.charCodeAt(start) >= 0x7f)) start += 1;
  return schemes.some((scheme) => startsWith(value, start, scheme));
}

/** With references to characters replaced, and what browsers ignore left out. */
function startsWith(value: string, start: number, scheme: string): boolean {
  let matched = 0;
  for (let at = start; at < value.length && matched < scheme.length; ) {
    const { code, end } = characterAt(value, at);
    at = end;
    const isIgnored = code === 0 || code === 0x0a || (matched === 0 && code <= 0x20);
    if (isIgnored) continue;
    const upper = code >= 0x61 && code <= 0x7a ? code - 0x20 : code;
    if (upper !== scheme.charCodeAt(matched)) return false;
    matched += 1;
  }
  return matched === scheme.length;
}

const codeMax = 0x1000ff;

/** `&#106;`, `&#x6a`, or the character as it is; a reference to nothing is its `&`. */
function characterAt(value: string, at: number): { code: number; end: number } {
  const itself = { code: value.charCodeAt(at), end: at + 1 };
  if (!value.startsWith('&#', at)) return itself;
  const isHexadecimal = (value.charCodeAt(at + 2) | 0x20) === 0x78;
  const [base, isOne] = isHexadecimal ? [16, isHex] : [10, isDigit];
  const start = at + (isHexadecimal ? 3 : 2);
  let [code, end] = [0, start];
  for (; isOne(value.charCodeAt(end)); end += 1) {
    code = base * code + hexValue(value.charCodeAt(end));
    if (code > codeMax) return itself;
  }
  if (end === start) return itself;
  return { code, end: value[end] === ';' ? end + 1 : end };
}

const blackComments = ['[IF', 'XML'];
const blackDeclarations = ['IMPORT', 'ENTITY'];

/** A back tick, conditions of Internet Explorer, and declarations that bring something in. */
function isBlackComment(text: string): boolean {
  if (text.includes('`')) return true;
  if (text.length > 3 && blackComments.includes(text.slice(0, 3).toUpperCase())) return true;
  return text.length > 5 && blackDeclarations.includes(nameOf(text.slice(0, 6)));
}
