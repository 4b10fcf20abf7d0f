// Lines of the stack for the eye: time, name in its column, and the line in short. What the supervisor tells as an event
// is said in words, since whoever reads the log at night should not have to read JSON.

import type { LineShape } from './api/shapes.ts';
import type { Output } from './command.ts';
import { paint } from './paint.ts';
import { lineWords } from './pretty-line.ts';

export class LineView {
  readonly #output: Output;
  #width: number;
  #day = '';

  constructor(output: Output, names: readonly string[]) {
    this.#output = output;
    this.#width = Math.max('stack'.length, ...names.map((name) => name.length));
  }

  show(line: LineShape): string {
    if ('dropped' in line)
      return `${paint(this.#output, 'yellow', `… ${line.dropped} lines dropped: they were read too slowly`)}\n`;
    this.#width = Math.max(this.#width, line.name.length);
    const at = new Date(line.at);
    const time = paint(this.#output, 'dim', at.toTimeString().slice(0, 8));
    return `${this.#dayLine(at)}${time} ${line.name.padEnd(this.#width)}  ${lineWords(line.text, this.#output)}\n`;
  }

  /** A night has passed between two lines: said once, so that every line can be short. */
  #dayLine(at: Date): string {
    const day = dayOf(at);
    const isFirst = this.#day === '' && day === dayOf(new Date());
    const isNew = day !== this.#day && !isFirst;
    this.#day = day;
    return isNew ? `${paint(this.#output, 'dim', `-- ${day}`)}\n` : '';
  }
}

function dayOf(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
