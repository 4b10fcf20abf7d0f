// Tokens -> a text that the KDL library reads, and a problem for each mistake found on the way. Two things are mended
// silently because the language allows them: the booleans of KDL 1 (`true`) and bracketed lists (`["a", "b"]`). The
// mistakes people make (a unit on a bare number, `=` or `:` after a key, `#` comments, single quotes, a missing brace)
// become problems with the fix beside them, and are mended all the same, so that everything else in the file is still
// checked in the same run. Places in the mended text are traced back to the original; nothing is ever written to disk.

import { applyEdits, type Edit } from './edits.ts';
import { type Code, type Problem, problem } from './errors.ts';
import { configurationLimits } from './limits.ts';
import { blankKinds, scan, type Token, type TokenKind } from './scan.ts';
import { lineStartOf, type Source } from './source.ts';
import { suggest } from './suggest.ts';

export interface Mended {
  readonly text: string;
  readonly problems: readonly Problem[];
  /** False if the blocks do not nest: then what stands in which block is a guess, and is not checked. */
  readonly nests: boolean;
  /** An offset of the mended text as one of the original. */
  readonly originalOffset: (offset: number) => number;
}

/** What is known of the node being read. */
interface NodeState {
  readonly start: number;
  readonly indent: number;
  words: number; // values seen, its name included
  last: Token | undefined; // the last token that is not blank
  hadBlock: boolean;
}

interface Walk {
  readonly source: Source;
  readonly text: string; // as the source's, with blanks for the characters that no text has
  readonly edits: Edit[];
  readonly problems: Problem[];
  readonly open: Array<{ readonly brace: Token; readonly node: NodeState | undefined }>;
  tokens: readonly Token[];
  node: NodeState | undefined;
  previous: NodeState | undefined; // the node before, in whatever block
  braceless: NodeState | undefined; // a node whose lines look like its block, though it has no `{`
  outdented: { readonly brace: Token; readonly at: number } | undefined; // a node that looks outside its block
  list: 'none' | 'closed' | 'one line'; // inside `[…]`; 'one line': its `]` is missing
  line: { readonly start: number; readonly indent: number }; // the line looked at last
  nests: boolean;
}

export function mend(source: Source): Mended {
  const walk = startWalk(source);
  readTokens(walk);
  for (const { brace, node } of walk.open.reverse()) reportUnclosed(walk, brace, node);
  const { text, originalOffset } = applyEdits(walk.text, walk.edits);
  return { text, originalOffset, problems: walk.problems, nests: walk.nests };
}

function startWalk(source: Source): Walk {
  const problems: Problem[] = [];
  const text = withoutForbidden(source, problems);
  const tokens = scan(text, configurationLimits.wordsMax);
  const walk: Walk = {
    source,
    text,
    edits: [],
    problems,
    open: [],
    tokens,
    node: undefined,
    previous: undefined,
    braceless: undefined,
    outdented: undefined,
    list: 'none',
    line: { start: -1, indent: 0 },
    nests: true,
  };
  const end = tokens.at(-1)?.end ?? 0;
  if (end < text.length) {
    say(walk, 'config-too-large', `more than ${configurationLimits.wordsMax} words`, { start: end, end: end + 1 });
    walk.nests = false;
  }
  return walk;
}

// KDL 2.0, "Disallowed Literal Code Points": controls, what turns the order of text around, halves of characters.
const forbidden =
  /[\u0000-\u0008\u000e-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function withoutForbidden(source: Source, problems: Problem[]): string {
  return source.text.replace(forbidden, (character, at: number) => {
    if (character === '\ufeff' && at === 0) return character;
    if (problems.length < configurationLimits.problemsShownMax) {
      const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      const what = `the invisible character U+${code} is not allowed in a file`;
      const hint = `remove it; in a text it is written \\u{${code.toLowerCase()}}`;
      problems.push(problem('config-not-text', what, { at: { source, start: at, end: at + 1 }, hint }));
    }
    return ' ';
  });
}

/** Stops where the problems are so many that the file is junk: what stands in which block is then not known. */
function readTokens(walk: Walk): void {
  for (let index = 0; index < walk.tokens.length && !isJunk(walk); ) index = readNext(walk, index);
  if (isJunk(walk)) walk.nests = false;
}

function isJunk(walk: Walk): boolean {
  return walk.problems.length >= configurationLimits.problemsShownMax;
}

/** Reads the token at the index (sometimes a few) and gives the index of the next. */
function readNext(walk: Walk, index: number): number {
  const token = walk.tokens[index];
  if (token === undefined) return index + 1;
  if (walk.list === 'one line' && endsList.has(token.kind)) walk.list = 'none';
  const taken = readers[token.kind]?.(walk, token, index) ?? 1;
  if (!blankKinds.has(token.kind) && walk.node !== undefined) walk.node.last = token;
  return index + taken;
}

const endsList: ReadonlySet<TokenKind> = new Set(['newline', 'open', 'close', 'semicolon', 'list-open']);

/** One reader per kind of token; each gives the number of tokens it has dealt with. */
const readers: { readonly [K in TokenKind]?: (walk: Walk, token: Token, index: number) => number } = {
  newline: (walk, token) => (walk.list === 'none' ? endNode(walk) : blank(walk, token)),
  'line-comment': (walk, token) => (walk.list === 'none' ? 1 : blank(walk, token)),
  'block-comment': readBlockComment,
  semicolon: readSemicolon,
  string: readString,
  word: readWord,
  equals: readEquals,
  open: readOpen,
  close: readClose,
  'list-open': readListOpen,
  'list-close': readListClose,
  comma: readComma,
  'type-open': readType,
  'type-close': (walk, token) => report(walk, token, "')' has no place here", 'remove it', ' '),
};

// ---- nodes and values

function beginValue(walk: Walk, token: Token): NodeState {
  if (walk.node === undefined) walk.node = beginNode(walk, token);
  walk.node.words += 1;
  return walk.node;
}

function beginNode(walk: Walk, token: Token): NodeState {
  const line = lineOf(walk, token.start);
  const node = { start: token.start, indent: line.indent, words: 0, last: undefined, hadBlock: false };
  const { previous } = walk;
  const opening = walk.open.at(-1);
  if (previous !== undefined && !previous.hadBlock && node.indent > previous.indent) walk.braceless ??= previous;
  if (walk.outdented === undefined && opening?.node !== undefined && node.indent <= opening.node.indent) {
    const sameLine = lineStartOf(walk.source, opening.brace.start) === line.start;
    if (!sameLine) walk.outdented = { brace: opening.brace, at: node.start };
  }
  return node;
}

function endNode(walk: Walk): number {
  if (walk.node !== undefined) walk.previous = walk.node;
  walk.node = undefined;
  return 1;
}

function readSemicolon(walk: Walk, token: Token): number {
  if (walk.node === undefined) return report(walk, token, "';' has nothing before it", 'remove it', ' ');
  return endNode(walk);
}

function readString(walk: Walk, token: Token, index: number): number {
  const node = beginValue(walk, token);
  separate(walk, node, token);
  if (!token.closed) return readUnclosedString(walk, token, index);
  if (walk.text.charAt(token.start) === '"') reportEscapes(walk, token);
  return 1;
}

/** On one line the end is guessed, before what can only stand behind a text; over several lines nothing can be. */
function readUnclosedString(walk: Walk, token: Token, index: number): number {
  const written = walk.text.slice(token.start, token.end);
  const opening = /^#*"*/.exec(written.slice(0, 40))?.[0] ?? '"';
  const closing = [...opening].reverse().join('');
  const what = `the text opened by ${opening} is never closed`;
  report(walk, { start: token.start, end: token.start + opening.length }, what, `close it with ${closing}`);
  if (opening.includes('"""')) return giveUp(walk, token);
  const inner = written.slice(opening.length);
  const kept = inner.slice(0, 500).replace(/[\s;{}]*$/, '');
  const end = token.start + opening.length + (inner.length > 500 ? inner.length : kept.length);
  walk.edits.push({ start: token.start, end, put: JSON.stringify(kept.replace(/\\.?|"/g, ' ').trim()) });
  return skipTo(walk, index, end);
}

/** What stands in the rest of the file is not known. */
function giveUp(walk: Walk, token: Token): number {
  walk.nests = false;
  return blank(walk, token);
}

// KDL 2.0, "Escapes": all that may follow a backslash.
const escapes = /\\(?:["\\bfnrts]|u\{[0-9a-fA-F]{1,6}\}|[\s\u0085]+|(.?))/g;

/** A backslash that escapes nothing is meant as itself, above all in a regular expression. */
function reportEscapes(walk: Walk, token: Token): void {
  const written = walk.text.slice(token.start, token.end);
  if (!written.includes('\\')) return;
  for (const match of written.matchAll(escapes)) {
    const [sequence, unknown] = match;
    if (unknown === undefined || isJunk(walk)) continue;
    const start = token.start + match.index;
    const what = `${sequence} means nothing in a text`;
    report(
      walk,
      { start, end: start + sequence.length },
      what,
      `write \\${sequence} for a backslash, or #"…"# around the text`,
    );
    insert(walk, start, '\\');
  }
}

function readWord(walk: Walk, token: Token, index: number): number {
  const written = walk.text.slice(token.start, token.end);
  if (written === ':' && walk.node?.words === 1) return reportColon(walk, walk.node.start, token);
  const isName = walk.node === undefined;
  separate(walk, beginValue(walk, token), token);
  if (written.startsWith("'")) return readSingleQuoted(walk, token, index);
  if (/^r#*$/.test(written) && isAdjacentString(walk, index)) return readOldRaw(walk, token, index);
  if (isName) return readName(walk, token, index);
  if (oldKeywords.has(written) && walk.tokens[index + 1]?.kind !== 'equals') return insert(walk, token.start, '#');
  if (written.startsWith('#')) return readKeyword(walk, token, index);
  // @bgotink/kdl 0.4.0 reads `x 0x1F;y 1` as `x 31` and loses what follows: a blank before the `;` keeps it.
  if (written.includes('0x') && walk.tokens[index + 1]?.kind === 'semicolon') insert(walk, token.end, ' ');
  if (written.endsWith(':') && isAdjacentComment(walk, index)) return readUrl(walk, token, index);
  return needsQuotes(written) ? reportUnquoted(walk, token) : 1;
}

function reportUnquoted(walk: Walk, range: { start: number; end: number }): number {
  const quoted = JSON.stringify(walk.text.slice(range.start, range.end));
  return report(walk, range, `${quoted} must stand in quotes`, `write ${quoted}`, quoted);
}

const oldKeywords: ReadonlySet<string> = new Set(['true', 'false', 'null']);
const keywords = ['#true', '#false', '#null', '#inf', '#-inf', '#nan'];
const number =
  /^[+-]?(?:0x[0-9a-fA-F][0-9a-fA-F_]*|0o[0-7][0-7_]*|0b[01][01_]*|[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9][0-9_]*)?)$/;

/** A digit in front that is no number (`30s`, `127.0.0.1:80`), or what no bare word holds. */
function needsQuotes(written: string): boolean {
  if (/^[+-]?\.?[0-9]/.test(written)) return !number.test(written);
  return /[/\\#]/.test(written) || written.endsWith(':') || /^(inf|-inf|nan)$/.test(written);
}

function isAdjacentString(walk: Walk, index: number): boolean {
  const [word, next] = [walk.tokens[index], walk.tokens[index + 1]];
  return next?.kind === 'string' && next.start === word?.end;
}

function isAdjacentComment(walk: Walk, index: number): boolean {
  const [word, next] = [walk.tokens[index], walk.tokens[index + 1]];
  return next?.kind === 'line-comment' && next.start === word?.end && walk.list === 'none';
}

/** `http://…`, of which the `//` looks like a comment. */
function readUrl(walk: Walk, token: Token, index: number): number {
  const rest = /^[^\s"{};,]*/.exec(walk.text.slice(token.end, token.end + 2000))?.[0] ?? '';
  const end = token.end + rest.length;
  reportUnquoted(walk, { start: token.start, end });
  return skipTo(walk, index, end);
}

function readName(walk: Walk, token: Token, index: number): number {
  const written = walk.text.slice(token.start, token.end);
  if (written.startsWith('#')) return readHashComment(walk, token, index);
  const [, key = '', value = ''] = /^([A-Za-z][\w-]*):(.*)$/.exec(written) ?? [];
  if (key !== '' && !isAdjacentComment(walk, index)) {
    const at = token.start + key.length;
    reportColon(walk, token.start, { start: at, end: at + 1 });
    if (value !== '') walk.edits.push({ start: at + 1, end: token.end, put: JSON.stringify(value) });
    return 1;
  }
  if (!needsQuotes(written) && !number.test(written) && !oldKeywords.has(written)) return 1;
  return report(walk, token, `${JSON.stringify(written)} cannot be a key`, undefined, JSON.stringify(written));
}

function reportColon(walk: Walk, keyStart: number, colon: { start: number; end: number }): number {
  const key = walk.text
    .slice(keyStart, colon.start)
    .trim()
    .replace(/^"(.*)"$/, '$1');
  return report(walk, colon, 'a key and its value are separated by a space, not by a colon', `write: ${key} …`, ' ');
}

/** `# a comment`, as most other configuration languages have it; it ends the node unless words go before it. */
function readHashComment(walk: Walk, token: Token, index: number): number {
  if (walk.node?.words === 1) walk.node = undefined;
  report(walk, { start: token.start, end: token.start + 1 }, "a comment starts with '//'", "write '//' instead of '#'");
  const last = indexFrom(walk, index, (one) => one.kind === 'newline') ?? walk.tokens.length;
  blank(walk, { start: token.start, end: walk.tokens[last]?.start ?? walk.tokens.at(-1)?.end ?? token.end });
  return last - index;
}

function readKeyword(walk: Walk, token: Token, index: number): number {
  const written = walk.text.slice(token.start, token.end);
  if (keywords.includes(written)) return 1;
  const near = suggest(written, keywords) ?? suggest(`#${written.replace(/^#+/, '')}`, keywords);
  if (near !== undefined) return report(walk, token, `unknown keyword ${written}`, `did you mean ${near}?`, near);
  if (/^#+$/.test(written) || (walk.node?.words ?? 0) > 2) return readHashComment(walk, token, index);
  const hint = `write ${JSON.stringify(written)} if it is a text, '//' if it is a comment`;
  return report(walk, token, `unknown keyword ${written}`, hint, JSON.stringify(written));
}

function readSingleQuoted(walk: Walk, token: Token, index: number): number {
  const line = /^[^\n\r]*/.exec(walk.text.slice(token.start, token.start + 1000))?.[0] ?? '';
  const closed = /^'([^']*)'/.exec(line);
  const inner = closed?.[1] ?? line.slice(1).replace(/[\s;{}]*$/, '');
  const end = token.start + inner.length + (closed === null ? 1 : 2);
  const quoted = JSON.stringify(inner);
  report(walk, { start: token.start, end }, 'texts stand in double quotes', `write ${quoted}`, quoted);
  return skipTo(walk, index, end);
}

/** `r"…"` and `r#"…"#`: the raw texts of KDL 1. */
function readOldRaw(walk: Walk, token: Token, index: number): number {
  const line = /^[^\n\r]*/.exec(walk.text.slice(token.start, token.start + 1000))?.[0] ?? '';
  const [whole, hashes, inner] = /^r(#*)"(.*?)"\1/.exec(line) ?? [];
  if (whole === undefined || hashes === undefined) {
    return report(walk, token, `${line.slice(0, 3)} opens a text that is not closed on its line`, undefined, ' ');
  }
  const written = `${hashes || '#'}"${inner}"${hashes || '#'}`;
  const range = { start: token.start, end: token.start + whole.length };
  report(walk, range, 'this is how KDL 1 wrote raw texts', `write ${written}`, written);
  return skipTo(walk, index, range.end);
}

/** Two values without a blank between them, or a word behind a block. */
function separate(walk: Walk, node: NodeState, token: Token): void {
  const { last } = node;
  if (last === undefined) return;
  if (last.kind === 'close') {
    report(walk, token, "after '}' the next key needs a line of its own, or ';' before it", undefined);
    insert(walk, token.start, ';');
    endNode(walk);
    beginValue(walk, token);
  } else if (last.end === token.start && (last.kind === 'string' || last.kind === 'word')) {
    report(walk, token, 'a blank is missing before this value', undefined);
    insert(walk, token.start, ' ');
  }
}

function readEquals(walk: Walk, token: Token): number {
  const { node } = walk;
  if (node === undefined || node.words === 0) {
    return report(walk, token, "'=' has nothing before it", 'remove it', ' ');
  }
  if (node.words > 1) return 1;
  const key = walk.text.slice(node.start, token.start).trim();
  return report(walk, token, "a key and its value are separated by a space, not by '='", `write: ${key} …`, ' ');
}

// ---- blocks

function readOpen(walk: Walk, token: Token): number {
  if (walk.open.length === configurationLimits.blockDepthMax) {
    const what = `blocks are nested deeper than ${configurationLimits.blockDepthMax}`;
    if (walk.nests) say(walk, 'config-too-deep', what, token);
    walk.nests = false;
  }
  if (walk.node === undefined) report(walk, token, "'{' has no key before it", undefined);
  else walk.node.hadBlock = true;
  if (walk.node === undefined) walk.nests = false;
  walk.open.push({ brace: token, node: walk.node });
  endNode(walk);
  return 1;
}

function readClose(walk: Walk, token: Token): number {
  endNode(walk);
  const opening = walk.open.pop();
  if (opening !== undefined) {
    walk.node = opening.node;
    return 1;
  }
  walk.nests = false;
  const { braceless } = walk;
  if (braceless === undefined) {
    return report(walk, token, "'}' closes nothing", "remove it, or add the '{' that is missing before it", ' ');
  }
  const what = "'{' is missing: the lines below are indented as a block, and a '}' is left over";
  const range = { start: braceless.start, end: lineEnd(walk.text, braceless.start) };
  say(walk, 'config-syntax', what, range, "add '{' at the end of this line");
  walk.braceless = undefined;
  return blank(walk, token);
}

function reportUnclosed(walk: Walk, brace: Token, node: NodeState | undefined): void {
  const first = walk.nests;
  walk.nests = false;
  if (!first) return; // the innermost says it; the others follow from it
  const { outdented, source } = walk;
  const suspect = outdented?.brace ?? brace;
  const line = lineOf(walk, suspect.start);
  const start = outdented === undefined ? (node?.start ?? brace.start) : line.start + line.indent;
  const what = "this block is never closed: a '}' is missing";
  const hint = outdented === undefined ? "add '}' where it ends" : undefined;
  const other = outdented && {
    what: 'this looks as if it were outside of it',
    at: { source, start: outdented.at, end: lineEnd(walk.text, outdented.at) },
  };
  walk.problems.push(problem('config-syntax', what, { at: { source, start, end: suspect.end }, hint, other }));
}

// ---- lists, types, comments

function readListOpen(walk: Walk, token: Token, index: number): number {
  if (walk.node === undefined) {
    return report(walk, token, "'[' has no place here", 'a block is written: name { … }', ' ');
  }
  if (walk.list !== 'none') return report(walk, token, "'[' has no place here", 'remove it', ' ');
  const closing = indexFrom(walk, index + 1, ({ kind }) => kind === 'list-close' || beyondList.has(kind));
  walk.list = closing !== undefined && walk.tokens[closing]?.kind === 'list-close' ? 'closed' : 'one line';
  if (walk.list === 'one line') report(walk, token, "the list opened by '[' is never closed", "close it with ']'");
  return blank(walk, token);
}

/** What shows that the `]` of a list is missing. */
const beyondList: ReadonlySet<TokenKind> = new Set(['open', 'close', 'semicolon', 'list-open']);

function readListClose(walk: Walk, token: Token): number {
  if (walk.list === 'none') return report(walk, token, "']' closes nothing", 'remove it', ' ');
  walk.list = 'none';
  return blank(walk, token);
}

function readComma(walk: Walk, token: Token): number {
  if (walk.list !== 'none') return blank(walk, token);
  return report(walk, token, 'values are separated by blanks, not by commas', 'remove the comma', ' ');
}

function readType(walk: Walk, token: Token, index: number): number {
  const closing = [2, 3, 4].find((ahead) => walk.tokens[index + ahead]?.kind === 'type-close');
  if (closing === undefined) return report(walk, token, "'(' has no place here", 'remove it', ' ');
  const range = { start: token.start, end: walk.tokens[index + closing]?.end ?? token.end };
  report(walk, range, 'types in parentheses are not part of this language', 'remove it');
  blank(walk, range);
  return closing + 1;
}

function readBlockComment(walk: Walk, token: Token): number {
  if (token.closed) return 1;
  const at = { start: token.start, end: token.start + 2 };
  report(walk, at, "the comment opened by '/*' is never closed", "close it with '*/'");
  return giveUp(walk, token);
}

// ---- saying and mending

/** The first token from the index on that is wanted. */
function indexFrom(walk: Walk, index: number, wanted: (token: Token) => boolean): number | undefined {
  for (let at = index; at < walk.tokens.length; at += 1) {
    const token = walk.tokens[at];
    if (token !== undefined && wanted(token)) return at;
  }
  return undefined;
}

/** Says what is wrong and, if `put` is given, replaces it. Always deals with one token. */
function report(
  walk: Walk,
  range: { start: number; end: number },
  what: string,
  hint: string | undefined,
  put?: string,
): number {
  say(walk, 'config-syntax', what, range, hint);
  if (put !== undefined) walk.edits.push({ start: range.start, end: range.end, put });
  return 1;
}

/** Records a problem; past the bound the file is junk, and more of the same helps nobody. */
function say(walk: Walk, code: Code, what: string, range: { start: number; end: number }, hint?: string): void {
  if (walk.problems.length >= configurationLimits.problemsShownMax) return;
  walk.problems.push(problem(code, what, { at: { source: walk.source, start: range.start, end: range.end }, hint }));
}

function insert(walk: Walk, at: number, put: string): number {
  walk.edits.push({ start: at, end: at, put });
  return 1;
}

function blank(walk: Walk, { start, end }: { start: number; end: number }): number {
  walk.edits.push({ start, end, put: ' '.repeat(end - start) });
  return 1;
}

/** Goes on behind `end`, as far as possible: if that is inside a token, what is left of it is read anew. */
function skipTo(walk: Walk, index: number, end: number): number {
  const last = indexFrom(walk, index, (one) => one.end >= end) ?? walk.tokens.length - 1;
  const rest = walk.tokens[last];
  if (rest !== undefined && rest.end > end) readAnew(walk, end, rest.end);
  return last - index + 1;
}

// Longer leftovers are blanked: reading them again and again would be quadratic.
const leftoverMax = 500;

function readAnew(walk: Walk, start: number, end: number): void {
  if (end - start > leftoverMax) {
    blank(walk, { start, end });
    return;
  }
  const { tokens } = walk;
  const anew = scan(walk.text.slice(start, end));
  walk.tokens = anew.map((one) => ({ ...one, start: one.start + start, end: one.end + start }));
  readTokens(walk);
  walk.tokens = tokens;
}

// ---- lines

/** Where the line of an offset starts, and how far its first word is from there. */
function lineOf(walk: Walk, offset: number): Walk['line'] {
  const start = lineStartOf(walk.source, offset);
  if (walk.line.start !== start) walk.line = { start, indent: indentOf(walk.text, start) };
  return walk.line;
}

function indentOf(text: string, lineStart: number): number {
  const indent = /[\t \ufeff]*/y;
  indent.lastIndex = lineStart;
  return indent.exec(text)?.[0].length ?? 0;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end;
}
