// Lays a file out anew and changes nothing else: four blanks a level, one key a line, one blank between values, at most
// one empty line; every comment stays where it was. A block that was written on one line stays there while it fits.
// The older spellings that the language understands come out in today's (`true` -> `#true`, `["a"]` -> `"a"`).
// Works on tokens, so that it can keep what a tree has lost. It refuses a text that has syntax problems: laying out
// what is not understood would lose something.

import type { Problem } from './errors.ts';
import { mend } from './mend.ts';
import { scan, type Token } from './scan.ts';
import type { Source } from './source.ts';

export type Formatted =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function format(source: Source): Formatted {
  const { problems, nests } = mend(source);
  if (problems.length > 0 || !nests) return { ok: false, problems };
  const reader: Reader = { text: source.text, tokens: scan(source.text), at: 0 };
  const lines = printItems(readItems(reader), 0);
  return { ok: true, text: lines.length === 0 ? '' : `${lines.join('\n')}\n` };
}

const indentWidth = 4;
const lineWidthMax = 100; // a block written on one line stays on it up to here

// ---- tokens -> items

type Item =
  | Entry
  | { readonly kind: 'comment'; readonly text: string; readonly sameLine: boolean }
  | { readonly kind: 'empty' };

/** One node: its words, blocks and inner comments in order, and the comment behind it. */
interface Entry {
  readonly kind: 'entry';
  readonly pieces: Array<string | Block | typeof lineBreak>;
  comment: string | undefined;
}

interface Block {
  readonly prefix: string; // `/-` if it is commented out
  readonly items: readonly Item[];
  readonly wasOneLine: boolean;
}

const lineBreak = Symbol('the line goes on below');

interface Reader {
  readonly text: string;
  readonly tokens: readonly Token[];
  at: number;
}

function readItems(reader: Reader): Item[] {
  const items: Item[] = [];
  let newlines = 0; // since the last item, or since the block was opened
  for (let token = peek(reader); token !== undefined && token.kind !== 'close'; token = peek(reader)) {
    if (token.kind === 'newline') newlines += 1;
    const item = readItem(reader, token, newlines === 0);
    if (item === undefined) continue;
    if (newlines > 1 && items.length > 0) items.push({ kind: 'empty' });
    attach(items, item);
    newlines = 0;
  }
  return items;
}

function readItem(reader: Reader, token: Token, sameLine: boolean): Item | undefined {
  if (token.kind === 'line-comment' || token.kind === 'block-comment') {
    reader.at += 1;
    return { kind: 'comment', text: textOf(reader, token).trimEnd(), sameLine };
  }
  if (token.kind === 'newline' || token.kind === 'space' || token.kind === 'semicolon') {
    reader.at += 1;
    return undefined;
  }
  return readEntry(reader);
}

/** A comment on the line of the entry before it belongs to that entry. */
function attach(items: Item[], item: Item): void {
  const before = items.at(-1);
  const joins = item.kind === 'comment' && item.sameLine && before?.kind === 'entry';
  if (joins) before.comment = before.comment === undefined ? item.text : `${before.comment} ${item.text}`;
  else items.push(item);
}

function readEntry(reader: Reader): Entry {
  const entry: Entry = { kind: 'entry', pieces: [], comment: undefined };
  let glue = ''; // what the next piece is put behind without a blank: `name=` or `/-`
  let inList = false;
  for (let token = peek(reader); token !== undefined; token = peek(reader)) {
    if (!inList && ends.has(token.kind)) break;
    if (token.kind === 'list-open' || token.kind === 'list-close') inList = token.kind === 'list-open';
    if (token.kind === 'slashdash') glue += '/-';
    else if (token.kind === 'equals') glue = `${glue}${takeLast(entry)}=`;
    else if (token.kind === 'open') {
      entry.pieces.push(readBlock(reader, glue));
      glue = '';
      continue;
    } else {
      const piece = pieceOf(reader, token, inList, glue === '' && entry.pieces.length > 0);
      if (piece === lineBreak) breakLine(entry);
      else if (piece !== undefined) entry.pieces.push(glue + piece);
      if (typeof piece === 'string') glue = '';
    }
    reader.at += 1;
  }
  if (entry.pieces.at(-1) === lineBreak) entry.pieces.pop();
  takeTrailingComments(entry);
  return entry;
}

/** Block comments behind the last value are the entry's comment, as they would be behind a `;`. */
function takeTrailingComments(entry: Entry): void {
  for (let last = entry.pieces.at(-1); typeof last === 'string' && last.startsWith('/*'); last = entry.pieces.at(-1)) {
    entry.pieces.pop();
    entry.comment = entry.comment === undefined ? last : `${last} ${entry.comment}`;
  }
}

function breakLine(entry: Entry): void {
  if (entry.pieces.at(-1) !== lineBreak) entry.pieces.push(lineBreak);
}

const ends: ReadonlySet<Token['kind']> = new Set(['newline', 'semicolon', 'close', 'line-comment']);

function takeLast(entry: Entry): string {
  const last = entry.pieces.pop();
  return typeof last === 'string' ? last : '';
}

function pieceOf(
  reader: Reader,
  token: Token,
  inList: boolean,
  isValue: boolean,
): string | typeof lineBreak | undefined {
  const text = textOf(reader, token);
  if (token.kind === 'space') return continuation(text, inList);
  if (token.kind === 'line-comment') return `/* ${text.slice(2).replaceAll('*/', '* /').trim()} */`; // inside a list
  if (token.kind === 'block-comment' || token.kind === 'string') return text;
  if (token.kind !== 'word') return undefined;
  const next = reader.tokens[reader.at + 1];
  return isValue && next?.kind !== 'equals' && /^(true|false|null)$/.test(text) ? `#${text}` : text;
}

/** `\` at the end of a line; the comment it may have becomes one that can stand inside a line. */
function continuation(text: string, inList: boolean): typeof lineBreak | string | undefined {
  if (!text.includes('\\')) return undefined;
  const comment = /\\[\t ]*\/\/([^\r\n]*)/.exec(text)?.[1];
  if (comment !== undefined) return `/* ${comment.replaceAll('*/', '* /').trim()} */`;
  return inList ? undefined : lineBreak;
}

function readBlock(reader: Reader, prefix: string): Block {
  const start = reader.tokens[reader.at]?.start ?? 0;
  reader.at += 1;
  const items = readItems(reader);
  const end = peek(reader)?.start ?? reader.text.length;
  reader.at += 1;
  return { prefix, items, wasOneLine: !/[\r\n]/.test(reader.text.slice(start, end)) };
}

function peek(reader: Reader): Token | undefined {
  return reader.tokens[reader.at];
}

function textOf(reader: Reader, token: Token): string {
  return reader.text.slice(token.start, token.end);
}

// ---- items -> lines

function printItems(items: readonly Item[], level: number): string[] {
  const indent = ' '.repeat(level * indentWidth);
  return items.flatMap((item) => {
    if (item.kind === 'empty') return [''];
    if (item.kind === 'comment') return [`${indent}${item.text}`];
    return printEntry(item, level);
  });
}

function printEntry(entry: Entry, level: number): string[] {
  const indent = ' '.repeat(level * indentWidth);
  const comment = entry.comment === undefined ? '' : ` ${entry.comment}`;
  const short = oneLine(entry);
  if (short !== undefined && indent.length + short.length <= lineWidthMax) return [`${indent}${short}${comment}`];
  const lines = [indent];
  entry.pieces.forEach((piece, index) => printPiece(lines, piece, level, index === 0));
  return [...lines.slice(0, -1), `${lines.at(-1)}${comment}`];
}

function printPiece(lines: string[], piece: Entry['pieces'][number], level: number, first: boolean): void {
  const append = (text: string) => lines.push(`${lines.pop()}${text}`);
  const indent = ' '.repeat(level * indentWidth);
  const blank = first || lines.at(-1)?.trim() === '' ? '' : ' ';
  if (piece === lineBreak) {
    append(' \\');
    lines.push(`${indent}${' '.repeat(indentWidth)}`);
  } else if (typeof piece === 'string') append(`${blank}${piece}`);
  else {
    const [head] = piece.items;
    const opening = head?.kind === 'comment' && head.sameLine ? ` ${head.text}` : '';
    append(`${blank}${piece.prefix}{${opening}`);
    lines.push(...printItems(opening === '' ? piece.items : piece.items.slice(1), level + 1), `${indent}}`);
  }
}

/** The entry on one line, if that is how all of its blocks were written and nothing forbids it. */
function oneLine(entry: Entry): string | undefined {
  const parts: string[] = [];
  for (const piece of entry.pieces) {
    if (piece === lineBreak) return undefined;
    const text = typeof piece === 'string' ? piece : oneLineBlock(piece);
    if (text === undefined) return undefined;
    parts.push(text);
  }
  return parts.join(' ');
}

function oneLineBlock({ prefix, items, wasOneLine }: Block): string | undefined {
  if (!wasOneLine) return undefined;
  const inner: string[] = [];
  for (const item of items) {
    const text = item.kind === 'entry' && item.comment === undefined ? oneLine(item) : undefined;
    if (text === undefined) return undefined;
    inner.push(text);
  }
  return inner.length === 0 ? `${prefix}{ }` : `${prefix}{ ${inner.join('; ')} }`;
}
