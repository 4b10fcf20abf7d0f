// Reads TypeScript just well enough for the rules: which characters are code, comment or text, what a file imports,
// where its functions are. One pass over the characters, no syntax tree: a rule of the house must cost milliseconds.
// It refuses to understand types; where they are in the way, Node's own type stripping blanks them first.

import { stripTypeScriptTypes } from 'node:module';

/** The same text three times, equally long, line by line: only its code, only its comments, only literal text. */
export interface Masked {
  readonly code: string; // quotes stay, what they hold is blank
  readonly comments: string;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

export interface FunctionSpan {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

const known = new Map<string, Masked>(); // by the text; each rule asks for every file of the one tree there is

/** Splits a source text into code and comments. Template text counts as literal; so does code inside `${}`. */
export function mask(text: string): Masked {
  const masked = known.get(text) ?? split(text);
  known.set(text, masked);
  return masked;
}

function split(text: string): Masked {
  const code: string[] = [];
  const comments: string[] = [];
  let at = 0;
  const take = (end: number, kind: 'code' | 'comment' | 'literal') => {
    const piece = text.slice(at, end);
    code.push(kind === 'code' ? piece : kind === 'literal' ? keepQuotes(piece) : blank(piece));
    comments.push(kind === 'comment' ? piece : blank(piece));
    at = end;
  };
  let before = ''; // the last character of code that is not white space: decides whether `/` divides
  while (at < text.length) {
    const next = nextInteresting(text, at);
    const plain = text.slice(at, next).trimEnd();
    if (plain !== '') before = plain.slice(-12);
    take(next, 'code');
    if (at >= text.length) break;
    const commentEnd = endOfComment(text, at);
    if (commentEnd !== undefined) {
      take(commentEnd, 'comment');
      continue;
    }
    const literalEnd = endOfLiteral(text, at, before);
    before = text.slice(at, literalEnd ?? at + 1).slice(-1);
    take(literalEnd ?? at + 1, literalEnd === undefined ? 'code' : 'literal');
  }
  return { code: code.join(''), comments: comments.join('') };
}

/** Every `import` and `export … from` whose target is written out, dynamic ones included. */
export function importsOf(text: string): readonly Import[] {
  const { code } = mask(text);
  const found: Import[] = [];
  for (const match of code.matchAll(/(?<![.\w$])(?:import|export)\s*(?:\(\s*|[\w$*{},\s]*?\sfrom\s*|)(['"])/g)) {
    const start = match.index + match[0].length;
    const end = code.indexOf(match[1] ?? '', start);
    const typeOnly = /^(?:import|export)\s+type\s/.test(match[0]);
    found.push({ specifier: text.slice(start, end), line: lineAt(text, start), typeOnly });
  }
  return found;
}

/** Every function with a body in braces, the nested ones too. Arrow functions of one expression have no lines to count. */
export function functionsOf(text: string): readonly FunctionSpan[] {
  const { code } = mask(withoutTypes(text));
  const { closingOf, openingOf } = pairs(code);
  const found: FunctionSpan[] = [];
  for (const [open, close] of closingOf) {
    if (code[open] !== '{') continue;
    const start = startOfFunction(code, open, openingOf);
    if (start === undefined) continue;
    const line = lineAt(code, start.at);
    found.push({ name: start.name, line, lines: lineAt(code, close) - line + 1 });
  }
  return found.sort((a, b) => a.line - b.line);
}

/** The text with types blanked, positions kept. A file of types alone comes back empty but for its comments. */
export function withoutTypes(text: string): string {
  return stripTypeScriptTypes(text);
}

export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

const blank = (piece: string): string => piece.replace(/[^\n]+/g, (line) => ' '.repeat(line.length));

const keepQuotes = (piece: string): string => piece.slice(0, 1) + blank(piece.slice(1, -1)) + piece.slice(-1);

function nextInteresting(text: string, at: number): number {
  const interesting = /['"`/]/g;
  interesting.lastIndex = at;
  return interesting.exec(text)?.index ?? text.length;
}

function endOfComment(text: string, at: number): number | undefined {
  if (text.startsWith('//', at)) return endOrLength(text, text.indexOf('\n', at), 0);
  if (text.startsWith('/*', at)) return endOrLength(text, text.indexOf('*/', at + 2), 2);
  return undefined;
}

const endOrLength = (text: string, found: number, width: number): number =>
  found === -1 ? text.length : found + width;

function endOfLiteral(text: string, at: number, before: string): number | undefined {
  if (text[at] === '`') return endOfTemplate(text, at);
  if (text[at] !== '/') return matchEnd(text, at, /(['"])(?:\\[\s\S]|(?!\1)[^\\\n])*\1?/y);
  return divides(before) ? undefined : matchEnd(text, at, /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y);
}

// A slash after a value divides; after an operator, a bracket that opens, or a word like `return`, a pattern begins.
function divides(before: string): boolean {
  if (/\b(?:return|typeof|case|in|of|delete|void|throw|do|else|await|yield|instanceof)$/.test(before)) return false;
  return /[\w$)\]}'"`]$/.test(before);
}

function matchEnd(text: string, at: number, pattern: RegExp): number | undefined {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match === null ? undefined : at + match[0].length;
}

function endOfTemplate(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '`') {
    if (text.startsWith('${', at)) at = endOfSubstitution(text, at + 2);
    else at += text[at] === '\\' ? 2 : 1;
  }
  return Math.min(at + 1, text.length);
}

function endOfSubstitution(text: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < text.length && depth > 0) {
    const skipped = /['"`]/.test(text[at] ?? '') ? endOfLiteral(text, at, '') : endOfComment(text, at);
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    at = skipped ?? at + 1;
  }
  return at;
}

interface Pairs {
  readonly closingOf: ReadonlyMap<number, number>;
  readonly openingOf: ReadonlyMap<number, number>;
}

function pairs(code: string): Pairs {
  const closingOf = new Map<number, number>();
  const openingOf = new Map<number, number>();
  const open: number[] = [];
  for (const match of code.matchAll(/[(){}]/g)) {
    if (match[0] === '(' || match[0] === '{') {
      open.push(match.index);
      continue;
    }
    const opening = open.pop();
    if (opening === undefined) continue;
    closingOf.set(opening, match.index);
    openingOf.set(match.index, opening);
  }
  return { closingOf, openingOf };
}

const notFunctions = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await']);

function startOfFunction(
  code: string,
  brace: number,
  openingOf: ReadonlyMap<number, number>,
): { at: number; name: string } | undefined {
  let before = code.slice(0, brace).trimEnd();
  const arrow = before.endsWith('=>');
  if (arrow) before = before.slice(0, -2).trimEnd();
  if (!before.endsWith(')')) return arrow ? { at: before.length - 1, name: arrowName(before) } : undefined;
  const opening = openingOf.get(before.length - 1);
  if (opening === undefined) return undefined;
  const head = code.slice(Math.max(0, opening - 200), opening);
  if (arrow) return { at: opening, name: arrowName(head) };
  const word = /([\w$#]+)\s*$/.exec(head)?.[1];
  if (/\bextends\s+[\w$.]+\s*$/.test(head) || notFunctions.has(word ?? '')) return undefined;
  return { at: opening, name: word === undefined || word === 'function' ? 'a function' : word };
}

const arrowName = (head: string): string =>
  /([\w$#]+)\s*[=:]\s*(?:async\s*)?(?:[\w$]+|\()?\s*$/.exec(head)?.[1] ?? 'a function';
