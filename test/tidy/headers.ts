// Every source file opens with a comment that says what lives there: at least one whole sentence, before any code.
// A line for the shell (`#!`) may come first; a directive for a tool is no sentence.

import { mask } from './scan.ts';
import { isCode, type Problems, type TextFile } from './tree.ts';

const wordsMin = 4;

export function headerProblems(tree: readonly TextFile[]): Problems {
  return tree
    .filter((file) => isCode(file) && !hasSentence(headerOf(file.text)))
    .map(
      (file) =>
        `${file.path}:1: no header; open with a comment that says in a sentence what lives here and what it refuses to do`,
    );
}

/** The comment above the first character of code. */
function headerOf(text: string): string {
  const withoutShebang = text.replace(/^#!.*\n/, '\n');
  const { code, comments } = mask(withoutShebang);
  const firstCode = code.search(/\S/);
  return comments
    .slice(0, firstCode === -1 ? undefined : firstCode)
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\/\/+|\/\*+|\*+\/?)/, '').trim())
    .filter((line) => !/^(?:biome-|oxlint-|@ts-)/.test(line))
    .join(' ');
}

const hasSentence = (comment: string): boolean =>
  comment
    .split(/[.!?:](?=\s|\*|$)/)
    .slice(0, -1)
    .some((sentence) => sentence.trim().split(/\s+/).length >= wordsMin);
