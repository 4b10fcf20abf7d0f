// A rule file -> directives, each a list of words, as Apache reads its configuration (server/util.c, ap_cfg_getline and
// ap_getword_conf): a line that ends with a backslash goes on in the next, a comment too; in quotes a backslash protects
// the quote and itself and is a plain character before any other. Stricter than Apache where its silence hides a
// mistake: a quote that is not closed, or that something follows, is refused. A line within a continued directive that
// begins with `#` is left out, as libmodsecurity and Coraza do.

import { type MappedText, offsetAt, sliceMapped, TextBuilder, unescapeMapped } from './mapped-text.ts';
import { placeIn, problemAt, type RuleProblem, type RuleSource } from './rule-file.ts';

export interface Lexeme extends MappedText {
  readonly start: number; // offset of what is underlined: with its quotes
  readonly stop: number;
}

/** One directive: its name and what follows. */
export interface Directive {
  readonly name: Lexeme;
  readonly words: readonly Lexeme[];
  readonly isWhole: boolean; // false: a word could not be read, and a problem says so
}

export function lex(source: RuleSource): { directives: Directive[]; problems: RuleProblem[] } {
  const problems: RuleProblem[] = [];
  const directives: Directive[] = [];
  for (const line of logicalLines(source, problems)) {
    const directive = directiveOf(source, line, problems);
    if (directive !== undefined) directives.push(directive);
  }
  return { directives, problems };
}

/** Lines put together, comments and empty ones left out. */
function* logicalLines(source: RuleSource, problems: RuleProblem[]): Generator<MappedText> {
  for (let line = 0; line < source.lineStarts.length; line += 1) {
    const isComment = isCommentAt(source, startOf(source, line));
    const builder = new TextBuilder(startOf(source, line));
    const first = line;
    for (;;) {
      const physical = physicalLine(source, line);
      const isDropped = line > first && !isComment && isCommentAt(source, physical.start);
      if (!isDropped) builder.append(source.text.slice(physical.start, physical.end), physical.start);
      if ((!physical.continues && !isDropped) || line + 1 >= source.lineStarts.length) break;
      line += 1;
      if (isComment) warnOfSwallowed(source, line, problems);
    }
    if (!isComment) yield builder.finish();
  }
}

function physicalLine(source: RuleSource, line: number): { start: number; end: number; continues: boolean } {
  const start = startOf(source, line);
  let end = source.lineStarts[line + 1] ?? source.text.length;
  const hasLineFeed = source.text.charAt(end - 1) === '\n' && end > start;
  if (hasLineFeed) end -= 1;
  if (hasLineFeed && source.text.charAt(end - 1) === '\r' && end > start) end -= 1;
  const continues = hasLineFeed && end > start && source.text.charAt(end - 1) === '\\';
  return { start, end: continues ? end - 1 : end, continues };
}

function startOf(source: RuleSource, line: number): number {
  const start = source.lineStarts[line] ?? source.text.length;
  return line === 0 && source.text.startsWith('\xef\xbb\xbf') ? 3 : start; // a byte order mark is no text
}

function isCommentAt({ text }: RuleSource, start: number): boolean {
  let at = start;
  while (isBlank(text, at) && text.charAt(at) !== '\n') at += 1;
  return text.charAt(at) === '#';
}

/** `# … \` and a directive under it: Apache takes the directive for a part of the comment. */
function warnOfSwallowed(source: RuleSource, line: number, problems: RuleProblem[]): void {
  const { start, end } = physicalLine(source, line);
  const word = /^[ \t]*(Sec\w+|Include\w*)/i.exec(source.text.slice(start, end))?.[1];
  if (word === undefined) return;
  const at = source.text.indexOf(word, start);
  problems.push(
    problemAt(source, placeIn(source, at, at + word.length), 'rule-no-effect', `'${word}' is part of a comment`, {
      severity: 'warning',
      hint: 'the comment above ends with a backslash and so goes on here; take the backslash away',
    }),
  );
}

function directiveOf(source: RuleSource, line: MappedText, problems: RuleProblem[]): Directive | undefined {
  const words: Lexeme[] = [];
  let at = skipBlanks(line.text, 0);
  while (at < line.text.length) {
    const word = wordAt(line, at);
    words.push(word.lexeme);
    if (word.fault !== undefined) {
      problems.push(faultOf(source, line, word));
      break;
    }
    at = skipBlanks(line.text, word.next);
  }
  const [name, ...rest] = words;
  return name === undefined ? undefined : { name, words: rest, isWhole: at >= line.text.length };
}

interface ReadWord {
  readonly lexeme: Lexeme;
  readonly next: number;
  readonly fault: 'unclosed' | 'followed' | undefined;
}

function wordAt(line: MappedText, start: number): ReadWord {
  const quote = line.text.charAt(start);
  if (quote !== '"' && quote !== "'") {
    let end = start;
    while (end < line.text.length && !isBlank(line.text, end)) end += 1;
    return {
      lexeme: lexeme(line, start, end, unescapeMapped(sliceMapped(line, start, end), '\\')),
      next: end,
      fault: undefined,
    };
  }
  const close = closingQuote(line.text, start + 1, quote);
  const inner = unescapeMapped(sliceMapped(line, start + 1, close), `\\${quote}`);
  const next = Math.min(close + 1, line.text.length);
  const isFollowed = next < line.text.length && !isBlank(line.text, next);
  const fault = close >= line.text.length ? 'unclosed' : isFollowed ? 'followed' : undefined;
  return { lexeme: lexeme(line, start, next, inner), next, fault };
}

function lexeme(line: MappedText, start: number, end: number, inner: MappedText): Lexeme {
  return { ...inner, start: offsetAt(line, start), stop: offsetAt(line, end - 1) + 1 };
}

function closingQuote(text: string, start: number, quote: string): number {
  let at = start;
  while (at < text.length && text.charAt(at) !== quote) {
    const isEscape = text.charAt(at) === '\\' && (text.charAt(at + 1) === quote || text.charAt(at + 1) === '\\');
    at += isEscape ? 2 : 1;
  }
  return Math.min(at, text.length);
}

function faultOf(source: RuleSource, line: MappedText, { lexeme: word, next, fault }: ReadWord): RuleProblem {
  if (fault === 'unclosed') {
    const place = placeIn(source, word.start, word.start + 1);
    const blank = /\\[ \t]+$/.test(line.text);
    const hint = blank
      ? 'a blank stands behind the backslash that ends a line'
      : 'close it, and end each line but the last with a backslash';
    return problemAt(source, place, 'rule-syntax', 'a quote is not closed', { hint });
  }
  const at = offsetAt(line, next);
  const quote = source.text.charAt(word.start);
  return problemAt(source, placeIn(source, at, at + 1), 'rule-syntax', 'a blank must follow a closing quote', {
    hint: `a quote that is meant is written \\${quote}`,
  });
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (isBlank(text, at)) at += 1;
  return at;
}

/** As C's isspace. */
function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at); // NaN behind the end
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
