// How long things may be. Readers hold a function in the head, not a file: the median function of the code bases we
// admire has 5 to 16 lines, and only the tail differs. Tests and generated files are not measured.

import { functionsOf } from './scan.ts';
import { isCode, isTest, type Problems, type TextFile } from './tree.ts';

export const medianFunctionLinesMax = 16;
export const functionLinesMax = 60;
export const fileLinesMax = 600;

export function sizeProblems(tree: readonly TextFile[]): Problems {
  const sources = tree.filter((file) => isCode(file) && !isTest(file) && !file.path.includes('.generated.'));
  const problems: string[] = [];
  const lengths: number[] = [];
  for (const file of sources) {
    const lines = file.text.trimEnd().split('\n').length;
    if (lines > fileLinesMax) {
      problems.push(
        `${file.path}:1: ${lines} lines, ${fileLinesMax} is the most; find its second idea and give it a file`,
      );
    }
    for (const span of functionsOf(file.text)) {
      lengths.push(span.lines);
      if (span.lines > functionLinesMax) problems.push(`${file.path}:${span.line}: ${tooLong(span.name, span.lines)}`);
    }
  }
  const median = medianOf(lengths);
  if (median > medianFunctionLinesMax)
    problems.push(`.:1: the median function has ${median} lines; ${medianFunctionLinesMax} is the most`);
  return problems;
}

const tooLong = (name: string, lines: number): string =>
  `${name} has ${lines} lines, ${functionLinesMax} is the most; move its steps into functions below it`;

function medianOf(lengths: readonly number[]): number {
  const sorted = lengths.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
