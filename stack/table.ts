// Columns of text, aligned by what is seen and not by what is written: colour goes on after the padding, and a last
// column may be as long as it likes. It refuses to cut: who shows it on a narrow screen says where.

import type { Output } from './command.ts';
import { paint, type Shade } from './paint.ts';

export interface Cell {
  readonly text: string;
  readonly shade?: Shade | undefined;
  readonly right?: boolean; // aligned to the right: numbers
}

export type Row = readonly (Cell | string)[];

/** Lines without their ends. */
export function tableLines(rows: readonly Row[], output: Pick<Output, 'color'>, indent = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, textOf(cell).length);
  return rows.map((row) => {
    const cells = row.map((cell, column) => cellText(cell, widths[column] ?? 0, column === row.length - 1, output));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

function textOf(cell: Cell | string): string {
  return typeof cell === 'string' ? cell : cell.text;
}

function cellText(cell: Cell | string, width: number, isLast: boolean, output: Pick<Output, 'color'>): string {
  const { text, shade, right = false } = typeof cell === 'string' ? { text: cell } : cell;
  const painted = shade === undefined ? text : paint(output, shade, text);
  const blanks = ' '.repeat(width - text.length);
  if (right) return `${blanks}${painted}`;
  return isLast ? painted : `${painted}${blanks}`;
}
